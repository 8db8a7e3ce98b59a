/** What a person does on which system. */

export type System = 'windows' | 'macos' | 'linux' | 'chromeos' | 'android' | 'unknown';

const CHROMIUM = 'Use Chrome or Edge; Firefox, Safari and the browsers of iOS have no Web Bluetooth.';
const LINUX_FLAG =
  'open chrome://flags/#enable-experimental-web-platform-features, enable it and restart Chrome';

/** The browser has no Web Bluetooth. */
export const noBluetoothHint = (system: System): string =>
  system === 'linux' ? `${CHROMIUM} On Linux also ${LINUX_FLAG}; BlueZ 5.41 or newer is needed.` : CHROMIUM;

/** The radio is off, missing, or not for browsers. */
export const adapterHint = (system: System): string =>
  ({
    windows:
      'Switch Bluetooth on under Settings, Bluetooth & devices. Windows 10 of 1703 or newer is needed; some adapters know no Low Energy.',
    macos:
      'Switch Bluetooth on in Control Centre, and allow the browser to use it under System Settings, Privacy & Security, Bluetooth.',
    linux: `Switch Bluetooth on (bluetoothctl power on) and see that bluetoothd runs. In Chrome, ${LINUX_FLAG}.`,
    chromeos: 'Switch Bluetooth on in the quick settings; managed devices may forbid it.',
    android: 'Switch Bluetooth and location on, and allow the browser “Nearby devices”.',
    unknown: 'Switch Bluetooth on, and allow the browser to use it.',
  })[system];

/** The system shows the services of before: it, not the browser, remembers them. */
export const staleServicesHint = (system: System): string =>
  ({
    windows: 'Switch Bluetooth off and on in the settings, then connect again.',
    macos: 'Switch Bluetooth off and on in Control Centre, then connect again.',
    linux:
      'Run “bluetoothctl remove” with the address of the node, or set “Cache = no” under [GATT] in /etc/bluetooth/main.conf, then connect again.',
    chromeos: 'Switch Bluetooth off and on, then connect again.',
    android: 'Switch Bluetooth off and on, then connect again.',
    unknown: 'Switch Bluetooth off and on, then connect again.',
  })[system];
