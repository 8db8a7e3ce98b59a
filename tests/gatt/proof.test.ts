import { describe, expect, test } from 'vitest';
import { proveClones, type ProofLevel } from '../../src/on-air/index.ts';
import { Desk } from '../support/virtual-radio.ts';

const MINUTE = 60_000;

/** Three hundred clones around a proxy, up to three hops away. */
function hall(count: number, lossRate: number, seed = 7) {
  const desk = new Desk({}, seed);
  const members = Array.from({ length: count }, (_, i) =>
    desk.member(0x100 + i, 'nrf5', { place: i === 0 ? 0 : 1 + (i % 3), lossRate }),
  );
  return { desk, members };
}

async function prove(world: ReturnType<typeof hall>, level: ProofLevel) {
  const { desk, members } = world;
  const bearer = await desk.bearer();
  const from = desk.clock.now();
  const proof = await proveClones(
    members.map(({ clone }) => clone),
    { bearer, clock: desk.clock, now: () => new Date(desk.clock.now()), level },
  );
  return { ...proof, bearer, minutes: (desk.clock.now() - from) / MINUTE };
}

describe('300 clones through one proxy', () => {
  test.each([
    ['probe', 3, 0],
    ['probe', 3, 0.02],
    ['full', 20, 0],
    ['full', 20, 0.02],
  ] as const)(
    'are proven within the budget: %s, %i minutes, %f of all PDUs lost on each hop',
    async (level, budget, lossRate) => {
      const world = hall(300, lossRate);
      const { results, findings, minutes } = await prove(world, level);
      expect(results.filter(({ verdict }) => verdict !== 'alive')).toEqual([]);
      expect(findings).toEqual([]);
      expect(new Set(results.map(({ hops }) => hops))).toEqual(new Set([1, 2, 3, 4]));
      expect(minutes).toBeLessThan(budget);
      // our own numbers: about ten a clone
      const { written } = world.desk.store;
      expect(written.at(-1)!.reservedUntil - written[0]!.reservedUntil).toBeLessThan(300 * 12);
    },
    300_000,
  );
});

describe('clones of which some are not as they should be', () => {
  test('get their verdicts, though the air loses messages', async () => {
    const world = hall(40, 0.02);
    const { members } = world;
    members[5]!.node.isPowered = false;
    members[6]!.node.join({ ...members[6]!.node.network!, deviceKey: new Uint8Array(16).fill(1) });
    members[7]!.node.model(0, '1000')!.bindings = [];
    const { results } = await prove(world, 'full');
    const verdicts = results.map(({ verdict }) => verdict);
    expect([verdicts[5], verdicts[6], verdicts[7]]).toEqual(['silent', 'wrong-device-key', 'differs']);
    const others = results.filter((_, i) => ![5, 6, 7].includes(i));
    expect(others.filter(({ verdict }) => verdict !== 'alive')).toEqual([]);
  }, 60_000);

  test('are only the proxy itself where it does not relay', async () => {
    const world = hall(6, 0);
    const [proxy] = world.members;
    proxy!.node.features = { ...proxy!.node.features, relay: 0 };
    const { results } = await prove(world, 'probe');
    expect(results.map(({ verdict }) => verdict === 'alive')).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
