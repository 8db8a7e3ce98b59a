/** Two and three pages of one browser, in every order of their steps: begin, write a board, close, reload, go on, put away, finish. */
import { describe, expect, test } from 'vitest';
import { KnownError } from '../../src/errors.ts';
import {
  isConfirmed,
  Journal,
  KeptRuns,
  Ledger,
  type Glance,
  type HeldRun,
  type IdentityRef,
  type JournalEntry,
  type JournalRecord,
  type JournalStore,
  type PlannedIdentity,
  type RunMark,
  type RunStore,
} from '../../src/bench/index.ts';
import { tryEveryOrder, type Setting, type Stepper } from './every-order.ts';

const NETWORK = 'f3d2b8a04c5e4b0e9d7a61c2ff00aa11';
const NOBODY = -1;
const MOST_TRIES = 3;
const noop = () => {};

/** What all pages share: the browser's storage and lock, and boards on the table. */
interface World {
  run: RunMark | null;
  records: JournalRecord[];
  /** Page that has the lock. */
  holder: number;
  /** What is in the flash of a chip: an identity with the device key of one run. */
  readonly chips: Map<string, { readonly unicast: number; readonly run: string; readonly record: number }>;
  /** Every identity that a chip ever had. */
  readonly history: { readonly chip: string; readonly unicast: number }[];
  /** Runs whose device keys are in a file. */
  readonly exported: Set<string>;
  /** Runs that a person wanted gone, and how many records the journal had when they saw what there is. */
  readonly words: Map<string, number>;
  runs: number;
}

const newWorld = (): World => ({
  run: null,
  records: [],
  holder: NOBODY,
  chips: new Map(),
  history: [],
  exported: new Set(),
  words: new Map(),
  runs: 0,
});

function check({ run, records, chips, history, exported, words }: World): void {
  for (const [chip, { unicast, run: owner, record }] of chips) {
    const isKept = run?.id === owner;
    const isGivenUp = (words.get(owner) ?? -1) > record;
    if (!isKept && !exported.has(owner) && !isGivenUp)
      throw new Error(`The device key of ${unicast} of ${owner} on chip ${chip} is lost`);
  }
  for (const one of history) {
    for (const other of history) {
      if (one.chip === other.chip && one.unicast !== other.unicast)
        throw new Error(`Chip ${one.chip} got two identities`);
      if (one.unicast === other.unicast && one.chip !== other.chip)
        throw new Error(`Identity ${one.unicast} is on two chips`);
    }
  }
  const [conflict] = Ledger.of(records).conflicts();
  if (conflict) throw new Error(conflict.message);
}

type Rules = Pick<KeptRuns<RunMark>, 'look' | 'begin' | 'goOn' | 'putAway'>;
type MakeRules = (places: ConstructorParameters<typeof KeptRuns<RunMark>>[0]) => Rules;
const OURS: MakeRules = (places) => new KeptRuns(places);

/** As 0.1.0 did it: what a page has seen of the store is what is there. */
const TRUSTING: MakeRules = ({ runs, journals, lock }) => {
  const held = async (run: RunMark): Promise<HeldRun<RunMark>> => {
    const release = await lock.acquire();
    if (!release) throw new KnownError('station/other-tab', '', '');
    return {
      run,
      release,
      markSaved: () => runs.keep({ ...run, saved: true }),
      end: async () => {
        await runs.forget();
        release();
      },
    } as unknown as HeldRun<RunMark>;
  };
  return {
    look: () => new KeptRuns({ runs, journals, lock }).look(),
    begin: async (make) => {
      const { run } = await make();
      const taken = await held(run);
      await runs.keep(run);
      return taken;
    },
    goOn: ({ run }) => held(run),
    putAway: () => runs.forget(),
  };
};

/** What a person does about a run that they find kept, and at the end of a visit. */
type Entry = 'go on' | 'export' | 'discard';
type End = 'close' | 'save and finish' | 'finish';

interface Habits {
  readonly rules: MakeRules;
  /** Each of them is tried. */
  readonly entries: readonly Entry[];
  readonly ends: readonly End[];
  /** How often a page is opened and closed again, each time with one board. */
  readonly sessions: number;
  /** The chip that the person of each page has at hand; the same one may go from hand to hand. */
  readonly chips: readonly string[];
}

/** A page as a person uses it. Choices of theirs are tried all. */
class Page {
  readonly #journal: JournalStore;
  readonly #rules: Rules;
  #base = 0x53;

  constructor(
    readonly name: number,
    readonly world: World,
    readonly stepper: Stepper,
    readonly habits: Habits,
  ) {
    const { step } = stepper;
    const runs: RunStore<RunMark> = {
      load: () => step(() => world.run),
      keep: (run) =>
        step(() => {
          if (world.run?.id !== run.id) world.runs++;
          world.run = run;
        }),
      forget: () => step(() => void (world.run = null)),
    };
    this.#journal = {
      // records are only added: how many there were says which
      load: async () => world.records.slice(0, await step(() => world.records.length)),
      append: (records) => step(() => world.records.push(...records)).then(() => {}),
    };
    const lock = {
      acquire: () =>
        step(() => {
          if (world.holder !== NOBODY) return false;
          world.holder = name;
          return true;
        }).then((isOurs) => (isOurs ? () => void (world.holder = NOBODY) : undefined)),
    };
    this.#rules = habits.rules({ runs, journals: { usb: this.#journal, virtual: this.#journal }, lock });
  }

  async live(): Promise<void> {
    for (let session = 0; session < this.habits.sessions; session++) {
      await this.#session(session);
    }
  }

  async #session(session: number): Promise<void> {
    const { remember, step } = this.stepper;
    const note = (what: string) => remember(`visit ${session}, plans at ${this.#base}: ${what}`);
    // a person who was told no looks again and tries once more, and leaves it then
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      note(`try ${tries}`);
      try {
        const held = await this.#enter(await this.#rules.look());
        note('has the bench');
        return held && (await this.#work(held, () => note('is done with the board')));
      } catch (error) {
        if (!(error instanceof KnownError)) throw error;
        if (error.code === 'station/plan-outdated') this.#base += 0x10;
        note(`${error.code} at try ${tries}`);
        if (error.code === 'station/other-tab') await step(noop, () => this.world.holder === NOBODY);
      }
    }
  }

  async #enter(seen: Glance<RunMark> | null): Promise<HeldRun<RunMark> | undefined> {
    if (!seen) return this.#rules.begin(async () => this.#plan());
    const { world } = this;
    const entry = await this.#choose(this.habits.entries);
    if (entry === 'go on') return this.#rules.goOn(seen);
    const exported = entry === 'export';
    if (exported) world.exported.add(seen.run.id);
    else giveUp(world, seen.run.id, seen.records);
    await this.#rules.putAway(seen, { exported });
    return undefined;
  }

  async #choose<One>(all: readonly One[]): Promise<One> {
    return all.length > 1 ? all[await this.stepper.choose(all.length)]! : all[0]!;
  }

  #plan() {
    const id = `run ${this.world.runs + 1} of ${this.name}`;
    const clones = clonesOf(this.#base, id);
    const run: RunMark = {
      id,
      boards: 'usb',
      network: NETWORK,
      clones: clones.map(({ unicast }) => unicast),
      saved: false,
    };
    return { run, clones };
  }

  async #work(held: HeldRun<RunMark>, served: () => void): Promise<void> {
    const { id, clones } = held.run;
    const journal = await Journal.open(this.#journal, {
      run: `journal of ${this.name}, ${this.world.records.length}`,
      now: () => new Date(0),
    });
    await this.#serve(journal, id, clones[0]!, this.habits.chips[this.name]!);
    served();
    const { exported, records } = this.world;
    const end = await this.#choose(this.habits.ends);
    if (end === 'close') return this.stepper.step(held.release);
    if (end === 'save and finish') {
      exported.add(id);
      await held.markSaved();
    } else giveUp(this.world, id, records.length);
    return held.end();
  }

  /** As a visit does it: the journal knows who a chip is, or gives it the next identity that nobody has. */
  async #serve(journal: Journal, run: string, base: number, chip: string): Promise<void> {
    const { ledger } = journal;
    const clones = clonesOf(base, run);
    const [held] = ledger.onChip(chip);
    if (held && isConfirmed(held.state)) return;
    const isFree = ({ unicast }: PlannedIdentity) =>
      (ledger.find(refOf(unicast))?.state ?? 'free') === 'free' &&
      ledger.overlapping(refOf(unicast)).length === 0;
    const clone = held ? clones.find(({ unicast }) => unicast === held.unicast) : clones.find(isFree);
    if (!clone) return;
    const entry = (kind: JournalEntry['kind']): JournalEntry => ({
      kind,
      identity: refOf(clone.unicast),
      chipId: chip,
      probe: '',
      imageSha256: kind === 'reserved' ? '' : (clone.imageSha256 ?? ''),
      result: '',
    });
    const { chips, history, records } = this.world;
    if (!held) await journal.append(entry('reserved'));
    await journal.append(entry('writing'));
    await this.stepper.step(() => {
      chips.set(chip, { unicast: clone.unicast, run, record: records.length - 1 });
      history.push({ chip, unicast: clone.unicast });
    });
    await journal.append(entry('verified'));
  }
}

const giveUp = ({ words }: World, run: string, records: number): void =>
  void words.set(run, Math.max(records, words.get(run) ?? 0));

const refOf = (unicast: number): IdentityRef => ({
  network: NETWORK,
  clone: `light_${unicast}`,
  unicast,
  elementCount: 2,
});
/** Each run has device keys of its own, so images of its own. */
const clonesOf = (base: number, run: string): PlannedIdentity[] =>
  [base, base + 2].map((unicast) => ({ unicast, elementCount: 2, imageSha256: `${unicast} of ${run}` }));

const setting = (pages: number, kills: number, habits: Habits): Setting<World> => ({
  world: newWorld,
  actors: Array.from(
    { length: pages },
    (_, name) => (world: World, stepper: Stepper) => new Page(name, world, stepper, habits).live(),
  ),
  kills,
  onKill: (world, name) => {
    if (world.holder === name) world.holder = NOBODY; // a browser lets go of what a closed page held
  },
  stateOf: ({ run, records, holder, chips, history, exported, words, runs }) => {
    // of runs that are neither kept nor on a board nothing is left to lose
    const owners = new Set([run?.id, ...[...chips.values()].map((chip) => chip.run)]);
    const given = [...exported, ...words].filter((one) => owners.has(one instanceof Array ? one[0] : one));
    const accounts = Ledger.of(records).accounts.map(({ unicast, state, chips, imageSha256 }) =>
      [unicast, state, chips, imageSha256].join(),
    );
    return JSON.stringify([
      run,
      holder,
      runs,
      [...chips],
      history,
      given.sort(),
      records.length,
      accounts.sort(),
    ]);
  },
  check,
});

interface Case {
  readonly visits: number;
  readonly kills: number;
  readonly chips: readonly string[];
  readonly entries: readonly Entry[];
  readonly ends: readonly End[];
}
const ENTRIES: readonly Entry[] = ['go on', 'export', 'discard'];
const ENDS: readonly End[] = ['close', 'save and finish', 'finish'];

/** Of a few seconds each. */
const CASES: readonly Case[] = [
  { visits: 1, kills: 0, chips: ['x', 'y'], entries: ENTRIES, ends: ENDS },
  { visits: 1, kills: 0, chips: ['x', 'x'], entries: ENTRIES, ends: ENDS },
  { visits: 1, kills: 1, chips: ['x', 'y'], entries: ['go on', 'export'], ends: ['close'] },
  { visits: 2, kills: 0, chips: ['x', 'y'], entries: ['go on', 'export'], ends: ['close'] },
  { visits: 1, kills: 0, chips: ['x', 'y', 'x'], entries: ['go on', 'export'], ends: ['close'] },
];
/** Of half a minute each, on a person's wish. */
const LONG: readonly Case[] = [
  { visits: 1, kills: 1, chips: ['x', 'x'], entries: ENTRIES, ends: ENDS },
  { visits: 1, kills: 0, chips: ['x', 'y', 'x'], entries: ENTRIES, ends: ['close'] },
  { visits: 1, kills: 0, chips: ['x', 'y', 'y'], entries: ['go on'], ends: ['close', 'finish'] },
];

describe('pages of one browser, in every order of their steps', () => {
  test.each(process.env['EVERY_ORDER'] === 'long' ? [...CASES, ...LONG] : CASES)(
    '$chips.length pages, $visits visits each, $kills killed, $entries, $ends: nothing lost, nothing doubled',
    { timeout: 300_000 },
    async ({ visits: sessions, kills, chips, entries, ends }) => {
      const habits = { rules: OURS, sessions, chips, entries, ends };
      const { orders, killed, states } = await tryEveryOrder(setting(chips.length, kills, habits));
      console.info(`${orders} orders, ${killed} with a kill, ${states} situations: lost 0, doubled 0`);
      expect(orders).toBeGreaterThan(1000n);
      expect(killed > 0n).toBe(kills > 0);
    },
  );

  test('lose a key at once where a page trusts what it saw', async () => {
    const habits = { rules: TRUSTING, sessions: 1, chips: ['x', 'y'], entries: ENTRIES, ends: ENDS };
    await expect(tryEveryOrder(setting(2, 0, habits))).rejects.toThrow(/^The device key of .* is lost/);
  });
});
