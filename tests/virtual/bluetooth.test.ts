/** The fake `navigator.bluetooth` obeys Web Bluetooth, and its nodes obey their stacks. */
import { describe, expect, test } from 'vitest';
import { MESH_SERVICES, splitProxyMessage, type ProxyMessageType } from '../../src/mesh/index.ts';
import type { RadioNode, StackName } from '../../src/virtual/index.ts';
import { Desk } from '../support/virtual-radio.ts';

const PROVISIONING = MESH_SERVICES.provisioning;
const PROXY = MESH_SERVICES.proxy;

/** A device with its characteristics, as a page would get to them. */
async function connected(stack: StackName = 'nrf5', setup: Parameters<Desk['device']>[1] = {}) {
  const desk = new Desk();
  const node = desk.device(stack, setup);
  desk.bluetooth.isPressed = true;
  const device = await desk.bluetooth.requestDevice({
    filters: [{ services: [PROVISIONING.service] }],
    optionalServices: [],
  });
  const server = await device.gatt.connect();
  const service = await server.getPrimaryService(PROVISIONING.service);
  const input = await service.getCharacteristic(PROVISIONING.in);
  const output = await service.getCharacteristic(PROVISIONING.out);
  const notified: number[][] = [];
  output.addEventListener('characteristicvaluechanged', () =>
    notified.push([...new Uint8Array(output.value!.buffer)]),
  );
  return { desk, node, device, server, service, input, output, notified };
}
const named = (name: string) => expect.objectContaining({ name });
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('a page with the fake radio', () => {
  test('is not asked without a press, and not shown services it did not name', async () => {
    const { desk, server } = await connected();
    await expect(desk.bluetooth.requestDevice({ filters: [], optionalServices: [] })).rejects.toEqual(
      named('SecurityError'),
    );
    await expect(server.getPrimaryService(PROXY.service)).rejects.toEqual(named('SecurityError'));
  });

  test('has one operation at a time', async () => {
    const { output, input } = await connected();
    const first = output.startNotifications();
    await expect(input.writeValueWithoutResponse(bytes(3, 0, 0))).rejects.toThrow('already in progress');
    await expect(first).resolves.toBeDefined();
  });

  test('writes to one characteristic and hears from the other', async () => {
    const { input, output } = await connected();
    await expect(output.writeValueWithoutResponse(bytes(3, 0, 0))).rejects.toEqual(
      named('NotSupportedError'),
    );
    await expect(input.startNotifications()).rejects.toEqual(named('NotSupportedError'));
    await expect(input.writeValueWithoutResponse(new Uint8Array(513))).rejects.toEqual(
      named('InvalidModificationError'),
    );
  });

  test('cannot use what belonged to a connection that is over', async () => {
    const { server, service, input, device } = await connected();
    let lost = 0;
    device.addEventListener('gattserverdisconnected', () => lost++);
    device.gatt.disconnect();
    await expect(input.writeValueWithoutResponse(bytes(3, 0, 0))).rejects.toEqual(named('NetworkError'));
    await device.gatt.connect();
    await expect(input.writeValueWithoutResponse(bytes(3, 0, 0))).rejects.toEqual(named('NetworkError'));
    await expect(service.getCharacteristic(PROVISIONING.in)).rejects.toEqual(named('NetworkError'));
    expect([server.connected, lost]).toEqual([true, 1]);
  });

  test('has its connection to itself', async () => {
    const { desk, node } = await connected();
    desk.choice = () => node;
    expect(node.advertises()).toEqual([]);
    expect(node.accept({ notify: () => {}, disconnect: () => {} })).toBeUndefined();
  });

  test.each([
    ['reject', 'NetworkError'],
    ['cut', undefined],
    ['drop', undefined],
  ] as const)('writes too long a value, which the system may %s', async (tooLong, error) => {
    const desk = new Desk({ tooLong });
    desk.device('nrf5', { mtu: 23 });
    desk.bluetooth.isPressed = true;
    const device = await desk.bluetooth.requestDevice({
      filters: [{ services: [PROVISIONING.service] }],
      optionalServices: [],
    });
    const service = await (await device.gatt.connect()).getPrimaryService(PROVISIONING.service);
    const input = await service.getCharacteristic(PROVISIONING.in);
    const written = input.writeValueWithoutResponse(new Uint8Array(30));
    if (error) await expect(written).rejects.toEqual(named(error));
    else await written;
    expect(device.values.map(({ bytes: value }) => value.length)).toEqual(tooLong === 'cut' ? [20] : []);
  });
});

describe.each(['nrf5', 'zephyr'] as const)('the stack of %s', (stack) => {
  const write = async (world: Awaited<ReturnType<typeof connected>>, ...value: number[]) => {
    await world.input.writeValueWithoutResponse(bytes(...value)).catch(() => {});
    await world.desk.clock.sleep(200);
  };
  const isStrict = stack === 'nrf5';

  test('says nothing before somebody has subscribed', async () => {
    const world = await connected(stack);
    await write(world, 0x03, 0x00, 0x00);
    await world.desk.clock.sleep(2_000);
    expect(world.notified).toEqual([]);
  });

  test('answers an invitation, in values that fit', async () => {
    const world = await connected(stack, { mtu: 23 });
    await world.output.startNotifications();
    await write(world, 0x03, 0x00, 0x00);
    await world.desk.clock.sleep(1_000);
    expect(world.notified).toHaveLength(1);
    expect(world.notified[0]!.slice(0, 3)).toEqual([0x03, 0x01, 0x01]);
  });

  test.each([
    ['a continuation without a beginning', [[0x83, 1]]],
    ['an end without a beginning', [[0xc3, 1]]],
    [
      'another type in between',
      [
        [0x43, 1],
        [0x80, 1],
      ],
    ],
    [
      'a beginning after a beginning',
      [
        [0x43, 1],
        [0x43, 1],
      ],
    ],
    ['a value without content', [[0x03]]],
    ['an unknown type', [[0x04, 1]]],
    [
      'more than 65 bytes',
      [
        [0x43, ...new Array<number>(60).fill(0)],
        [0x83, ...new Array<number>(10).fill(0)],
      ],
    ],
  ])('does not take %s', async (_, values) => {
    const world = await connected(stack, { mtu: 247 });
    await world.output.startNotifications();
    for (const value of values) await write(world, ...value);
    expect(world.server.connected).toBe(!isStrict);
    if (isStrict) return;
    await write(world, 0x03, 0x00, 0x00);
    await world.desk.clock.sleep(1_000);
    // what was begun stays, and keeps all else out until 20 s are over
    const isHalf = values[0]![0] === 0x43;
    expect(world.notified.length).toBe(isHalf ? 0 : 1);
    await world.desk.clock.sleep(21_000);
    expect(world.server.connected).toBe(!isHalf);
  });

  test('closes what is silent for a minute', async () => {
    const world = await connected(stack);
    await world.output.startNotifications();
    await write(world, 0x03, 0x00, 0x00);
    await world.desk.clock.sleep(58_000);
    expect(world.server.connected).toBe(true);
    await world.desk.clock.sleep(3_000);
    expect(world.server.connected).toBe(false);
  });
});

describe('a provisionee', () => {
  const say = async (node: 'start' | 'nothing', ...pdus: number[][]) => {
    const world = await connected('zephyr', { mtu: 247 });
    await world.output.startNotifications();
    const all = node === 'start' ? [[0x00, 0x00], ...pdus] : pdus;
    for (const pdu of all)
      for (const value of splitProxyMessage(
        { type: 'provisioning' as ProxyMessageType, data: Uint8Array.from(pdu) },
        66,
      )) {
        await world.input.writeValueWithoutResponse(value);
        await world.desk.clock.sleep(500);
      }
    return world.notified
      .map((value) => value.slice(1))
      .at(-1)!
      .slice(0, 2);
  };

  test('says why it ends', async () => {
    expect(await say('nothing', [0x00])).toEqual([9, 1]);
    expect(await say('nothing', [0x02, 0, 0, 0, 0, 0])).toEqual([9, 3]);
    expect(await say('start', [0x02, 5, 0, 0, 0, 0])).toEqual([9, 2]);
    expect(await say('start', [0x02, 0, 1, 0, 0, 0])).toEqual([9, 2]);
    expect(await say('start', [0x02, 0, 0, 1, 0, 0])).toEqual([9, 2]);
    expect(await say('start', [0x02, 0, 0, 0, 0, 0], [0x03, ...new Array<number>(64).fill(1)])).toEqual([
      9, 2,
    ]);
  });
});

describe('a proxy', () => {
  const open = async (stack: StackName, nodes: number) => {
    const desk = new Desk();
    const members = Array.from({ length: nodes }, (_, i) => desk.member(0x10 + i, stack, { place: i }).node);
    return { desk, members };
  };

  test('of the SDK forgets senders when it is switched off, Zephyr does not', async () => {
    for (const stack of ['nrf5', 'zephyr'] as const) {
      const { members } = await open(stack, 1);
      const [node] = members as [RadioNode];
      node.replay.heard(5, { ivIndex: 0, sequence: 1 });
      node.isPowered = false;
      node.isPowered = true;
      expect(node.replay.entries().length).toBe(stack === 'nrf5' ? 0 : 1);
    }
  });

  test('has room for 40 senders, or for ten, and hears no other', async () => {
    for (const [stack, room] of [
      ['nrf5', 40],
      ['zephyr', 10],
    ] as const) {
      const { members } = await open(stack, 1);
      const [node] = members as [RadioNode];
      for (let source = 1; source <= room; source++)
        node.replay.heard(source + 0x1000, { ivIndex: 0, sequence: 1 });
      expect(node.replay.accepts(0x2000, { ivIndex: 0, sequence: 5 })).toBe(false);
      expect(node.replay.accepts(0x1001, { ivIndex: 0, sequence: 5 })).toBe(true);
    }
  });
});
