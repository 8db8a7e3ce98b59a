/** The computer's own Bluetooth in a browser with several tabs: whoever speaks, no sequence number goes on the air twice. */
import { IDBObjectStore } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { toHex } from '../../../src/bytes.ts';
import { systemClock } from '../../../src/clock.ts';
import {
  networkKey,
  openNetworkPdu,
  openOwnNode,
  openProxyConfiguration,
  webKeyAgreement,
  type Composition,
  type OwnNodeStore,
} from '../../../src/mesh/index.ts';
import { parseDatabase } from '../../../src/meshdb/index.ts';
import { ownAddressesIn } from '../../../src/on-air/index.ts';
import { MeshAir, RadioNode, VirtualBluetooth } from '../../../src/virtual/index.ts';
import { ProxyServer } from '../../../src/virtual/bluetooth/proxy-server.ts';
import { freshBrowser, type FreshBrowser } from '../../support/browser.ts';
import { openRadioTab } from '../../support/radio-tab.ts';
import { sampleDatabase } from '../../support/session.ts';
import { LIGHT } from '../../support/virtual-network.ts';

const network = () => parseDatabase(sampleDatabase().bytes);
const NETWORK_KEY = networkKey(network().netKeys[0]!.key!);
const NETWORK_ID = toHex(NETWORK_KEY.networkId);
const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));

let browser: FreshBrowser;
/** Source and number of every PDU that a proxy was sent. */
let heard: string[];
beforeEach(() => {
  browser = freshBrowser();
  vi.stubGlobal('window', Object.assign(new EventTarget(), { isSecureContext: true }));
  heard = [];
  const { take } = ProxyServer.prototype;
  vi.spyOn(ProxyServer.prototype, 'take').mockImplementation(function (this: ProxyServer, message) {
    const opened =
      openNetworkPdu(NETWORK_KEY, 0, message.data) ?? openProxyConfiguration(NETWORK_KEY, 0, message.data);
    if (opened) heard.push(`${opened.source} ${opened.sequence}`);
    take.call(this, message);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Two nodes of the network are in reach of this browser; a person chooses one that is free whenever a tab asks. */
const nodesInReach = () => {
  const air = new MeshAir(systemClock, Math.random);
  return new VirtualBluetooth({
    clock: systemClock,
    peripherals: [0x10, 0x20].map(
      (unicast) =>
        new RadioNode(air, {
          name: 'nRF5x Mesh Light',
          stack: 'zephyr',
          uuid: randomBytes(16),
          composition: LIGHT as Composition,
          randomBytes,
          provisionee: { algorithms: ['cmac'], keyAgreement: webKeyAgreement(crypto.subtle), randomBytes },
          network: {
            netKey: NETWORK_KEY.key,
            netKeyIndex: 0,
            ivIndex: 0,
            unicast,
            deviceKey: randomBytes(16),
          },
        }),
    ),
    radio: { connectMs: 2, operationMs: 1, intervalMs: 2 },
  });
};
let bluetooth: VirtualBluetooth;
beforeEach(() => {
  bluetooth = nodesInReach();
});
/** What another page of this browser, or the one that is opened again, has of the radio. */
const openTab = () => {
  Object.assign(navigator, {
    bluetooth: {
      requestDevice: (options: Parameters<VirtualBluetooth['requestDevice']>[0]) => {
        bluetooth.isPressed = true;
        return bluetooth.requestDevice(options);
      },
    },
  });
  return openRadioTab();
};
const speak = async ({ radio }: Awaited<ReturnType<typeof openTab>>) => {
  expect(await radio.connect('bluetooth')).toBe(true);
  expect(radio.error).toBeNull();
  const bearer = await radio.bearerFor(network());
  await bearer.restart();
  return bearer.ownUnicast;
};
const expectEachOnce = () => {
  expect(heard.length).toBeGreaterThan(0);
  expect(heard).toEqual([...new Set(heard)]);
};
const store = async (): Promise<OwnNodeStore> => {
  const { ownNodes } = await import('../../../src/app/browser/radio-memory.ts');
  return ownNodes('real');
};

describe('this browser as a node', () => {
  test('has its address and a block of numbers on disk before the first is sent', async () => {
    const tab = await openTab();
    const unicast = await speak(tab);
    const kept = await (await store()).read(NETWORK_ID);
    expect(kept!.unicast).toBe(unicast);
    for (const pdu of heard) expect(Number(pdu.split(' ')[1])).toBeLessThan(kept!.reservedUntil);
    // nor does a kit, or another browser that gets the journal, take its address
    expect(ownAddressesIn(tab.airRecords.of('real')).at(-1)).toMatchObject({ unicast, nextSequence: null });
    await tab.radio.disconnect();
    expectEachOnce();
  });

  test('sends nothing where they cannot be written down', async () => {
    const tab = await openTab();
    const { put } = IDBObjectStore.prototype;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      value: unknown,
      ...key
    ) {
      if (typeof value === 'object' && value !== null && 'reservedUntil' in value)
        throw new DOMException('The disk is full.', 'QuotaExceededError');
      return put.call(this, value, ...key);
    });
    await tab.radio.connect('bluetooth');
    await expect(tab.radio.bearerFor(network()).then((bearer) => bearer.restart())).rejects.toMatchObject({
      code: 'mesh/numbers-not-kept',
    });
    expect(heard).toEqual([]);
    await tab.radio.disconnect();
  });

  test('goes on from its address after a reload, and after the browser died', async () => {
    const first = await openTab();
    const unicast = await speak(first);
    browser.closeTabs(); // without a word
    const second = await openTab();
    expect(await speak(second)).toBe(unicast);
    await second.radio.disconnect();
    const third = await openTab();
    expect(await speak(third)).toBe(unicast);
    await third.radio.disconnect();
    expectEachOnce();
  });

  test('is another one once its storage was cleared', async () => {
    const first = await openTab();
    await speak(first);
    await first.radio.disconnect();
    freshBrowser();
    vi.stubGlobal('window', Object.assign(new EventTarget(), { isSecureContext: true }));
    const second = await openTab();
    await speak(second);
    await second.radio.disconnect();
    expectEachOnce();
  });
});

describe('three tabs of a browser', () => {
  test('speak one after the other, never with a number that another has used', async () => {
    const first = await openTab();
    const second = await openTab();
    const unicast = await speak(first);

    expect(await second.radio.connect('bluetooth')).toBe(false);
    expect(second.radio.error).toMatchObject({ code: 'app/radio-elsewhere' });
    expect(await second.radio.connect('virtual-bluetooth')).toBe(false);
    expect(first.radio.isOn).toBe(true);

    await first.radio.disconnect();
    expect(await speak(second)).toBe(unicast);

    const third = await openTab(); // the first, opened again
    expect(await third.radio.connect('bluetooth')).toBe(false);
    await second.radio.disconnect();
    expect(await speak(third)).toBe(unicast);
    await third.radio.disconnect();
    expectEachOnce();
  });
});

describe('a browser that dies at a write of its numbers', () => {
  test.each([1, 2, 3, 4].flatMap((write) => [[write, 'before'] as const, [write, 'after'] as const]))(
    'never gives one of them twice: write %i, %s it is done',
    async (diesAt, dies) => {
      const given: string[] = [];
      for (let page = 0; page < 3; page++) {
        vi.resetModules(); // nothing is left but what is on the disk
        const kept = await store();
        let writes = 0;
        const node = await openOwnNode({
          networkId: NETWORK_ID,
          store: {
            read: kept.read,
            write: async (record) => {
              const isLast = ++writes === diesAt;
              if (isLast && dies === 'before') throw new Error('power cut');
              await kept.write(record);
              if (isLast) throw new Error('power cut');
            },
          },
          lock: async () => () => {},
          ivIndex: 0,
          candidates: [0x7ff0, 0x7ff1],
          randomBytes,
        });
        for (let count = 0; count < 300; count++) {
          const number = await node.next(0).catch(() => undefined);
          if (number !== undefined) given.push(`${node.unicast} ${number}`);
          if (writes >= diesAt) break;
        }
      }
      expect(given).toEqual([...new Set(given)]);
    },
  );
});
