/**
 * The power of a chip goes in the middle of each erase and of each word that is written, and comes back. The account is kept from the chip.
 *
 * The usual run takes a sample by seed. `npm run faults:chips` takes every operation, of each kind of chip and each way of writing.
 */
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import type { BenchSetup } from '../../src/bench/index.ts';
import { packPages } from '../../src/clone/pack-pages.ts';
import { MemoryImage, UICR_START, type Segment } from '../../src/image/index.ts';
import { directWriter } from '../../src/target/index.ts';
import { CHIP_PROFILES, type ChipName, type ProbeName, type VirtualNrf52 } from '../../src/virtual/index.ts';
import { sized } from '../support/every-transfer.ts';
import { pattern } from '../target/bench.ts';
import { dice } from './mischief.ts';
import { holds, jobAt, Workshop, type PlainJob, type TableBoard } from './workshop.ts';

const ALL = process.env['CHIP_FAULTS'] === 'all';
const SEED = Number(process.env['CHIP_FAULTS_SEED'] ?? 1);
/** How far an operation has come when the power goes. */
const SHARES = [0.02, 0.5, 0.98];
const SAMPLE = Number(process.env['CHIP_FAULTS_SAMPLE'] ?? 6);

const FLASH = 0x5000;
const word = (address: number, value: number): Segment => ({
  address,
  bytes: Uint8Array.of(value, value >> 8, value >> 16, value >> 24),
});
/** Many bytes, few words to write, and the same ones again. */
const sparse = (seed: number): Uint8Array => {
  const page = new Uint8Array(0x1000).fill(0xff);
  for (let at = 0; at < page.length; at += 0x200) page.set(pattern(8, seed), at);
  return page;
};
const UICR_OF_CLONES = [word(UICR_START + 0x200, 0x15), word(UICR_START + 0x204, 0x15)];
const imageOf = (unicast: number, uicr: readonly Segment[]): MemoryImage =>
  MemoryImage.of([
    { address: 0, bytes: Uint8Array.of(0, 0x40, 0, 0x20, 0x81, 0, 0, 0, ...pattern(0x39, 7)) },
    { address: 0x1000, bytes: sparse(3) },
    { address: 0x2000, bytes: sparse(4) },
    { address: 0x4000, bytes: Uint8Array.of(unicast & 0xff, unicast >> 8, ...pattern(0x23, unicast)) },
    ...uicr,
  ]);

interface Story {
  readonly title: string;
  readonly before?: MemoryImage;
  /** Words of the UICR that clones bring; without them a board keeps its own. */
  readonly uicr: readonly Segment[];
  readonly probe?: ProbeName;
  readonly isPacked?: boolean;
  readonly setup?: (jobs: readonly PlainJob[], chip: ChipName) => Partial<BenchSetup>;
}

/** What was there: another firmware, and a UICR that names its boot loader. */
const used = (uicr: readonly Segment[]): MemoryImage =>
  MemoryImage.of([
    { address: 0, bytes: pattern(0x1f0, 50) },
    { address: 0x1000, bytes: sparse(3) },
    { address: 0x3000, bytes: pattern(0x80, 51) },
    ...uicr,
  ]);
const OWN_WORDS = [word(UICR_START + 0x80, 0x1234_5678), word(UICR_START + 0x304, 0xffff_fffd)];

const STORIES: readonly Story[] = [
  { title: 'by the program in RAM, on a blank chip', uicr: UICR_OF_CLONES },
  {
    title: 'by the program in RAM, over another firmware and its UICR',
    before: used([word(UICR_START + 0x200, 0x12)]),
    uicr: UICR_OF_CLONES,
  },
  {
    title: 'by the program in RAM, where the board keeps its UICR',
    before: used([...OWN_WORDS, word(UICR_START + 0x14, 0x3000)]), // a boot loader that is not there any more
    uicr: [],
  },
  {
    title: 'by the program in RAM, in packed pages',
    before: used([]),
    uicr: UICR_OF_CLONES,
    probe: 'daplink',
    isPacked: true,
    setup: (jobs, name) => {
      const packed = jobs[0]!
        .image()
        .then((image) => packPages(image, chipOf(name), [{ address: 0x4000, length: 0x1000 }]));
      return { packed: () => packed };
    },
  },
  {
    title: 'by the program in RAM, on a chip that was protected',
    before: used([word(UICR_START + 0x208, 0xffff_ff00)]),
    uicr: UICR_OF_CLONES,
  },
  {
    title: 'word by word through the debug port',
    before: used([word(UICR_START + 0x200, 0x12)]),
    uicr: UICR_OF_CLONES,
    setup: () => ({ writer: directWriter }),
  },
];
const CHIPS = Object.keys(CHIP_PROFILES) as ChipName[];
/** To those that write slowly nothing goes packed. */
const chipsFor = ({ isPacked = false }: Story) =>
  CHIPS.filter((name) => !isPacked || CHIP_PROFILES[name].readyNext);
const chipOf = (name: ChipName) => sized(FLASH, name).chip;

/** What a chip is to hold: the clone, and its own words of the UICR where the clone brings none and they can be read before. */
const wantedOn = async ({ uicr }: Story, job: PlainJob, name: ChipName): Promise<MemoryImage> =>
  uicr.length > 0 || CHIP_PROFILES[name].protection === 'software'
    ? job.image()
    : (await job.image()).with(OWN_WORDS);

async function tableFor({ uicr, before, probe = 'mcu-link', setup }: Story, name: ChipName) {
  const jobs = [0x53, 0x55].map((unicast) => jobAt(unicast, imageOf(unicast, uicr)));
  const workshop = await Workshop.open(
    { jobs },
    { permissions: { lockedChips: true }, ...setup?.(jobs, name) },
  );
  const profile = { ...sized(FLASH, name) };
  const silicon = { ...profile, chip: { ...profile.chip, ramSize: 0x6000 } };
  const add = () => workshop.addBoard({ probe, silicon, ...(before && { contents: before }) });
  return { workshop, jobs, first: add(), second: add() };
}

/** How many operations a whole job is. */
async function operationsOf(story: Story, name: ChipName): Promise<number> {
  const { workshop, first, jobs } = await tableFor(story, name);
  const slot = await workshop.serve(first);
  expect(slot.state, `${story.title}, ${name}: ${slot.error?.message}`).toBe('verified');
  expect(holds(first.board, await wantedOn(story, jobs[0]!, name)), `${story.title}, ${name}`).toBe(true);
  if (story.isPacked) expect(slot.plan!.pages.some(({ transfer }) => transfer.form === 'packed')).toBe(true);
  return first.board.chip.nvmc.operations;
}

const powerCycled = (chip: VirtualNrf52) => {
  chip.powerOff();
  chip.powerOn();
};

/** The power goes at one operation, comes back by the cable or by itself, and the run goes on. */
async function cutAt(story: Story, name: ChipName, operation: number, share: number): Promise<void> {
  const why = `${name}, ${story.title}: operation ${operation} at ${share}`;
  const { workshop, jobs, first, second } = await tableFor(story, name);
  const { chip } = first.board;
  const erasesFirst = chip.locked; // who it is is known only behind the erase
  chip.powerCut = { operation, share };
  const cut = await workshop.serve(first);
  expect(cut.state, why).toBe('failed');
  expect(chip.powered, why).toBe(false);
  expect(workshop.bench.journal.ledger.onChip(first.chipId), why).toMatchObject(
    erasesFirst && operation === 1 ? [] : [{ unicast: 0x53, state: 'maybe' }],
  );

  if (operation % 3 === 0) {
    expect((await workshop.serve(second)).job?.unicast, `another board gets another (${why})`).toBe(0x55);
    workshop.unplug(second);
  }
  if (operation % 2 === 0) {
    workshop.unplug(first);
    workshop.plug(first);
  } else {
    chip.powerOn();
    workshop.bench.retry(workshop.slotOf(first).letter);
  }
  await workshop.bench.idle();
  await finished(workshop, first, await wantedOn(story, jobs[0]!, name), why);
}

async function finished(
  workshop: Workshop,
  { board, chipId }: TableBoard,
  wanted: MemoryImage,
  why: string,
): Promise<void> {
  const { chip } = board;
  const { state, job, error } = workshop.slotOf(workshop.boards[0]!);
  expect({ state, error: error?.message }, why).toEqual({ state: 'verified', error: undefined });
  expect(job?.unicast, why).toBe(0x53);
  expect(workshop.bench.journal.ledger.onChip(chipId), why).toMatchObject([
    { unicast: 0x53, state: 'verified', chips: [chipId] },
  ]);
  expect(chip.violations, why).toEqual([]);
  for (let i = 0; i < 4; i++) {
    expect(equalBytes(chip.flash, wanted.read(0, chip.flash.length)), `flash, ${why}`).toBe(true);
    expect(equalBytes(chip.uicr, wanted.read(UICR_START, chip.uicr.length)), `UICR, ${why}`).toBe(true);
    powerCycled(chip); // whatever is left weak reads otherwise by then
  }
}

if (ALL) {
  describe.each(STORIES)('power cut $title', (story) => {
    test.each(chipsFor(story))(
      '%s: at every operation the board is finished with its own identity',
      async (name) => {
        const count = await operationsOf(story, name);
        for (let operation = 1; operation <= count; operation++)
          await cutAt(story, name, operation, SHARES[operation % SHARES.length]!);
        console.log(`power cut ${story.title}: ${name}: ${count} of ${count} operations`);
      },
      3_600_000,
    );
  });
} else
  test(`a board whose power went in the middle of an operation is finished with its own identity (seed ${SEED})`, async () => {
    const roll = dice(SEED);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(roll() * from.length)]!;
    for (let i = 0; i < SAMPLE; i++) {
      const story = STORIES[i % STORIES.length]!;
      const name = pick(chipsFor(story));
      const count = await operationsOf(story, name);
      await cutAt(story, name, 1 + Math.floor(roll() * count), pick(SHARES));
    }
  });
