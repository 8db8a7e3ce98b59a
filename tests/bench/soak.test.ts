/**
 * Boards without end: sixteen at once in virtual time, faults by dice, and an account that is kept from the chips themselves.
 *
 * `npm test` plays a short evening. `SOAK_BOARDS=10000 SOAK_SEED=1 npm run unit -- tests/bench/soak` plays a long one, prints what
 * happened, and is the same each time.
 */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isFilledWith } from '../../src/bytes.ts';
import {
  isConfirmed,
  type IdentityAccount,
  MemoryStore,
  type JournalRecord,
  type JournalStore,
} from '../../src/bench/index.ts';
import { UICR_START } from '../../src/image/index.ts';
import { attend, dice, harm, heal, KINDS_OF_HARM, settle } from './mischief.ts';
import { jobsFrom, NEW, OLD, PROBES, Workshop, type PlainJob, type TableBoard } from './workshop.ts';

const BOARDS = Number(process.env['SOAK_BOARDS'] ?? 64);
const SEED = Number(process.env['SOAK_SEED'] ?? 1);
const AT_ONCE = 16;
/** Of each kind of fault: how often it strikes a visit, an append to the journal, a round of the table. */
const CHANCE = 0.01;

/** The journal's disk: full now and then, and deaf to tabs that are gone. */
class Disk {
  readonly #records = new MemoryStore();
  tab = 0;
  failures = 0;
  /** Takes nothing until a person makes room. */
  isFull = false;

  constructor(readonly roll: () => number) {}

  /** The journal as a new tab sees it. */
  opened(): JournalStore {
    const tab = ++this.tab;
    return {
      load: () => this.#records.load(),
      append: async (records: readonly JournalRecord[]) => {
        if (tab !== this.tab) throw new Error('The tab is gone');
        if (this.isFull || this.roll() < CHANCE) {
          this.failures++;
          throw new Error('The disk is full');
        }
        await this.#records.append(records);
      },
    };
  }
}

const contentOf = (flash: Uint8Array, uicr: Uint8Array): string =>
  createHash('sha256').update(flash).update(uicr).digest('hex');

/** What is on chips, whatever anybody says of it. */
class Account {
  readonly #whose = new Map<string, PlainJob>();
  /** Chips that ever held a complete image, by name of its clone; and clones by chip. */
  readonly #chips = new Map<string, Set<string>>();
  readonly #clones = new Map<string, Set<string>>();

  static async of(jobs: readonly PlainJob[], { board: { chip } }: TableBoard): Promise<Account> {
    const account = new Account();
    for (const job of jobs) {
      const image = await job.image();
      account.#whose.set(
        contentOf(image.read(0, chip.flash.length), image.read(UICR_START, chip.uicr.length)),
        job,
      );
    }
    return account;
  }

  /** The clone that this chip is, as it lies there. */
  whose({ board: { chip } }: TableBoard): PlainJob | undefined {
    return this.#whose.get(contentOf(chip.flash, chip.uicr));
  }

  note(board: TableBoard): PlainJob | undefined {
    const job = this.whose(board);
    if (!job) return undefined;
    addTo(this.#chips, job.name, board.chipId);
    addTo(this.#clones, board.chipId, job.name);
    return job;
  }

  chipsOf(job: PlainJob): readonly string[] {
    return [...(this.#chips.get(job.name) ?? [])];
  }

  /** Clones on two chips, and chips with two clones. */
  get doubled(): readonly string[] {
    return [...this.#chips, ...this.#clones].filter(([, set]) => set.size > 1).map(([name]) => name);
  }
}

const addTo = (sets: Map<string, Set<string>>, key: string, value: string) =>
  sets.set(key, (sets.get(key) ?? new Set()).add(value));

test(`${BOARDS} boards, ${AT_ONCE} at once: no identity is lost, none is on two chips`, async () => {
  const roll = dice(SEED * 7919);
  const jobs = jobsFrom(0x53, BOARDS);
  const disk = new Disk(roll);
  const workshop = new Workshop({ jobs });
  const open = () =>
    workshop.openBench({ store: disk.opened(), permissions: { lockedChips: true } }).catch(() => undefined);
  await open();

  const counts = { visits: 0, faults: 0, tabs: 0, hubs: 0, full: 0, drawer: 0, broken: 0 };
  let made = 0;
  const board = () => {
    workshop.addBoard({
      probe: PROBES[made % PROBES.length]!,
      silicon: made % 3 === 2 ? NEW : OLD,
      deviceId: 0x7d2f_0000_0000_0000n + BigInt(++made),
      serial: `serial-${made}`,
    });
    return workshop.boards.pop()!;
  };
  const account = await Account.of(jobs, board());
  const table = workshop.boards;
  const drawer: TableBoard[] = [];

  const strike = (one: TableBoard) => {
    counts.visits++;
    if (roll() >= CHANCE * KINDS_OF_HARM) return;
    counts.faults++;
    harm(one, roll);
  };
  const putAside = (one: TableBoard) => {
    workshop.unplug(one);
    table.splice(table.indexOf(one), 1);
  };
  const serve = () => {
    for (const one of table) workshop.plug(one); // it stays where it is if it is in already
    attend(workshop);
  };
  /** What the journal says of a chip, which is what is on it. */
  const look = (one: TableBoard): IdentityAccount | undefined => {
    const job = account.note(one);
    const [entry, ...more] = workshop.bench.journal.ledger.onChip(one.chipId);
    expect(more, 'a chip has one entry').toEqual([]);
    if (job) expect(entry, `the journal knows of ${job.name}`).toMatchObject({ unicast: job.unicast });
    else if (!isFilledWith(one.board.chip.flash, 0xff))
      expect(entry, `what was begun on ${one.chipId} is accounted for`).toBeDefined();
    if (entry && isConfirmed(entry.state)) {
      expect(job?.unicast, `${entry.clone} is on its chip`).toBe(entry.unicast);
      for (let i = 0; i < 2; i++) {
        one.board.chip.powerOff();
        one.board.chip.powerOn(); // weak cells would read otherwise now
        expect(account.whose(one)?.unicast, `${entry.clone} stays on its chip`).toBe(entry.unicast);
      }
    }
    return entry;
  };
  const states = () => workshop.bench.view.counts;

  for (let rounds = 0; states().verified + states().unavailable < BOARDS; rounds++) {
    expect(rounds, 'it comes to an end').toBeLessThan(100 + BOARDS);
    while (table.length < AT_ONCE && drawer.length > 0 && (states().left === 0 || roll() < CHANCE))
      table.push(drawer.shift()!);
    for (let free = states().left; table.length < AT_ONCE && free > 0; free--) table.push(board());
    table.forEach(strike);
    disk.isFull = roll() < CHANCE;
    if (disk.isFull) counts.full++;
    serve();
    if (roll() < CHANCE * AT_ONCE) {
      // The hub loses its power in the middle of it, and its boards come back in another order.
      counts.hubs++;
      for (let i = roll() * 4000; i > 0; i--) await Promise.resolve();
      const hub = table.filter(() => roll() < 0.5);
      for (const { board: lost } of hub) {
        const { device } = lost;
        lost.unplug();
        workshop.bench.unplug(device);
      }
      await settle(workshop);
      for (const one of hub.toReversed()) {
        one.board.plugIn();
        workshop.plug(one);
      }
    }
    await settle(workshop);
    disk.isFull = false;

    if (roll() < CHANCE * AT_ONCE) {
      // The tab dies in the middle of the next round: what it still does reaches no journal.
      counts.tabs++;
      serve();
      for (let i = roll() * 40; i > 0; i--) await Promise.resolve();
      disk.opened();
      for (const one of table) workshop.unplug(one);
      await settle(workshop);
      table.forEach(heal);
      await open();
    }

    for (const one of [...table]) {
      const entry = look(one);
      if (entry && isConfirmed(entry.state)) {
        putAside(one);
        continue;
      }
      heal(one);
      if (!entry) continue;
      if (roll() < CHANCE * 4) {
        counts.drawer++;
        putAside(one);
        drawer.push(one);
      } else if (roll() < CHANCE) {
        putAside(one);
        await workshop.bench.discard(entry).then(
          () => counts.broken++,
          () => drawer.push(one), // the disk was full: it is not given up
        );
      }
    }
    expect(account.doubled).toEqual([]);
  }

  const { ledger } = workshop.bench.journal;
  let verified = 0;
  for (const job of jobs) {
    const entry = ledger.accounts.find(({ unicast }) => unicast === job.unicast);
    if (entry?.state === 'discarded') continue;
    expect(entry, job.name).toMatchObject({ state: 'verified' });
    expect(account.chipsOf(job), `${job.name} is where the journal says`).toEqual([entry!.chipId]);
    verified++;
  }
  expect(verified + counts.broken).toBe(BOARDS);
  if (process.env['SOAK_BOARDS'])
    console.log(
      `seed ${SEED}: ${verified} verified of ${BOARDS}, ${counts.visits} visits, ${counts.faults} faults, ` +
        `${disk.failures} appends refused, ${counts.full} rounds with a full disk, ${counts.tabs} tabs killed, ` +
        `${counts.hubs} hubs without power, ${counts.drawer} boards put aside half written, ` +
        `${counts.broken} broken for good; lost 0, doubled ${account.doubled.length}`,
    );
}, 3_600_000);
