import { describe, expect, test } from 'vitest';
import {
  proveClones,
  type OnAirResult,
  type Proof,
  type ProofEvent,
  type ProofOptions,
} from '../../src/on-air/index.ts';
import type { CloneToProve } from '../../src/on-air/index.ts';
import { formatComposition } from '../../src/mesh/access/index.ts';
import { fromHex } from '../../src/bytes.ts';
import { VirtualMeshNode, type KitReleaseName } from '../../src/virtual/index.ts';
import { LIGHT, VirtualNetwork } from '../support/virtual-network.ts';

interface Proving extends Partial<ProofOptions> {
  readonly events?: ProofEvent[];
}
async function prove(
  network: VirtualNetwork,
  clones: readonly CloneToProve[],
  { events = [], ...options }: Proving = {},
): Promise<Proof> {
  const bearer = options.bearer ?? (await network.connect());
  return proveClones(clones, {
    bearer,
    clock: network.clock,
    now: network.now,
    level: 'full',
    onEvent: (event) => events.push(event),
    ...options,
  });
}
const verdicts = ({ results }: Proof) => results.map(({ verdict }) => verdict);
const codes = ({ findings }: OnAirResult) => findings.map(({ code }) => code);

describe('a clone that is as planned', () => {
  test.each(['2.0.0', '2.1.0', '2.2.0', '3.0.0', '3.2.0', '4.2.0', '5.0.0'] as KitReleaseName[])(
    'is alive, through a kit of %s',
    async (release) => {
      const network = new VirtualNetwork(release);
      const { clone } = network.clone(0x10);
      const { results } = await prove(network, [{ ...clone, composition: formatComposition(LIGHT) }]);
      expect(results).toMatchObject([{ verdict: 'alive', hops: 1, findings: [], unicast: 0x10 }]);
      expect(results[0]!.rttMs).toBeGreaterThan(0);
      expect(results[0]!.rssi).toBeLessThan(0);
    },
  );
  test('tells how many hops away it is', async () => {
    const network = new VirtualNetwork();
    const clones = [1, 2, 3].map((hops) => network.clone(0x10 + hops, { hops }).clone);
    const { results } = await prove(network, clones);
    expect(results.map(({ hops }) => hops)).toEqual([1, 2, 3]);
  });
});

describe('a clone that is not as planned', () => {
  test('with another device key is told from one that is off', async () => {
    const network = new VirtualNetwork();
    const wrong = network.clone(0x10);
    const off = network.clone(0x11);
    const good = network.clone(0x12);
    wrong.node.network = { ...wrong.node.network!, deviceKey: network.randomBytes(16) };
    off.node.isPowered = false;
    const proof = await prove(network, [wrong.clone, off.clone, good.clone]);
    expect(verdicts(proof)).toEqual(['wrong-device-key', 'silent', 'alive']);
    expect(proof.results.map(codes)).toEqual([['on-air/wrong-device-key'], ['on-air/silent'], []]);
    expect(proof.findings).toEqual([]);
  });

  test('that kept the donor’s key says so', async () => {
    const network = new VirtualNetwork();
    const donor = network.clone(0x10);
    const kept = network.clone(0x11);
    kept.node.network = { ...kept.node.network!, deviceKey: donor.clone.deviceKey };
    const proof = await prove(network, [kept.clone], { donor: donor.clone });
    expect(proof.results.map(codes)).toEqual([['on-air/donor-key']]);
  });

  test('whose board carries the donor unpatched shows at the donor’s address', async () => {
    const network = new VirtualNetwork();
    const donor = network.clone(0x10); // the board that should be 0x11
    const missing = network.clone(0x11);
    missing.node.isPowered = false;
    const proof = await prove(network, [missing.clone], { donor: donor.clone });
    expect(proof.results.map(codes)).toEqual([['on-air/silent', 'on-air/donor-answers']]);
  });

  test('whose records were not accepted is found among the unprovisioned', async () => {
    const network = new VirtualNetwork();
    const { clone, node } = network.clone(0x10);
    node.network = undefined;
    const proof = await prove(network, [clone]);
    expect(proof.results.map(codes)).toEqual([['on-air/unprovisioned']]);
  });

  test('without a binding, a key, or its publication differs, and tells in what', async () => {
    const network = new VirtualNetwork();
    const unbound = network.clone(0x10);
    const keyless = network.clone(0x11);
    const elsewhere = network.clone(0x12);
    unbound.node.model(0, '1000')!.bindings = [];
    keyless.node.appKeys.delete(1);
    elsewhere.node.model(0, '1000')!.publication = null;
    const proof = await prove(network, [unbound.clone, keyless.clone, elsewhere.clone]);
    expect(verdicts(proof)).toEqual(['differs', 'differs', 'differs']);
    expect(proof.results.map(codes)).toEqual([
      ['on-air/not-bound', 'on-air/on-off-silent'],
      ['on-air/no-app-key'],
      ['on-air/other-publication'],
    ]);
  });

  test('with other firmware differs in its composition', async () => {
    const network = new VirtualNetwork();
    const { clone } = network.clone(0x10);
    const proof = await prove(network, [{ ...clone, composition: formatComposition({ ...LIGHT, vid: 2 }) }]);
    expect(proof.results.map(codes)).toEqual([['on-air/other-composition']]);
  });

  test('composition data that the kit cut are compared as far as they go', async () => {
    const network = new VirtualNetwork('5.0.0', { cutReceivedAt: 16 });
    const { clone } = network.clone(0x10);
    const proof = await prove(network, [{ ...clone, composition: formatComposition(LIGHT) }]);
    expect(proof.results).toMatchObject([{ verdict: 'alive', findings: [{ code: 'on-air/cut-answer' }] }]);
  });

  test('on two boards answers from two radios', async () => {
    const network = new VirtualNetwork();
    const { clone, node } = network.clone(0x10);
    const twin = network.clone(0x10, { sequence: 5000 });
    twin.node.network = node.network;
    const { results } = await prove(network, [clone]);
    expect(codes(results[0]!)).toContain('on-air/two-boards');
  });

  test('before 3.1.0 a wrong device key shows as silence', async () => {
    const network = new VirtualNetwork('2.2.0');
    const { clone, node } = network.clone(0x10);
    node.network = { ...node.network!, deviceKey: network.randomBytes(16) };
    expect(verdicts(await prove(network, [clone]))).toEqual(['silent']);
  });
});

describe('a silent clone', () => {
  const unanswered = (network: VirtualNetwork, unicast: number) => {
    const silent = network.clone(unicast);
    silent.node.isPowered = false;
    return silent;
  };

  test('is looked for at the addresses around its own, under its own key', async () => {
    const network = new VirtualNetwork();
    const good = network.clone(0x10);
    const moved = network.clone(0x21);
    const proof = await prove(network, [good.clone, { ...moved.clone, unicast: 0x20 }]);
    expect(proof.results.map(codes)).toEqual([[], ['on-air/other-address']]);
    expect(proof.results[1]).toMatchObject({ verdict: 'silent', unicast: 0x20 });
    expect(proof.results[1]!.findings[0]!.message).toContain('0x0021');
  });

  test('on whose board is another clone’s image is told from one that is off', async () => {
    const network = new VirtualNetwork();
    const good = network.clone(0x10);
    const missing = unanswered(network, 0x20);
    const [far, near] = [0x40, 0x22].map((unicast) => network.clone(unicast).clone);
    const proof = await prove(network, [good.clone, missing.clone], { unwritten: [far!, near!] });
    expect(proof.results.map(codes)).toEqual([[], ['on-air/other-image']]);
    expect(proof.results[1]!.findings[0]!.message).toContain(near!.name);
  });

  test('is not looked for where nobody answers, as the fault is not its own', async () => {
    const network = new VirtualNetwork();
    const events: ProofEvent[] = [];
    const clones = [0x10, 0x20].map((unicast) => unanswered(network, unicast).clone);
    const proof = await prove(network, clones, { events });
    expect(proof.findings.map(({ code }) => code)).toEqual(['on-air/nobody-answers']);
    expect(events.map(({ kind }) => kind)).not.toContain('looking-elsewhere');
  });

  test('beside others is looked for where the donor answers: the radio is not at fault then', async () => {
    const network = new VirtualNetwork();
    const donor = network.clone(0x40);
    const clones = [0x10, 0x20].map((unicast) => unanswered(network, unicast).clone);
    network.clone(0x30).node.network = {
      ...donor.node.network!,
      unicast: 0x21,
      deviceKey: clones[1]!.deviceKey,
    };
    const proof = await prove(network, clones, { donor: donor.clone });
    expect(proof.findings).toEqual([]);
    expect(proof.results.map(codes)).toEqual([
      ['on-air/silent', 'on-air/donor-answers'],
      ['on-air/other-address', 'on-air/donor-answers'],
    ]);
  });

  test.each([
    ['of the releases with DEVICEID in front', (chip: string) => `${chip.slice(0, 12)}40ff${'a5'.repeat(8)}`],
    ['of examples with a prefix', (chip: string) => `0059ffff00000000${chip}`],
  ])('is found among the unprovisioned by its chip, by the UUID %s', async (_, uuidOf) => {
    const network = new VirtualNetwork();
    const { clone, node } = network.clone(0x10);
    const chipId = '7d2f0000000091c4'; // as a number; a UUID has it as it lies in memory
    node.network = undefined;
    node.isPowered = false;
    const board = new VirtualMeshNode(network.mesh, {
      uuid: fromHex(uuidOf('c491000000002f7d'))!,
      composition: LIGHT,
    });
    const proof = await prove(network, [{ ...clone, chipId }]);
    expect(board.network).toBeUndefined();
    expect(proof.results.map(codes)).toEqual([['on-air/unprovisioned']]);
    expect(proof.findings.map(({ code }) => code)).toEqual([]);
  });

  test('may be among unprovisioned devices that nobody knows, and that is said', async () => {
    const network = new VirtualNetwork();
    const good = network.clone(0x10);
    const missing = unanswered(network, 0x20);
    network.device();
    const proof = await prove(network, [good.clone, missing.clone]);
    expect(proof.results.map(codes)).toEqual([[], ['on-air/silent']]);
    expect(proof.findings.map(({ code }) => code)).toEqual(['on-air/unprovisioned-around']);
  });
});

describe('a network that cannot be reached', () => {
  test('is told apart from clones that are silent one by one', async () => {
    const network = new VirtualNetwork();
    const clones = [0x10, 0x11].map((unicast) => network.clone(unicast));
    for (const { node } of clones) node.network = { ...node.network!, netKey: network.randomBytes(16) };
    const proof = await prove(
      network,
      clones.map(({ clone }) => clone),
    );
    expect(verdicts(proof)).toEqual(['silent', 'silent']);
    expect(proof.findings.map(({ code }) => code)).toEqual(['on-air/nobody-answers']);
  });
});

describe('a network at a later IV index than is known', () => {
  test.each(['3.2.0', '5.0.0'] as KitReleaseName[])(
    'is followed by its beacon, remembered, and no number is used twice, with a kit of %s',
    async (release) => {
      const network = new VirtualNetwork(release);
      const { clone, node } = network.clone(0x10);
      node.network = { ...node.network!, ivIndex: 5 };
      const heard: string[] = [];
      network.mesh.tap((from, { source, ivIndex, sequence }) => {
        if (from === network.kit) heard.push(`${source}/${ivIndex}/${sequence}`);
      });
      const kit = await network.connect();
      await kit.restart();
      network.kit.updateIvIndex(5);
      await network.clock.sleep(100);
      expect(kit.ivIndexHeard).toBe(5);
      const beacon = network.clock.after(200, () => network.kit.updateIvIndex(5));
      expect(verdicts(await prove(network, [clone], { bearer: kit }))).toEqual(['alive']);
      beacon();
      await network.line!.close(); // the page is opened again, and its database still knows nothing

      const again = network.clock.after(200, () => network.kit.updateIvIndex(5));
      const kitAgain = await network.connect();
      expect(verdicts(await prove(network, [clone], { bearer: kitAgain }))).toEqual(['alive']);
      again();
      expect(kitAgain.ivIndexHeard).toBe(5);
      expect(new Set(heard).size).toBe(heard.length);
    },
  );
});

describe('nodes that remember', () => {
  test('higher numbers of our address answer to fresh ones, and it is said', async () => {
    const network = new VirtualNetwork();
    const { clone, node } = network.clone(0x10);
    const kit = await network.connect({ ownAddresses: [0x7000] });
    node.replay.remember(0x7000, 0x50000);
    const proof = await prove(network, [clone], { bearer: kit });
    expect(proof.results).toMatchObject([{ verdict: 'alive', findings: [{ code: 'on-air/old-numbers' }] }]);
  });

  test.each(['3.2.0', '5.0.0'] as KitReleaseName[])(
    'never hear a number twice, in run after run with a kit of %s',
    async (release) => {
      const network = new VirtualNetwork(release);
      const heard = new Set<string>();
      const repeated: string[] = [];
      network.mesh.tap((from, { source, ivIndex, sequence }) => {
        const number = `${source}/${ivIndex}/${sequence}`;
        if (from === network.kit && heard.has(number)) repeated.push(number);
        if (from === network.kit) heard.add(number);
      });
      const clones = Array.from({ length: 50 }, (_, i) => network.clone(0x10 + i).clone);
      for (let run = 0; run < 3; run++) {
        expect(new Set(verdicts(await prove(network, clones, { level: 'probe' })))).toEqual(
          new Set(['alive']),
        );
        await network.line!.close();
      }
      expect(repeated).toEqual([]);
    },
  );
});

describe('a batch', () => {
  test('restarts the kit before its replay list is full, also when elements answer beside their nodes', async () => {
    const network = new VirtualNetwork('2.1.0');
    const clones = Array.from({ length: 90 }, (_, i) => network.clone(0x10 + i).clone);
    const events: ProofEvent[] = [];
    const proof = await prove(network, clones, { level: 'probe', events });
    expect(new Set(verdicts(proof))).toEqual(new Set(['alive']));
    // 28 of 32 places are used: 90 clones take four runs
    expect(events.filter(({ kind }) => kind === 'restarting')).toHaveLength(4);
  });

  test('puts the dead at the end and tries them again after a restart', async () => {
    const network = new VirtualNetwork();
    const clones = Array.from({ length: 6 }, (_, i) => network.clone(0x10 + i));
    clones[1]!.node.isPowered = false;
    const events: ProofEvent[] = [];
    await prove(
      network,
      clones.map(({ clone }) => clone),
      { level: 'probe', events },
    );
    const asked = events.flatMap((event) =>
      event.kind === 'asking' ? [`${event.pass} ${event.unicast}`] : [],
    );
    expect(asked).toEqual([
      ...[0x10, 0x11, 0x12, 0x13, 0x14, 0x15].map((unicast) => `quick ${unicast}`),
      `slow ${0x11}`,
      `fresh ${0x11}`,
    ]);
  });

  test('is heard through loss', async () => {
    const network = new VirtualNetwork();
    const clones = Array.from({ length: 40 }, (_, i) => network.clone(0x10 + i, { lossRate: 0.25 }).clone);
    expect(new Set(verdicts(await prove(network, clones, { level: 'probe' })))).toEqual(new Set(['alive']));
  });

  test('of three hundred of which a tenth of all messages gets lost is judged by what it is', async () => {
    const network = new VirtualNetwork();
    const setups = Array.from({ length: 300 }, (_, i) =>
      network.clone(0x10 + i, { hops: 1 + (i % 3), lossRate: 0.1 }),
    );
    const wrong = setups[100]!.node;
    wrong.network = { ...wrong.network!, deviceKey: network.randomBytes(16) };
    const { results } = await prove(
      network,
      setups.map(({ clone }) => clone),
    );
    const others = results.filter(({ verdict }) => verdict !== 'alive');
    expect(others.map(({ unicast, verdict }) => [unicast, verdict])).toEqual([
      [0x10 + 100, 'wrong-device-key'],
    ]);
  });

  test('that is cancelled keeps what it has, and goes on from there', async () => {
    const network = new VirtualNetwork();
    const clones = Array.from({ length: 10 }, (_, i) => network.clone(0x10 + i).clone);
    const kept: OnAirResult[] = [];
    const ending = new AbortController();
    const keep = async (result: OnAirResult) => {
      kept.push(result);
      if (kept.length === 4) ending.abort(new Error('enough'));
    };
    await expect(prove(network, clones, { keep, signal: ending.signal })).rejects.toThrow('enough');
    expect(kept).toHaveLength(4);

    await network.line!.close(); // the page is opened again
    const events: ProofEvent[] = [];
    const { results } = await prove(network, clones, { known: kept, events });
    expect(results.map(({ unicast }) => unicast)).toEqual(clones.map(({ unicast }) => unicast));
    expect(events.filter(({ kind }) => kind === 'asking')).toHaveLength(6);
  });

  test('waits at its gate between nodes', async () => {
    const network = new VirtualNetwork();
    const clones = [0x10, 0x11].map((unicast) => network.clone(unicast).clone);
    let open = () => {};
    let isAsked = false;
    const gates = [Promise.resolve(), new Promise<void>((resolve) => (open = resolve))];
    const events: ProofEvent[] = [];
    const running = prove(network, clones, {
      events,
      gate: async () => {
        const gate = gates.shift();
        if (gates.length === 0) isAsked = true;
        await gate;
      },
    });
    while (!isAsked) await new Promise((resolve) => setImmediate(resolve));
    expect(events.filter(({ kind }) => kind === 'asking')).toHaveLength(1);
    open();
    expect(verdicts(await running)).toEqual(['alive', 'alive']);
  });

  test('survives a kit that restarts by itself at any frame', async () => {
    for (let frame = 8; ; frame += 3) {
      const network = new VirtualNetwork();
      const clones = [0x10, 0x11].map((unicast) => network.clone(unicast).clone);
      let struck = false;
      network.kit.faults = {
        atFrame: (count) => {
          if (struck || count !== frame) return undefined;
          struck = true;
          return 'reset';
        },
      };
      expect(verdicts(await prove(network, clones))).toEqual(['alive', 'alive']);
      if (!struck) break;
    }
  });

  test.each(['3.2.0', '5.0.0'] as KitReleaseName[])(
    'goes on after the port was lost at any frame, and no number is used twice, with a kit of %s',
    async (release) => {
      let frame = 0;
      for (let isStruck = true; isStruck; frame += 2) {
        isStruck = false;
        const network = new VirtualNetwork(release);
        const clones = [0x10, 0x11].map((unicast) => network.clone(unicast).clone);
        const heard: string[] = [];
        network.mesh.tap((from, { source, ivIndex, sequence }) => {
          if (from === network.kit) heard.push(`${source}/${ivIndex}/${sequence}`);
        });
        network.kit.faults = {
          atFrame: (count) => {
            if (isStruck || count !== frame) return undefined;
            isStruck = true;
            return frame % 4 === 0 ? 'unplug' : 'unplug-after';
          },
        };
        const kept: OnAirResult[] = [];
        const keep = async (result: OnAirResult) => void kept.push(result);
        const whole = await prove(network, clones, { keep, level: 'probe' }).catch(() => undefined);
        if (!whole) {
          await network.line?.close();
          network.port.plugIn();
          const { results } = await prove(network, clones, { known: kept, level: 'probe' });
          expect(results.map(({ verdict }) => verdict)).toEqual(['alive', 'alive']);
        }
        expect(new Set(heard).size).toBe(heard.length);
      }
      expect(frame).toBeGreaterThan(16);
    },
  );

  test('ends when the port is lost, with the results it kept', async () => {
    const network = new VirtualNetwork();
    const clones = Array.from({ length: 5 }, (_, i) => network.clone(0x10 + i).clone);
    const kept: OnAirResult[] = [];
    const keep = async (result: OnAirResult) => {
      kept.push(result);
      if (kept.length === 2) network.port.unplug();
    };
    await expect(prove(network, clones, { keep })).rejects.toMatchObject({ code: 'serial/port-lost' });
    expect(kept).toHaveLength(2);
  });

  test('sends nothing under numbers that could not be stored', async () => {
    const network = new VirtualNetwork();
    const { clone } = network.clone(0x10);
    network.store.append = async () => Promise.reject(new Error('disk full'));
    const sent: unknown[] = [];
    network.mesh.tap((from) => {
      if (from === network.kit) sent.push(from);
    });
    await expect(prove(network, [clone])).rejects.toMatchObject({ code: 'serial/addresses-not-stored' });
    expect(sent).toEqual([]);
  });
});

describe('three hundred clones in virtual time', () => {
  const minutes = (ms: number) => ms / 60_000;
  test.each([
    ['probe', 2],
    ['full', 7],
  ] as const)('%s: within %i minutes', async (level, budget) => {
    const network = new VirtualNetwork();
    const clones = Array.from(
      { length: 300 },
      (_, i) => network.clone(0x10 + i, { hops: 1 + (i % 3) }).clone,
    );
    const bearer = await network.connect();
    const from = network.clock.now();
    expect(new Set(verdicts(await prove(network, clones, { level, bearer })))).toEqual(new Set(['alive']));
    expect(minutes(network.clock.now() - from)).toBeLessThan(budget);
  });
});
