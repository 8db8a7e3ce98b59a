import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { provisionOverGatt } from '../../src/gatt/index.ts';
import type { ProvisionedDevice, ProvisioningSteps } from '../../src/mesh/bearer.ts';
import { requests } from '../../src/mesh/access/index.ts';
import { importKeyPair } from '../../src/mesh/key-agreement.ts';
import {
  NRF5_EXAMPLE_STATIC_OOB,
  OUTPUT_ACTIONS,
  INPUT_ACTIONS,
  ProxyReassembly,
} from '../../src/mesh/index.ts';
import { actionBits, type Mischief, type RadioNode, type StackName } from '../../src/virtual/index.ts';
import { b, n, vectors } from '../mesh/vectors.ts';
import { Desk, orderFor } from '../support/virtual-radio.ts';

/** Steps of somebody who provisions without out-of-band proof and keeps what comes. */
class Account implements ProvisioningSteps {
  readonly pending: ProvisionedDevice[] = [];
  readonly complete: ProvisionedDevice[] = [];
  constructor(readonly choose: ProvisioningSteps['onCapabilities'] = async () => 'none') {}
  onCapabilities: ProvisioningSteps['onCapabilities'] = (told) => this.choose(told);
  async onPending(device: ProvisionedDevice): Promise<void> {
    this.pending.push(device);
  }
  async onComplete(device: ProvisionedDevice): Promise<void> {
    this.complete.push(device);
  }
}

const provisionAt = async (desk: Desk, account: ProvisioningSteps = new Account(), unicast = 0x10) =>
  (await desk.bearer()).provision('', orderFor(unicast), account);

describe.each(['nrf5', 'zephyr'] as const)('a device with the stack of %s', (stack) => {
  test('joins the network, and answers there through itself as proxy', async () => {
    const desk = new Desk();
    const node = desk.device(stack);
    const account = new Account();
    const bearer = await desk.bearer();
    const device = await bearer.provision('', orderFor(0x10), account);
    expect(device).toMatchObject({ unicast: 0x10, elementCount: 1 });
    expect(toHex(node.network!.deviceKey)).toBe(toHex(device.deviceKey));
    expect([account.pending, account.complete]).toEqual([[device], [device]]);

    const channel = await bearer.open(device);
    expect((await channel.ask(requests.defaultTtl())).heard!.answer.ttl).toBe(4);
    expect(desk.bluetooth.isPressed).toBe(false); // the one press was enough
  });

  test('tells who it is for a minute, then which network', async () => {
    const desk = new Desk();
    const node = desk.device(stack);
    expect(node.serviceData()).toHaveLength(18);
    await provisionAt(desk);
    expect(node.serviceData()[0]).toBe(1);
    await desk.clock.sleep(61_000);
    expect(node.serviceData()[0]).toBe(0);
  });
});

describe('the recorded exchange', () => {
  test.each(vectors.provisioning.filter(({ pdus }) => pdus))(
    'goes byte for byte between provisioner and virtual node, in values of 20 bytes: $id',
    async (one) => {
      const desk = new Desk();
      const held = async (privateKey: string, publicKey: string) =>
        importKeyPair(crypto.subtle, b(privateKey), b(publicKey).subarray(0, 32), b(publicKey).subarray(32));
      const pairs = {
        provisioner: await held(one.provisionerPrivate!, one.provisionerPublic),
        node: await held(one.devicePrivate!, one.devicePublic),
      };
      const agreement = (pair: typeof pairs.node) => ({
        generate: async () => ({
          ...pair,
          secretWith: (x: Uint8Array, y: Uint8Array) => desk.clock.hold(pair.secretWith(x, y)),
        }),
      });
      const node = desk.device('zephyr', {
        provisionee: {
          algorithms: ['cmac'],
          keyAgreement: agreement(pairs.node),
          randomBytes: () => b(one.randomDevice),
        },
      });
      const chosen = await desk.choose();
      const data = one.data!;
      const device = await provisionOverGatt(
        chosen,
        {
          netKey: b(data.netKey),
          netKeyIndex: n(data.netKeyIndex),
          ivIndex: n(data.ivIndex),
          isIvUpdating: (n(data.flags) & 2) !== 0,
          isKeyRefreshing: (n(data.flags) & 1) !== 0,
          unicast: n(data.unicast),
        },
        new Account(),
        {
          randomBytes: () => b(one.randomProvisioner),
          keyAgreement: agreement(pairs.provisioner),
          attentionSeconds: n(one.invite),
          isMember: async () => false,
        },
      );
      const { values } = desk.deviceOf(node);
      const pdus: string[] = [];
      const sides = { '>': new ProxyReassembly(), '<': new ProxyReassembly() };
      for (const { direction, bytes } of values) {
        expect(bytes.length).toBeLessThanOrEqual(20);
        const taken = sides[direction].take(bytes);
        if (taken.kind === 'message') pdus.push(toHex(taken.message.data));
      }
      expect(pdus).toEqual(one.pdus);
      expect(toHex(device.deviceKey)).toBe(one.deviceKey);
      expect(node.network).toMatchObject({ unicast: n(data.unicast), netKeyIndex: n(data.netKeyIndex) });
    },
  );
});

describe('out-of-band proof', () => {
  const STATIC = { staticValue: NRF5_EXAMPLE_STATIC_OOB };

  test.each(['nrf5', 'zephyr'] as const)('with bytes both sides know: %s', async (stack) => {
    const desk = new Desk();
    const node = desk.device(stack, { provisionee: { staticOob: { value: NRF5_EXAMPLE_STATIC_OOB } } });
    const account = new Account(async (told) => {
      expect(told.offersStaticOob).toBe(true);
      return STATIC;
    });
    await provisionAt(desk, account);
    expect(node.network).toBeDefined();
  });

  test('with a short value, whichever way an older Zephyr fills it up', async () => {
    const value = Uint8Array.of(1, 2, 3);
    const desk = new Desk();
    const node = desk.device('zephyr', {
      provisionee: { algorithms: ['cmac'], staticOob: { value, zeros: 'in-front' } },
    });
    let asked = 0;
    const account = new Account(async () => {
      asked++;
      return { staticValue: value };
    });
    await provisionAt(desk, account);
    expect(node.network).toBeDefined();
    expect(asked).toBe(1);
  });

  test('that is wrong lets nobody in', async () => {
    const desk = new Desk();
    const node = desk.device('nrf5', { provisionee: { staticOob: { value: NRF5_EXAMPLE_STATIC_OOB } } });
    const account = new Account(async () => ({ staticValue: new Uint8Array(16).fill(9) }));
    await expect(provisionAt(desk, account)).rejects.toMatchObject({
      code: 'mesh/node-refused',
      facts: { code: 4 },
    });
    await desk.clock.sleep(5_000);
    expect(node.network).toBeUndefined();
    expect(account.pending).toEqual([]);
  });

  test.each(OUTPUT_ACTIONS)('with what the node shows and a person types: %s', async (action) => {
    const desk = new Desk();
    let shown = '';
    const node = desk.device('zephyr', {
      provisionee: {
        isAuthenticatedOnly: true,
        output: { actions: actionBits(OUTPUT_ACTIONS, action), size: 4 },
        show: (value) => (shown = String(value)),
      },
    });
    const account = Object.assign(
      new Account(async (told) => {
        expect(told).toMatchObject({ needsOob: true, outputOobSize: 4 });
        return { method: 'output', action, size: 4 };
      }),
      { readTyped: async () => shown },
    );
    await provisionAt(desk, account);
    expect(node.network).toBeDefined();
    expect(shown).not.toBe('');
  });

  test.each(INPUT_ACTIONS)('with what is shown here and entered at the node: %s', async (action) => {
    const desk = new Desk();
    const node = desk.device('zephyr', {
      provisionee: { input: { actions: actionBits(INPUT_ACTIONS, action), size: 6 } },
    });
    const account = Object.assign(new Account(async () => ({ method: 'input', action, size: 6 })), {
      show: (_action: string, value: number | string) =>
        void desk.clock.after(10_000, () => node.provisionee!.enter(value)),
    });
    await provisionAt(desk, account);
    expect(node.network).toBeDefined();
  });

  test('that was typed wrong lets nobody in, and what cannot be it is not sent', async () => {
    for (const [typed, code] of [
      ['1', 'mesh/node-refused'],
      ['12345', 'mesh/bad-oob-input'],
      ['abc', 'mesh/bad-oob-input'],
    ] as const) {
      const desk = new Desk();
      const node = desk.device('zephyr', {
        provisionee: { output: { actions: actionBits(OUTPUT_ACTIONS, 'numeric'), size: 4 } },
      });
      const account = Object.assign(
        new Account(async () => ({ method: 'output', action: 'numeric', size: 4 })),
        { readTyped: async () => typed },
      );
      await expect(provisionAt(desk, account)).rejects.toMatchObject({ code });
      expect(node.network).toBeUndefined();
    }
  });

  test('nobody types for longer than the node waits', async () => {
    const desk = new Desk();
    desk.device('zephyr', {
      provisionee: { output: { actions: actionBits(OUTPUT_ACTIONS, 'numeric'), size: 4 } },
    });
    const account = Object.assign(
      new Account(async () => ({ method: 'output', action: 'numeric', size: 4 })),
      { readTyped: () => new Promise<string>(() => {}) },
    );
    await expect(provisionAt(desk, account)).rejects.toMatchObject({ code: 'gatt/lost' });
  });

  test('is not asked for where the node has none, and none is not tried where it needs one', async () => {
    const plain = new Desk();
    plain.device();
    await expect(provisionAt(plain, new Account(async () => STATIC))).rejects.toMatchObject({
      code: 'mesh/oob-not-offered',
    });
    const strict = new Desk();
    strict.device('zephyr', {
      provisionee: { isAuthenticatedOnly: true, staticOob: { value: NRF5_EXAMPLE_STATIC_OOB } },
    });
    await expect(provisionAt(strict)).rejects.toMatchObject({ code: 'mesh/oob-not-offered' });
  });
});

describe('a hostile node', () => {
  const cases: readonly (readonly [string, Mischief, string])[] = [
    ['with a wrong confirmation', 'wrong-confirmation', 'mesh/wrong-confirmation'],
    ['with a key off the curve', 'key-off-the-curve', 'mesh/bad-public-key'],
    ['that reflects our key', 'reflects-key', 'mesh/reflected'],
    ['that reflects our confirmation', 'reflects-confirmation', 'mesh/reflected'],
    ['that reflects our random value', 'reflects-random', 'mesh/reflected'],
    ['that says its capabilities twice', { repeats: 'capabilities' }, 'mesh/unexpected-pdu'],
    ['that says its key twice', { repeats: 'public-key' }, 'mesh/unexpected-pdu'],
    ['that says its confirmation twice', { repeats: 'confirmation' }, 'mesh/unexpected-pdu'],
    ['that says its random value twice', { repeats: 'random' }, 'mesh/unexpected-pdu'],
    ['that completes at once', { instead: 'capabilities', pdu: Uint8Array.of(8) }, 'mesh/unexpected-pdu'],
    [
      'with capabilities of a wrong size',
      { instead: 'capabilities', pdu: new Uint8Array(11).fill(1) },
      'mesh/unexpected-pdu',
    ],
    [
      'with a PDU of no type',
      { instead: 'capabilities', pdu: Uint8Array.of(0x0a, 1) },
      'mesh/unexpected-pdu',
    ],
    [
      'without an algorithm',
      { instead: 'capabilities', pdu: Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) },
      'mesh/no-common-algorithm',
    ],
    [
      'with a confirmation of the other algorithm',
      { instead: 'confirmation', pdu: Uint8Array.of(5, ...new Uint8Array(32)) },
      'mesh/unexpected-pdu',
    ],
    ['that refuses', { instead: 'public-key', pdu: Uint8Array.of(9, 5) }, 'mesh/node-refused'],
    ['that is silent from the start', { silentBefore: 'capabilities' }, 'mesh/provisioning-silent'],
    ['that falls silent after the key', { silentBefore: 'confirmation' }, 'mesh/provisioning-silent'],
  ];

  test.each(cases)('%s gets no key, and the connection is closed', async (_, mischief, code) => {
    const desk = new Desk();
    const node = desk.device('nrf5', { provisionee: { mischief } });
    const account = new Account();
    await expect(provisionAt(desk, account)).rejects.toMatchObject({ code });
    await desk.clock.sleep(1_000);
    expect(node.isConnected).toBe(false);
    expect(node.network).toBeUndefined();
    expect(account.complete).toEqual([]);
  });

  /** The node says nothing by itself; from the invitation on it is heard to say these values, one each so many ms. */
  const saying = async (values: Iterable<readonly number[]>, everyMs: number) => {
    const desk = new Desk();
    const node = desk.device('nrf5', { provisionee: { mischief: { silentBefore: 'capabilities' } } });
    const account = new Account();
    const from = desk.clock.now();
    const outcome = provisionAt(desk, account).then(
      () => 'provisioned',
      (error: { readonly code: string }) => error.code,
    );
    let isOver = false;
    void outcome.then(() => (isOver = true));
    while (!node.isConnected) await desk.clock.sleep(100);
    await desk.clock.sleep(2_000);
    for (const value of values) {
      if (isOver) break;
      node.tellValue(Uint8Array.from(value));
      await desk.clock.sleep(everyMs);
    }
    const told = { code: await outcome, seconds: (desk.clock.now() - from) / 1000 };
    await desk.clock.sleep(1_000);
    expect(node.isConnected).toBe(false);
    expect(node.network).toBeUndefined();
    expect([account.pending, account.complete]).toEqual([[], []]);
    return told;
  };

  test('that breaks off in the middle of a PDU is left after 20 s', async () => {
    const { code, seconds } = await saying([[0x43, 1, 1, 0, 1]], 0);
    expect(code).toBe('gatt/half-message');
    expect(seconds).toBeLessThan(30);
  });

  test('whose PDU lost its end is told so: the rest is no capabilities', async () => {
    const { code } = await saying(
      [
        [0x43, 1, 1, 0, 1],
        [0xc3, 0, 0, 0],
      ],
      100,
    );
    expect(code).toBe('mesh/unexpected-pdu');
  });

  test.each([
    ['pieces without end', [0x83, ...new Array<number>(19).fill(7)]],
    ['beginnings without end', [0x43, ...new Array<number>(19).fill(7)]],
  ])('with %s is left after a minute, and takes no more room than a PDU', async (_, value) => {
    const endless = function* () {
      yield [0x43, 1, 1];
      for (;;) yield value;
    };
    const { code, seconds } = await saying(endless(), 500);
    expect(code).toBe('mesh/provisioning-silent');
    expect(seconds).toBeLessThan(70);
  });

  test('that never closes is given up after a minute', async () => {
    const desk = new Desk();
    desk.device('nrf5', { provisionee: { mischief: { silentBefore: 'capabilities' } } });
    const node = await desk.choose();
    const from = desk.clock.now();
    const connection = await node.connect('provisioning', { onMessage: () => {} });
    expect(connection.end).toBeUndefined();
    await desk.clock.sleep(61_000);
    expect(connection.end).toMatchObject({ code: 'gatt/lost' });
    expect(desk.clock.now() - from).toBeLessThan(65_000);
  });
});

describe('a connection that breaks', () => {
  const steps = async (stack: StackName, breakAt?: number, fault: 'breakAt' | 'loseAt' = 'breakAt') => {
    const desk = new Desk();
    const node = desk.device(stack);
    const account = new Account();
    const bearer = await desk.bearer();
    const device = desk.deviceOf(node);
    if (breakAt !== undefined) device.faults[fault] = breakAt;
    const outcome = await bearer.provision('', orderFor(0x10), account).then(
      () => 'provisioned',
      (error: { code: string }) => error.code,
    );
    return { desk, node, account, bearer, device, outcome };
  };
  /** Whatever happens: a node that has joined has a key that was kept before. */
  const hasKept = ({ node, account }: { node: RadioNode; account: Account }) =>
    !node.network ||
    account.pending.some(({ deviceKey }) => toHex(deviceKey) === toHex(node.network!.deviceKey));

  test.each(['nrf5', 'zephyr'] as const)('at any value never loses a device key: %s', async (stack) => {
    const whole = await steps(stack);
    expect(whole.outcome).toBe('provisioned');
    const count = whole.device.values.length;
    expect(count).toBeGreaterThan(10);
    const outcomes = new Map<string, number>();
    for (let nth = 1; nth <= count; nth++) {
      const run = await steps(stack, nth);
      await run.desk.clock.sleep(5_000);
      expect(hasKept(run), `value ${nth}`).toBe(true);
      const isIn = run.node.network !== undefined;
      expect([isIn, run.outcome === 'provisioned'], `value ${nth}`).toEqual([isIn, isIn]);
      outcomes.set(run.outcome, (outcomes.get(run.outcome) ?? 0) + 1);
      if (isIn) continue;
      // and the next attempt goes through
      const again = new Account();
      await run.bearer.provision('', orderFor(0x10), again);
      expect(toHex(again.complete[0]!.deviceKey)).toBe(toHex(run.node.network!.deviceKey));
    }
    expect([...outcomes.keys()].sort()).toEqual(['gatt/lost', 'provisioned']);
  });

  test.each(['nrf5', 'zephyr'] as const)(
    'because a value was lost ends in a word, and the next attempt succeeds: %s',
    async (stack) => {
      const count = (await steps(stack)).device.values.length;
      for (let nth = 1; nth <= count; nth++) {
        const run = await steps(stack, nth, 'loseAt');
        await run.desk.clock.sleep(70_000);
        expect(hasKept(run), `value ${nth}`).toBe(true);
        if (run.node.network) expect(run.outcome).toBe('provisioned');
        else {
          expect(run.outcome).toMatch(/^(gatt|mesh)\//);
          await run.bearer.provision('', orderFor(0x10), new Account());
          expect(run.node.network).toBeDefined();
        }
      }
    },
    120_000,
  );

  test('before the last word, of a node that has joined: it is asked under its key', async () => {
    const desk = new Desk();
    const node = desk.device('nrf5', { provisionee: { mischief: 'loses-complete' } });
    const account = new Account();
    const device = await provisionAt(desk, account);
    expect(account.complete).toEqual([device]);
    expect(toHex(node.network!.deviceKey)).toBe(toHex(device.deviceKey));
  });

  test('that cannot be kept is not given away', async () => {
    const desk = new Desk();
    const node = desk.device();
    const account = new Account();
    account.onPending = async () => Promise.reject(new Error('disk full'));
    await expect(provisionAt(desk, account)).rejects.toThrow('disk full');
    await desk.clock.sleep(5_000);
    expect(node.network).toBeUndefined();
  });
});
