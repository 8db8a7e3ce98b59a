/** The radio of a browser with several tabs: one of them has it, and the journal of its addresses is that one's to write. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { webKeyAgreement } from '../../../src/mesh/index.ts';
import { parseDatabase } from '../../../src/meshdb/index.ts';
import { ownAddressesIn } from '../../../src/on-air/index.ts';
import { VirtualMesh, VirtualSerialKit, VirtualSerialPort } from '../../../src/virtual/index.ts';
import { freshBrowser } from '../../support/browser.ts';
import { openRadioTab } from '../../support/radio-tab.ts';
import { sampleDatabase } from '../../support/session.ts';

beforeEach(() => {
  freshBrowser();
  vi.stubGlobal('window', Object.assign(new EventTarget(), { isSecureContext: true }));
});
afterEach(() => void vi.unstubAllGlobals());

/** A kit on a port that counts how often it was opened. */
function kitOnPort() {
  const mesh = new VirtualMesh({ clock: systemClock, random: Math.random });
  const kit = new VirtualSerialKit({
    release: '5.0.0',
    mesh,
    clock: systemClock,
    keyAgreement: webKeyAgreement(crypto.subtle),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  });
  const port = new VirtualSerialPort(kit);
  const opening = vi.spyOn(port, 'open');
  Object.assign(navigator, { serial: { requestPort: async () => port } });
  return { port, opening };
}
const network = () => parseDatabase(sampleDatabase().bytes);

describe('a second tab', () => {
  test('is refused the radio before it opens the port, and gets it once the first lets go', async () => {
    const { opening } = kitOnPort();
    const first = await openRadioTab();
    const second = await openRadioTab();
    expect(await first.radio.connect('serial')).toBe(true);
    const opened = opening.mock.calls.length;

    expect(await second.radio.connect('serial')).toBe(false);
    expect(second.radio.error).toMatchObject({ code: 'app/radio-elsewhere' });
    expect(second.radio.phase).toBe('off');
    expect(opening).toHaveBeenCalledTimes(opened);
    expect(await second.radio.connect('virtual')).toBe(false);
    expect(first.radio.isOn).toBe(true);

    await first.radio.disconnect();
    expect(await second.radio.connect('serial')).toBe(true);
    await second.radio.disconnect();
  });

  test('goes on behind the numbers that the first has used', async () => {
    kitOnPort();
    const first = await openRadioTab();
    const second = await openRadioTab(); // it looked into the journal when that was empty
    await second.airRecords.look('real');
    await first.radio.connect('serial');
    await first.radio.bearerFor(network()).then((kit) => kit.restart());
    await first.radio.disconnect();
    const [used] = ownAddressesIn(first.airRecords.of('real')).slice(-1);

    await second.radio.connect('serial');
    await second.radio.bearerFor(network()).then((kit) => kit.restart());
    await second.radio.disconnect();
    const records = ownAddressesIn(second.airRecords.of('real'));
    const its = records.slice(records.findIndex((record) => record.at === used!.at) + 1);
    expect(its.length).toBeGreaterThan(0);
    for (const { unicast, nextSequence } of its) {
      expect(unicast).toBe(used!.unicast);
      expect(nextSequence).toBeGreaterThanOrEqual(used!.nextSequence!);
    }
  });
});

describe('a port that another program holds', () => {
  test('is told, and the radio of this browser is free for other tabs', async () => {
    const { opening } = kitOnPort();
    opening.mockRejectedValueOnce(new DOMException('The port is already open.', 'InvalidStateError'));
    const first = await openRadioTab();
    expect(await first.radio.connect('serial')).toBe(false);
    expect(first.radio.error).toMatchObject({ code: 'serial/port-busy' });
    const second = await openRadioTab();
    expect(await second.radio.connect('serial')).toBe(true);
    await second.radio.disconnect();
  });
});
