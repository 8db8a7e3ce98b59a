import { describe, expect, test } from 'vitest';
import { adapterHint, chooseNode, noBluetoothHint, staleServicesHint } from '../../src/gatt/index.ts';
import { ValueLimit } from '../../src/gatt/value-limit.ts';
import { requests } from '../../src/mesh/access/index.ts';
import { Desk } from '../support/virtual-radio.ts';

const at = (desk: Desk) => ({ clock: desk.clock, system: 'linux' as const });

describe('choosing a node', () => {
  test('shows what offers one of the services, and takes one press', async () => {
    const desk = new Desk();
    desk.device('nrf5', { name: 'new' });
    desk.member(0x10, 'nrf5', { name: 'member' });
    const shown: string[][] = [];
    desk.choice = (nodes) => {
      shown.push(nodes.map(({ name }) => name));
      return nodes[0];
    };
    expect((await desk.choose('provisioning')).name).toBe('new');
    expect((await desk.choose('proxy')).name).toBe('member');
    await desk.choose();
    expect(shown).toEqual([['new'], ['member'], ['new', 'member']]);
    await expect(chooseNode(desk.bluetooth, ['proxy'], at(desk))).rejects.toMatchObject({
      code: 'gatt/not-permitted',
    });
  });

  test('does not show a node that somebody is connected to, one without power, or one whose proxy is off', async () => {
    const desk = new Desk();
    const taken = desk.device();
    const dark = desk.device();
    const closed = desk.member(0x10).node;
    dark.isPowered = false;
    closed.features = { ...closed.features, gattProxy: 0 };
    await (await desk.choose()).connect('provisioning', { onMessage: () => {} });
    expect([taken, dark, closed].map((node) => node.advertises())).toEqual([[], [], []]);
    await expect(desk.choose()).rejects.toMatchObject({ code: 'gatt/none-chosen' });
  });

  test('says what is missing', async () => {
    const desk = new Desk();
    await expect(chooseNode(undefined, ['proxy'], at(desk))).rejects.toMatchObject({
      code: 'gatt/no-web-bluetooth',
      hint: expect.stringContaining('chrome://flags'),
    });
    desk.bluetooth.isAvailable = false;
    await expect(desk.choose()).rejects.toMatchObject({ code: 'gatt/no-adapter' });
  });
});

describe('connecting', () => {
  test('is tried four times, with longer pauses', async () => {
    for (const [fails, isConnected] of [
      [3, true],
      [4, false],
    ] as const) {
      const desk = new Desk();
      const node = desk.device();
      const chosen = await desk.choose();
      desk.deviceOf(node).faults.connectsFail = fails;
      const connected = await chosen.connect('provisioning', { onMessage: () => {} }).then(
        () => true,
        (error: { code: string }) => error.code,
      );
      expect(connected).toBe(isConnected || 'gatt/not-connected');
      expect(desk.clock.now()).toBeGreaterThan(7_000);
    }
  });

  test('goes on where an operation of the browser never ended', async () => {
    const desk = new Desk();
    const node = desk.device();
    const chosen = await desk.choose();
    desk.deviceOf(node).faults.hangsOnce = true;
    const connection = await chosen.connect('provisioning', { onMessage: () => {} });
    expect(connection.end).toBeUndefined();
    expect(desk.clock.now()).toBeGreaterThan(10_000);
  });

  test.each([
    [1, 'alive'],
    [2, 'alive'],
    [6, 'gatt/no-service'],
  ] as const)(
    'waits for the system to see that a node has become a proxy: stale %i times',
    async (staleConnections, outcome) => {
      const desk = new Desk({ staleConnections });
      desk.device();
      const bearer = await desk.bearer();
      const steps = { onCapabilities: async () => 'none' as const, onComplete: async () => {} };
      const order = {
        netKey: new Uint8Array(16).fill(1),
        netKeyIndex: 0,
        ivIndex: 0,
        isIvUpdating: false,
        isKeyRefreshing: false,
        unicast: 0x10,
      };
      const device = await bearer.provision('', order, steps);
      // another network key: the beacon would not be ours, so look at the service alone
      const found = await bearer.session.node.connect('proxy', { onMessage: () => {} }).then(
        () => 'alive',
        (error: { code: string }) => error.code,
      );
      expect([device.unicast, found]).toEqual([0x10, outcome]);
    },
  );

  test('ends when it is cancelled', async () => {
    const desk = new Desk();
    const node = desk.device();
    const chosen = await desk.choose();
    desk.deviceOf(node).faults.connectsFail = 100;
    const cancel = new AbortController();
    desk.clock.after(2_000, () => cancel.abort(new Error('enough')));
    await expect(chosen.connect('provisioning', { onMessage: () => {} }, cancel.signal)).rejects.toThrow(
      'enough',
    );
  });

  test('finds which service a node has now', async () => {
    const desk = new Desk();
    desk.device();
    expect(await (await desk.choose()).findService()).toBe('provisioning');
    const other = new Desk();
    other.member(0x10);
    expect(await (await other.choose()).findService()).toBe('proxy');
  });
});

describe('the length of a value', () => {
  const longest = (desk: Desk, node: Parameters<Desk['deviceOf']>[0]) =>
    Math.max(
      ...desk
        .deviceOf(node)
        .values.filter(({ direction }) => direction === '>')
        .map(({ bytes }) => bytes.length),
    );

  test.each([
    [23, 20],
    [69, 30],
    [247, 30],
  ] as const)('with an MTU of %i grows as far as what came in proves', async (mtu, expected) => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10, 'nrf5', { mtu });
    const channel = await (await desk.bearer()).open(clone);
    await channel.ask(requests.compositionData());
    await channel.ask(requests.appKeyAdd(0, 0, new Uint8Array(16).fill(5)));
    expect(longest(desk, node)).toBeLessThanOrEqual(mtu - 3);
    expect(longest(desk, node)).toBe(expected);
  });

  test('falls back to 20 for good after a long one was not survived', () => {
    const limit = new ValueLimit();
    expect(limit.current).toBe(20);
    limit.received(23);
    limit.received(21);
    expect(limit.current).toBe(23);
    limit.received(200);
    expect(limit.current).toBe(66);
    limit.reset();
    expect(limit.current).toBe(20);
    limit.pin();
    limit.received(66);
    expect(limit.current).toBe(20);
  });

  test('is 20 on the next connection to a node that was lost over a long value', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10, 'nrf5', { mtu: 69 });
    const bearer = await desk.bearer();
    const channel = await bearer.open(clone);
    const device = desk.deviceOf(node);
    await channel.ask(requests.compositionData());
    device.faults.breakAt = device.values.length + 1;
    await channel.ask(requests.defaultTtl());
    const before = device.values.length;
    await channel.ask(requests.appKeyAdd(0, 0, new Uint8Array(16).fill(5)));
    const after = device.values.slice(before).filter(({ direction }) => direction === '>');
    expect(Math.max(...after.map(({ bytes }) => bytes.length))).toBe(20);
  });

  test('that the system cuts or drops ends in a word, never in a wrong message', async () => {
    for (const tooLong of ['cut', 'drop', 'reject'] as const) {
      const desk = new Desk({ tooLong });
      const node = desk.device('nrf5', { mtu: 23 });
      const chosen = await desk.choose();
      const connection = await chosen.connect('provisioning', { onMessage: () => {} });
      await connection.send({ type: 'provisioning', data: new Uint8Array(65).fill(3) });
      expect(desk.deviceOf(node).values.every(({ bytes }) => bytes.length <= 20)).toBe(true);
    }
  });

  test('answers that overtake the promise of their write are heard', async () => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    const bearer = await desk.bearer();
    desk.deviceOf(node).faults.answersFirst = true;
    const channel = await bearer.open(clone);
    expect((await channel.ask(requests.compositionData())).heard).toBeDefined();
  });
});

describe('what a person does', () => {
  test('is told for each system', () => {
    for (const system of ['windows', 'macos', 'linux', 'chromeos', 'android', 'unknown'] as const)
      for (const hint of [adapterHint(system), noBluetoothHint(system), staleServicesHint(system)])
        expect(hint).toMatch(/^\p{Lu}.*\.$/u);
    expect(staleServicesHint('linux')).toContain('bluetoothctl remove');
  });
});
