/** A workshop: clones in a queue, boards on the table, a bench between them, all in virtual time. */
import { createHash } from 'node:crypto';
import { afterEach, expect } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import type { ErrorReport } from '../../src/errors.ts';
import { MemoryImage, UICR_START } from '../../src/image/index.ts';
import {
  Bench,
  isConfirmed,
  Ledger,
  MemoryStore,
  type BenchSetup,
  type Job,
  type JournalRecord,
  type JournalStore,
  type SlotView,
} from '../../src/bench/index.ts';
import {
  CHIP_PROFILES,
  PROBE_PROFILES,
  VirtualBoard,
  VirtualClock,
  type BoardSetup,
  type ChipProfile,
  type ProbeName,
} from '../../src/virtual/index.ts';
import { reader } from '../support/chip-reader.ts';
import { pattern } from '../target/bench.ts';

export const PROBES = Object.keys(PROBE_PROFILES) as ProbeName[];
export const NETWORK = 'f3d2b8a04c5e4b0e9d7a61c2ff00aa11';

/** Three pages: small enough for whole runs by the hundred. */
const small = (profile: ChipProfile): ChipProfile => ({
  ...profile,
  chip: { ...profile.chip, flashSize: 0x3000 },
});
export const OLD = small(CHIP_PROFILES.nRF52832);
/** Closes its port at every reset. */
export const NEW = small(CHIP_PROFILES['nRF52832-rev3']);

/** The same firmware in each, and a page that no other clone has. */
export const imageOf = (unicast: number): MemoryImage =>
  MemoryImage.of([
    { address: 0, bytes: pattern(0x123, 7) },
    { address: 0x2000, bytes: Uint8Array.of(unicast & 0xff, unicast >> 8, ...pattern(0x43, unicast)) },
    { address: UICR_START + 0x200, bytes: Uint8Array.of(0x15, 0, 0, 0, 0x15, 0, 0, 0) },
  ]);

export function hashOf(image: MemoryImage): string {
  const hash = createHash('sha256');
  for (const { bytes } of image.runs) hash.update(bytes);
  return hash.digest('hex');
}

/** A job whose image is the same on every board. */
export interface PlainJob extends Job {
  readonly imageSha256: string;
  image(): Promise<MemoryImage>;
}

export function jobAt(unicast: number, image = imageOf(unicast), elementCount = 2): PlainJob {
  return {
    name: `light_${unicast.toString(16).padStart(4, '0').toUpperCase()}`,
    unicast,
    elementCount,
    imageSha256: hashOf(image),
    image: async () => image,
  };
}
export const jobsFrom = (unicast: number, count: number): PlainJob[] =>
  Array.from({ length: count }, (_, i) => jobAt(unicast + 2 * i));

/** That a job was done elsewhere, as another journal tells it. */
export const verifiedRecord = (
  { name, unicast, elementCount, imageSha256 }: PlainJob,
  chipId: string,
): JournalRecord => ({
  run: 'elsewhere',
  number: unicast,
  at: '2026-11-24T00:00:00.000Z',
  kind: 'verified',
  identity: { network: NETWORK, clone: name, unicast, elementCount },
  chipId,
  probe: '',
  imageSha256,
  result: '',
});

export const chipIdOf = (deviceId: bigint): string => deviceId.toString(16).padStart(16, '0');

/** Flash and UICR are exactly what the image says. */
export const holds = ({ chip }: VirtualBoard, image: MemoryImage): boolean =>
  equalBytes(chip.flash, image.read(0, chip.flash.length)) &&
  equalBytes(chip.uicr, image.read(UICR_START, chip.uicr.length));

/** Whatever a test does to boards and cables, the bench has words for it. */
const bugs: string[] = [];
const noteBug = ({ code, message }: ErrorReport) => {
  if (code === 'bug/unexpected') bugs.push(message);
};
/** Those so far, for a test that means them. */
export const takeBugs = () => bugs.splice(0);
afterEach(() => expect(takeBugs()).toEqual([]));

export interface TableBoard {
  readonly board: VirtualBoard;
  readonly chipId: string;
}

export class Workshop {
  readonly clock: VirtualClock;
  readonly boards: TableBoard[] = [];
  readonly jobs: readonly PlainJob[];
  readonly store: JournalStore;
  bench!: Bench;
  #runs = 0;

  constructor({
    jobs = jobsFrom(0x53, 3),
    store = new MemoryStore() as JournalStore,
    clock = new VirtualClock(),
  } = {}) {
    this.clock = clock;
    this.jobs = jobs;
    this.store = store;
  }

  static async open(
    options: ConstructorParameters<typeof Workshop>[0] = {},
    setup: Partial<BenchSetup> = {},
  ) {
    const workshop = new Workshop(options);
    await workshop.openBench(setup);
    return workshop;
  }

  /** A new bench on the same journal, as after a reload; what the old one still does is not waited for. */
  async openBench(setup: Partial<BenchSetup> = {}): Promise<Bench> {
    this.bench = await Bench.open({
      store: this.store,
      run: `run-${++this.#runs}`,
      now: () => new Date(Date.UTC(2026, 10, 24) + this.clock.now()),
      clock: this.clock,
      network: NETWORK,
      jobs: this.jobs,
      platform: 'linux',
      reader,
      ...setup,
    });
    this.bench.onEvent((event) => event.kind === 'failed' && noteBug(event));
    this.bench.subscribe(({ slots }) => slots.forEach(({ error }) => error && noteBug(error)));
    return this.bench;
  }

  /** A board on the table, not yet plugged in. */
  addBoard(setup: Omit<BoardSetup, 'clock'> = {}): TableBoard {
    const number = this.boards.length + 1;
    const deviceId = setup.deviceId ?? 0x7d2f_0000_0000_91c0n + BigInt(number);
    const board = new VirtualBoard({
      silicon: OLD,
      deviceId,
      serial: `serial-${number}`,
      ...setup,
      clock: this.clock,
    });
    const added = { board, chipId: chipIdOf(deviceId) };
    this.boards.push(added);
    return added;
  }

  plug({ board }: TableBoard): void {
    this.bench.plugIn(board.device);
  }

  /** Pull its cable; plugged in again it is another device. */
  unplug({ board }: TableBoard): void {
    const { device } = board;
    board.unplug();
    this.bench.unplug(device);
    board.plugIn();
  }

  /** Its cable comes out some packets after the first of its writing is told, however many came before. */
  loseWhileWriting({ board }: TableBoard): void {
    const { device } = board;
    const end = this.bench.subscribe(({ slots }) => {
      const isWritten = slots.some(
        ({ probe, stage }) => probe?.serial === board.serial && stage === 'writing',
      );
      if (!isWritten) return;
      device.faults.unplugAt ??= device.transfers + 20;
      queueMicrotask(() => end());
    });
  }

  /** Plug in, and wait until nothing moves any more. */
  async serve(board: TableBoard): Promise<SlotView> {
    this.plug(board);
    await this.bench.idle();
    return this.slotOf(board);
  }

  slotOf({ board }: TableBoard): SlotView {
    const slot = this.bench.view.slots.find(
      ({ plugged, probe }) => plugged && probe?.serial === board.serial,
    );
    return slot ?? this.bench.view.slots.at(-1)!;
  }

  slot(letter: string): SlotView {
    return this.bench.view.slots.find((one) => one.letter === letter)!;
  }

  states(): string[] {
    return this.bench.view.jobs.map(({ state }) => state);
  }

  /** Kinds of the records so far, with the last two digits of the chip. */
  async account(): Promise<string[]> {
    return (await this.store.load()).map(({ kind, chipId, identity, result }) =>
      [kind, identity?.clone.slice(-2), chipId.slice(-2), result].filter(Boolean).join(' '),
    );
  }

  /**
   * Journal and boards tell the same story: who is verified is on its chip and complete, who is complete on a chip is in the
   * journal, no identity is on two chips and no chip has two.
   */
  async expectAgreement(why = ''): Promise<Ledger> {
    const ledger = Ledger.of(await this.store.load());
    const onTable = new Map(this.boards.map(({ board, chipId }) => [chipId, board]));
    for (const account of ledger.accounts) {
      expect(account.chips.length, why).toBeLessThanOrEqual(1);
      const job = this.jobs.find(({ unicast }) => unicast === account.unicast);
      const board = onTable.get(account.chipId);
      if (job && board && isConfirmed(account.state))
        expect(holds(board, await job.image()), `${account.clone} is verified ${why}`).toBe(true);
    }
    for (const job of this.jobs) {
      const image = await job.image();
      const carriers = this.boards.filter(({ board }) => holds(board, image));
      expect(carriers.length, `${job.name} is on one board at most ${why}`).toBeLessThanOrEqual(1);
      for (const { chipId } of carriers)
        expect(
          ledger.onChip(chipId).map(({ unicast }) => unicast),
          `the journal knows of ${job.name} ${why}`,
        ).toEqual([job.unicast]);
    }
    return ledger;
  }
}
