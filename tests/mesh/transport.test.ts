import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applicationKey,
  deviceKey,
  networkKey,
  openNetworkPdu,
  ReplayList,
  Transport,
  type IncomingMessage,
  type MessageKey,
  type TransportSetup,
} from '../../src/mesh/index.ts';
import { DiscreteClock } from '../../src/virtual/index.ts';

const network = networkKey(new Uint8Array(16).fill(1));
const device = deviceKey(new Uint8Array(16).fill(2));
const app = applicationKey(new Uint8Array(16).fill(3));
const GROUP = 0xc000;

/** Two nodes, and a wire that may lose or repeat what goes over it. */
class Pair {
  readonly clock = new DiscreteClock(() => new Promise((resolve) => setImmediate(resolve)));
  readonly pdus: { readonly to: 'a' | 'b'; readonly bytes: Uint8Array }[] = [];
  readonly heard: Record<'a' | 'b', IncomingMessage[]> = { a: [], b: [] };
  /** Whether the nth PDU gets through, counted from 0. */
  passes: (nth: number) => boolean = () => true;
  keys: readonly MessageKey[] = [device, app];
  readonly a = this.#node('a', 0x0001, 1);
  readonly b = this.#node('b', 0x0010, 2);

  #node(name: 'a' | 'b', unicast: number, elementCount: number): Transport {
    let sequence = 0;
    const setup: TransportSetup = {
      clock: this.clock,
      network,
      unicast,
      elementCount,
      sequences: { next: async () => sequence++ },
      replay: new ReplayList(),
      timing: { retryMs: () => 1000, rounds: 4 },
      defaultTtl: 4,
      keysFor: () => this.keys,
      isSubscribed: (destination) => destination === GROUP,
      transmit: async (bytes) => this.#carry(name === 'a' ? 'b' : 'a', bytes),
      onMessage: (message) => this.heard[name].push(message),
    };
    return new Transport(setup, { index: 0, isUpdating: false });
  }

  #carry(to: 'a' | 'b', bytes: Uint8Array): void {
    const nth = this.pdus.push({ to, bytes }) - 1;
    if (this.passes(nth)) this.clock.after(20, () => this[to].receive(bytes));
  }

  /** Everything that `a` or `b` was sent, once more. */
  repeatAll(): void {
    for (const { to, bytes } of [...this.pdus]) this[to].receive(bytes);
  }
}

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => i);
const toB = (access: Uint8Array, more: object = {}) => ({
  destination: 0x0010,
  key: device,
  access,
  ttl: 4,
  ...more,
});

describe('a message', () => {
  test.each([1, 11, 12, 20, 100, 380])('of %i bytes arrives as it was sent', async (length) => {
    const pair = new Pair();
    const delivery = await pair.a.send(toB(bytesOf(length)));
    await pair.clock.sleep(100);
    expect(delivery).toBe(length > 11 ? 'acknowledged' : 'sent');
    expect(pair.heard.b).toEqual([
      { source: 1, destination: 0x10, key: device, access: bytesOf(length), ttl: 4 },
    ]);
  });

  test('of up to 11 bytes takes one PDU, and an acknowledgement where one is asked for', async () => {
    const pair = new Pair();
    await pair.a.send(toB(bytesOf(2)));
    expect(pair.pdus).toHaveLength(1);
    expect(await pair.a.send(toB(bytesOf(2), { isSegmented: true }))).toBe('acknowledged');
    expect(pair.pdus).toHaveLength(3);
  });

  test('is acknowledged by the element it was sent to, also under a key that nobody there has', async () => {
    const pair = new Pair();
    pair.keys = [];
    const delivery = await pair.a.send(toB(bytesOf(2), { destination: 0x0011, isSegmented: true }));
    expect(delivery).toBe('acknowledged');
    expect(pair.heard.b).toEqual([]);
    const answer = openNetworkPdu(network, 0, pair.pdus[1]!.bytes);
    expect(answer).toMatchObject({ control: true, source: 0x0011, destination: 1 });
  });

  test('to a group is not acknowledged', async () => {
    const pair = new Pair();
    const delivery = await pair.a.send({ destination: GROUP, key: app, access: bytesOf(30), ttl: 4 });
    await pair.clock.sleep(1_000);
    expect(delivery).toBe('sent');
    expect(pair.heard.b).toHaveLength(1);
    expect(pair.pdus).toHaveLength(3);
  });

  test('to another address, or from our own, is passed over', async () => {
    const pair = new Pair();
    await pair.a.send(toB(bytesOf(2), { destination: 0x0012 }));
    await pair.b.send(toB(bytesOf(2)));
    await pair.clock.sleep(1_000);
    expect([pair.heard.a, pair.heard.b]).toEqual([[], []]);
    pair.b.receive(pair.pdus[1]!.bytes);
    expect(pair.heard.b).toEqual([]);
  });

  test('that nobody takes is given up after four rounds', async () => {
    const pair = new Pair();
    pair.passes = () => false;
    expect(await pair.a.send(toB(bytesOf(20)))).toBe('unacknowledged');
    expect(pair.pdus).toHaveLength(8);
    expect(pair.clock.now()).toBe(4_000);
  });

  test('arrives once, whatever is lost on the way, or is known not to have', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 12, max: 380 }), fc.array(fc.boolean()), async (length, losses) => {
        const pair = new Pair();
        pair.passes = (nth) => !losses[nth];
        const delivery = await pair.a.send(toB(bytesOf(length)));
        await pair.clock.sleep(20_000);
        expect(pair.heard.b.length).toBeLessThanOrEqual(1);
        if (delivery === 'acknowledged') expect(pair.heard.b[0]?.access).toEqual(bytesOf(length));
      }),
      { numRuns: 60 },
    );
  });

  test('sends again only what is missing, under new numbers', async () => {
    const pair = new Pair();
    pair.passes = (nth) => nth !== 1;
    expect(await pair.a.send(toB(bytesOf(40)))).toBe('acknowledged');
    const sent = pair.pdus
      .filter(({ to }) => to === 'b')
      .map(({ bytes }) => openNetworkPdu(network, 0, bytes)!);
    expect(sent.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4]);
    expect(sent[4]!.transport).toEqual(sent[1]!.transport);
  });
});

describe('a message that is repeated by somebody', () => {
  test('is heard once', async () => {
    const pair = new Pair();
    await pair.a.send(toB(bytesOf(2)));
    await pair.a.send(toB(bytesOf(50)));
    await pair.clock.sleep(1_000);
    expect(pair.heard.b).toHaveLength(2);
    pair.repeatAll();
    await pair.clock.sleep(1_000);
    expect(pair.heard.b).toHaveLength(2);
  });

  test('ends, where its segments are older than another message from there', async () => {
    const pair = new Pair();
    pair.passes = (nth) => nth === 0; // of two segments the first arrives
    const segmented = pair.a.send(toB(bytesOf(20)));
    await pair.clock.sleep(500);
    pair.passes = () => true;
    await pair.a.send(toB(bytesOf(3)));
    expect(await segmented).toBe('unacknowledged');
    expect(pair.heard.b.map(({ access }) => access.length)).toEqual([3]);
  });
});

describe('under another IV index', () => {
  test('what was sent before it went up is heard, and what is older is not', async () => {
    const pair = new Pair();
    pair.b.iv = { index: 1, isUpdating: true };
    await pair.a.send(toB(bytesOf(2)));
    await pair.clock.sleep(100);
    pair.b.iv = { index: 2, isUpdating: true };
    await pair.a.send(toB(bytesOf(3)));
    await pair.clock.sleep(100);
    expect(pair.heard.b.map(({ access }) => access.length)).toEqual([2]);
  });

  test('while it goes up the one before is sent under', async () => {
    const pair = new Pair();
    pair.a.iv = { index: 5, isUpdating: true };
    await pair.a.send(toB(bytesOf(2)));
    expect(openNetworkPdu(network, 5, pair.pdus[0]!.bytes)?.ivIndex).toBe(4);
  });
});

describe('whatever is heard', () => {
  const pdu = fc.record({
    control: fc.boolean(),
    ttl: fc.nat(127),
    sequence: fc.nat(0xffffff),
    source: fc.integer({ min: 1, max: 0x7fff }),
    destination: fc.constantFrom(0x0001, 0x0002, GROUP, 0xffff),
    transport: fc.uint8Array({ minLength: 1, maxLength: 16 }),
    ivIndex: fc.constantFrom(0, 1),
  });

  test('throws nothing, and no message is made of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pdu, { maxLength: 40 }), async (pdus) => {
        const pair = new Pair();
        pair.passes = () => false;
        for (const one of pdus) pair.a.hear(one);
        await pair.clock.sleep(60_000);
        pair.a.close();
        expect(pair.heard.a).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
