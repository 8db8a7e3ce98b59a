import { describe, expect, test } from 'vitest';
import { requests } from '../../src/mesh/access/index.ts';
import { formatSecureBeacon, networkKey } from '../../src/mesh/index.ts';
import { GROUP } from '../support/virtual-network.ts';
import { APP_KEYS, Desk, NET_KEY } from '../support/virtual-radio.ts';

const STACKS = ['nrf5', 'zephyr'] as const;
const NETWORK = networkKey(NET_KEY);
const OTHER = networkKey(new Uint8Array(16).fill(9));
const beacon = (ivIndex: number, more: { readonly keyRefresh?: boolean; readonly ivUpdate?: boolean } = {}) =>
  formatSecureBeacon(NETWORK, { keyRefresh: false, ivUpdate: false, ivIndex, ...more });

describe.each(STACKS)('a network behind a proxy of %s', (stack) => {
  test('answers: the proxy itself, and nodes behind it', async () => {
    const desk = new Desk();
    const proxy = desk.member(0x10, stack);
    const near = desk.member(0x20, stack, { place: 1 });
    const far = desk.member(0x30, stack, { place: 2 });
    const bearer = await desk.bearer();
    for (const [{ clone }, hops] of [
      [proxy, 1],
      [near, 2],
      [far, 3],
    ] as const) {
      const channel = await bearer.open(clone);
      const { heard, isDelivered } = await channel.ask(requests.defaultTtl());
      expect(isDelivered).toBe(true);
      expect(heard!.answer.ttl - heard!.ttl + 1).toBe(hops);
      const composition = await channel.ask(requests.compositionData());
      expect(composition.heard!.answer.data).toHaveLength(20);
      await channel.close();
    }
    expect(bearer.session.proxyUnicast).toBe(0x10);
  });

  test('takes keys and bindings, and switches a light', async () => {
    const desk = new Desk();
    desk.member(0x10, stack);
    const { node, clone } = desk.member(0x20, stack, { place: 1 });
    node.appKeys.clear();
    const bearer = await desk.bearer();
    const channel = await bearer.open(clone);
    const added = await channel.ask(requests.appKeyAdd(0, 0, APP_KEYS[0]!.key));
    expect(added.heard!.answer.status).toBe(0);
    expect((await channel.ask(requests.modelAppBind(0x20, 0, '1000'))).heard!.answer.status).toBe(0);
    const on = await channel.ask(requests.onOffSet(0, true, 1), { segmented: false });
    expect(on.heard!.answer.present).toBe(1);
    expect(node.lights).toEqual([true]);
    await bearer.send(0xffff, Uint8Array.of(0x82, 0x03, 0, 2), { appKeyIndex: 0 });
    await desk.clock.sleep(1_000);
    expect(node.lights).toEqual([false]);
  });

  test('tells of a group who is on', async () => {
    const desk = new Desk();
    desk.member(0x10, stack);
    const members = [0x20, 0x21, 0x22].map((unicast) => desk.member(unicast, stack, { place: 1 }));
    for (const { node } of members.slice(0, 2)) node.model(0, '1000')!.subscriptions = [GROUP];
    members[0]!.node.lights[0] = true;
    const bearer = await desk.bearer();
    const heard = await bearer.gather(GROUP, requests.onOff(0), { appKeyIndex: 0 }, 3000);
    expect([...heard].map(([unicast, { present }]) => [unicast, present])).toEqual([
      [0x20, 1],
      [0x21, 0],
    ]);
  });

  test('tells a wrong device key from a node that is not there', async () => {
    const desk = new Desk();
    const proxy = desk.member(0x10, stack);
    const { clone } = desk.member(0x20, stack, { place: 1 });
    const bearer = await desk.bearer();
    const asked = async (node: typeof clone) => {
      const channel = await bearer.open(node);
      const { isDelivered, heard } = await channel.ask(requests.defaultTtl());
      await channel.close();
      return [isDelivered, heard !== undefined];
    };
    expect(await asked(clone)).toEqual([true, true]);
    expect(await asked({ ...clone, deviceKey: proxy.clone.deviceKey })).toEqual([true, false]);
    expect(await asked({ ...clone, unicast: 0x44 })).toEqual([false, false]);
  });

  test('passes on by its relay or its proxy, as the stack has it', async () => {
    const desk = new Desk();
    const proxy = desk.member(0x10, stack);
    const { clone } = desk.member(0x20, stack, { place: 1 });
    const bearer = await desk.bearer();
    const isHeard = async (node: typeof clone) => {
      const channel = await bearer.open(node);
      const { heard } = await channel.ask(requests.defaultTtl());
      await channel.close();
      return heard !== undefined;
    };
    proxy.node.features = { ...proxy.node.features, relay: 0 };
    expect(await isHeard(proxy.clone)).toBe(true);
    expect(await isHeard(clone)).toBe(stack === 'zephyr');
    const channel = await bearer.open(proxy.clone);
    expect((await channel.ask(requests.relay())).heard!.answer.relay).toBe(0);
    expect((await channel.ask(requests.gattProxy())).heard!.answer.gattProxy).toBe(1);
  });

  test('is spoken to one question a node at a time, whoever asks', async () => {
    const desk = new Desk();
    desk.member(0x10, stack);
    const clones = [0x20, 0x30, 0x40].map((unicast) => desk.member(unicast, stack, { place: 1 }).clone);
    const bearer = await desk.bearer();
    const channels = await Promise.all(clones.map((clone) => bearer.open(clone)));
    const answers = await Promise.all(
      channels.flatMap((channel) => [
        channel.ask(requests.compositionData()),
        channel.ask(requests.appKeys(0)),
        channel.ask(requests.defaultTtl()),
      ]),
    );
    expect(answers.filter(({ heard }) => !heard)).toEqual([]);
  });
});

describe('a question', () => {
  test('that is cancelled ends at once, and the next one is asked', async () => {
    const desk = new Desk();
    const { clone } = desk.member(0x10);
    const channel = await (await desk.bearer()).open(clone);
    const cancel = new AbortController();
    const from = desk.clock.now();
    desk.clock.after(50, () => cancel.abort(new Error('enough')));
    await expect(channel.ask(requests.compositionData(), { signal: cancel.signal })).rejects.toThrow(
      'enough',
    );
    expect(desk.clock.now() - from).toBe(50);
    expect((await channel.ask(requests.defaultTtl())).heard).toBeDefined();
    await expect(channel.ask(requests.defaultTtl(), { signal: cancel.signal })).rejects.toThrow('enough');
  });
});

describe('a beacon', () => {
  test('of another network is passed over where one of ours follows', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    node.foreignBeacons = [formatSecureBeacon(OTHER, { keyRefresh: false, ivUpdate: false, ivIndex: 77 })];
    const bearer = await desk.bearer();
    const channel = await bearer.open(clone);
    expect((await channel.ask(requests.defaultTtl())).heard).toBeDefined();
  });

  test('of another network alone stops it: nothing is sent', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    node.join({ ...node.network!, netKey: OTHER.key });
    const bearer = await desk.bearer();
    await expect(bearer.open(clone)).rejects.toMatchObject({
      code: 'gatt/foreign-network',
      facts: { heard: 1 },
    });
    expect(desk.deviceOf(node).values.filter(({ direction }) => direction === '>')).toEqual([]);
    expect(node.isConnected).toBe(false);
  });

  test.each([
    ['that is forged', { ivIndex: 5, forged: true }, 'gatt/foreign-network'],
    ['of a key refresh', { ivIndex: 0, keyRefresh: true }, 'gatt/key-refresh'],
    ['older than what was seen', { ivIndex: 3 }, 'gatt/older-iv-index'],
  ] as const)(
    '%s stops it',
    async (_, { forged, ...told }: { ivIndex: number; keyRefresh?: boolean; forged?: boolean }, code) => {
      const desk = new Desk();
      const { node, clone } = desk.member(0x10);
      if (code === 'gatt/older-iv-index') {
        const own = await desk.openOwnNode();
        await own.follow({ keyRefresh: false, ivUpdate: false, ivIndex: 9 });
        await own.close();
      }
      const bytes = beacon(told.ivIndex, told);
      if (forged) bytes[21]! ^= 1;
      node.foreignBeacons = [bytes];
      if (forged) node.join({ ...node.network!, netKey: OTHER.key });
      await expect((await desk.bearer()).open(clone)).rejects.toMatchObject({ code });
      expect(desk.deviceOf(node).values.filter(({ direction }) => direction === '>')).toEqual([]);
    },
  );

  test('with a higher IV index is followed, kept, and told', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    node.follow({ index: 50, isUpdating: false });
    const told: unknown[] = [];
    const bearer = await desk.bearer({ onIvIndex: (...what) => told.push(what) });
    const channel = await bearer.open(clone);
    expect((await channel.ask(requests.defaultTtl())).heard).toBeDefined();
    expect(told).toEqual([[50, true]]);
    expect(desk.store.record!.iv).toEqual({ index: 50, isUpdating: false });
  });

  test('of an IV update is followed while questions go on, with numbers from 0 under the new index', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    const bearer = await desk.bearer();
    const channel = await bearer.open(clone);
    const ask = async () => (await channel.ask(requests.defaultTtl())).heard !== undefined;
    expect(await ask()).toBe(true);
    node.follow({ index: 1, isUpdating: true });
    await desk.clock.sleep(1_000);
    expect(await ask()).toBe(true);
    expect(desk.store.record).toMatchObject({ numbersUnder: 0, iv: { index: 1, isUpdating: true } });
    node.follow({ index: 1, isUpdating: false });
    await desk.clock.sleep(1_000);
    expect(await ask()).toBe(true);
    expect(desk.store.record).toMatchObject({ numbersUnder: 1, reservedUntil: 256 });
  });

  test('of the private kind is understood', async () => {
    const desk = new Desk();
    const { clone } = desk.member(0x10, 'zephyr', { tellsPrivateBeacons: true });
    const channel = await (await desk.bearer()).open(clone);
    expect((await channel.ask(requests.defaultTtl())).heard).toBeDefined();
  });

  test('of key refresh ends a session that is under way', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    const bearer = await desk.bearer();
    await bearer.open(clone);
    node.tellValue(Uint8Array.of(0x01, ...beacon(0, { keyRefresh: true })));
    await desk.clock.sleep(1_000);
    expect(bearer.session.isOpen).toBe(false);
  });
});

describe('own numbers', () => {
  test('too low for the proxy are raised, and the next session goes on from there', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10, 'zephyr');
    const own = await desk.openOwnNode();
    node.replay.heard(own.unicast, { ivIndex: 0, sequence: 5_000 });
    await own.next(0);
    await own.close();
    const bearer = await desk.bearer();
    const channel = await bearer.open(clone);
    expect((await channel.ask(requests.defaultTtl())).heard).toBeDefined();
    expect(desk.store.record!.reservedUntil).toBeGreaterThan(0x10000);
  });

  test('that cannot be written down are not sent', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    const bearer = await desk.bearer();
    desk.store.write = async () => Promise.reject(new Error('quota'));
    await expect(bearer.open(clone)).rejects.toMatchObject({ code: 'mesh/numbers-not-kept' });
    expect(desk.deviceOf(node).values.filter(({ direction }) => direction === '>')).toEqual([]);
  });

  test('are another tab’s', async () => {
    const desk = new Desk();
    desk.member(0x10);
    await desk.bearer();
    await expect(desk.bearer()).rejects.toMatchObject({ code: 'mesh/own-node-elsewhere' });
  });

  test('of a node that remembers ten senders take one of its places for ever', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10, 'zephyr');
    for (let reload = 0; reload < 12; reload++) {
      const bearer = await desk.bearer();
      const channel = await bearer.open(clone);
      expect((await channel.ask(requests.defaultTtl())).heard, `reload ${reload}`).toBeDefined();
      await bearer.close();
    }
    expect(node.replay.entries()).toHaveLength(1);
  });
});

describe('a connection to a proxy that breaks', () => {
  test('at any value is made again, and the question is answered', async () => {
    const run = async (fault: object) => {
      const desk = new Desk();
      const { node, clone } = desk.member(0x10);
      const bearer = await desk.bearer();
      const device = desk.deviceOf(node);
      const channel = await bearer.open(clone);
      const before = device.values.length;
      const [[name, nth]] = Object.entries(fault) as [[string, number]];
      Object.assign(device.faults, { [name]: before + nth });
      const exchange = await channel.ask(requests.compositionData());
      return { exchange, count: device.values.length - before };
    };
    const { count } = await run({ breakAt: 1000 });
    expect(count).toBeGreaterThan(4);
    for (let nth = 1; nth <= count; nth++)
      expect((await run({ breakAt: nth })).exchange.heard, `value ${nth}`).toBeDefined();
  });

  test('twice in a row over one question is told', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    const bearer = await desk.bearer();
    const channel = await bearer.open(clone);
    node.isPowered = false;
    await desk.clock.sleep(100);
    await expect(channel.ask(requests.defaultTtl())).rejects.toMatchObject({ code: 'gatt/not-connected' });
  });

  test('because a message never ended is closed after 20 s', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    const bearer = await desk.bearer();
    await bearer.open(clone);
    node.tellValue(Uint8Array.of(0x40, 1, 2, 3));
    await desk.clock.sleep(19_000);
    expect(bearer.session.isOpen).toBe(true);
    await desk.clock.sleep(2_000);
    expect(bearer.session.isOpen).toBe(false);
  });

  test('says nothing about what came before: rubbish between values changes nothing', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    const bearer = await desk.bearer();
    const channel = await bearer.open(clone);
    for (const value of [
      [0x80, 1],
      [0xc0, 1],
      [0x3f, 1],
      [0x00],
      [],
      [0x03, 9],
      [0x02, 1, 2],
      [0x00, 1, 2, 3],
    ])
      node.tellValue(Uint8Array.from(value));
    await desk.clock.sleep(1_000);
    expect((await channel.ask(requests.defaultTtl())).heard).toBeDefined();
  });
});
