import { KnownError } from '../errors.ts';
import type { MeshServiceName } from '../mesh/index.ts';
import { adapterHint, noBluetoothHint, staleServicesHint, type System } from './system-texts.ts';

const NEARER = 'Bring the node nearer to the computer, see that it has power, and connect again.';

/* Before there is a device */

export const noWebBluetooth = (system: System) =>
  new KnownError('gatt/no-web-bluetooth', 'This browser has no Web Bluetooth.', noBluetoothHint(system), {
    system,
  });

export const noAdapter = (system: System) =>
  new KnownError(
    'gatt/no-adapter',
    'The computer’s Bluetooth is switched off, or the browser may not use it.',
    adapterHint(system),
    { system },
  );

export const notPermitted = (cause: unknown) =>
  new KnownError(
    'gatt/not-permitted',
    'The browser does not let this page use Bluetooth here.',
    'Open the page by HTTPS or from this computer, not inside another page, and press the button yourself.',
    {},
    { cause },
  );

export const noneChosen = () =>
  new KnownError(
    'gatt/none-chosen',
    'No device was chosen.',
    'If none was shown: a node that waits to be provisioned, or a proxy, has to be near and powered, and its firmware has to offer GATT.',
  );

/* Connecting */

export const notConnected = (seconds: number, cause?: unknown) =>
  new KnownError(
    'gatt/not-connected',
    `The node could not be connected to, after several tries over ${seconds} seconds.`,
    `${NEARER} Most nodes take one connection: close other pages and phones that hold it.`,
    { seconds },
    { cause },
  );

export const noService = (service: MeshServiceName, system: System) =>
  new KnownError(
    'gatt/no-service',
    service === 'proxy'
      ? 'The node shows no proxy service. It is not provisioned, its proxy is off, or the computer remembers its services of before.'
      : 'The node shows no provisioning service. It is provisioned already, its firmware has none, or the computer remembers its services of before.',
    staleServicesHint(system),
    { service, system },
  );

/* A connection */

export const connectionLost = (isAfterWrite: boolean) =>
  new KnownError(
    'gatt/lost',
    isAfterWrite
      ? 'The node closed the connection right after something was written: a value was probably lost on the way.'
      : 'The connection to the node was lost.',
    NEARER,
    { isAfterWrite },
  );

export const connectionClosed = () =>
  new KnownError('gatt/closed', 'The connection to the node was closed here.', 'Connect again to go on.');

export const notWritten = (bytes: number, cause?: unknown) =>
  new KnownError(
    'gatt/not-written',
    `The computer did not take ${bytes} bytes for the node, so the connection was closed.`,
    NEARER,
    { bytes },
    { cause },
  );

export const halfMessage = (seconds: number) =>
  new KnownError(
    'gatt/half-message',
    `The node began a message and did not end it within ${seconds} seconds, so the connection was closed.`,
    NEARER,
    { seconds },
  );

/* A proxy */

export const foreignNetwork = (heard: number, seconds: number) =>
  new KnownError(
    'gatt/foreign-network',
    heard === 0
      ? `The proxy told no IV index within ${seconds} seconds, so nothing is sent.`
      : 'The proxy belongs to another network, or a network key is being exchanged; nothing is sent.',
    'Choose a node of this network. If it is one, see whether its network key is the one in the database.',
    { heard, seconds },
  );

export const olderIvIndex = (told: number, known: number) =>
  new KnownError(
    'gatt/older-iv-index',
    `The proxy tells IV index ${told}, and the network was at ${known} before, so nothing is sent.`,
    'Choose another node as proxy. This one was off for long, or is an old clone; near others it follows within days.',
    { told, known },
  );

export const keyRefresh = () =>
  new KnownError(
    'gatt/key-refresh',
    'The network is exchanging its network key, so nothing is sent.',
    'Let the provisioner finish the key refresh, open the new database here, and connect again.',
  );

export const proxySilent = (seconds: number) =>
  new KnownError(
    'gatt/proxy-silent',
    `The proxy did not answer what it was told to pass on, within ${seconds} seconds and under fresh numbers.`,
    'Choose another node as proxy. If all are silent, the IV index or the network key is not theirs.',
    { seconds },
  );

export const unknownKey = (kind: 'network' | 'application', index: number) =>
  new KnownError(
    'gatt/unknown-key',
    `The ${kind} key ${index} is not one that this connection has.`,
    'Open the database that holds it, and connect again.',
    { kind, index },
  );
