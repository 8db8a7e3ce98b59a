/**
 * Jobs on virtual boards, and what bounds them, as tables: see boards.ts.
 *
 * The code under measurement is that of the page, down to each USB transfer; usb-timing.ts says what a transfer costs. Two chips:
 * the nRF52832, whose flash is slow to write, and the nRF52840, whose flash is fast to write and slow to erase.
 */
import { ADI, WebUSB } from 'dapjs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { equalBytes, isFilledWith } from '../../src/bytes.ts';
import { findDonor, planClones, readDump, rendererOf } from '../../src/clone/index.ts';
import { packPages } from '../../src/clone/pack-pages.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import { openProbe } from '../../src/probe/index.ts';
import {
  Bench,
  MemoryStore,
  PROOF_TIMES,
  type Job as QueuedJob,
  type JournalRecord,
  type ProofLevel,
  type SlotState,
} from '../../src/bench/index.ts';
// Loaded before time is counted: while the bench loads it, the clock would go on to the next alarm.
import '../../src/bench/proof.ts';
import { resetAndHaltCore } from '../../src/target/core.ts';
import { writeWords } from '../../src/target/mem-ap.ts';
import { Nvmc } from '../../src/target/nvmc.ts';
import { directWriter, Nrf52, type ProgramOptions } from '../../src/target/index.ts';
import { pagesOf } from '../../src/target/write-plan.ts';
import { CHIP_PROFILES, PROBE_PROFILES, type ChipProfile, type ProbeName } from '../../src/virtual/index.ts';
import { reader } from '../support/chip-reader.ts';
import { sampleDatabaseText, sampleDumpPath } from '../support/samples.ts';
import { printTable } from './table.ts';
import { EventClock, FULL_SPEED, HIGH_SPEED, TimedBoard, UsbHost, type UsbSpeed } from './usb-timing.ts';

/** Beyond this a bus has no room left but between jobs and at their ends. */
const FULL_BUS = 0.9;
const SWD_HZ = 4_000_000;
const PAGE_SIZE = 0x1000;
const RAM_BUFFER = 0x20001000;
/** Some of the compiled code, and no whole number of pages. */
const REPEATED_AFTER = 0x3fc18;
/** As much is moved to learn the rate of a link. */
const SAMPLE = 4 * PAGE_SIZE;

type ChipUnderTest = 'nRF52832' | 'nRF52840';

interface ProbeKind {
  readonly title: string;
  readonly speed: UsbSpeed;
  /** A full image may take so many times what the flash takes alone. */
  readonly target: number;
  /** The same for a firmware that goes packed, where the link is slower than the flash. */
  readonly packedTargets: Partial<Record<ChipUnderTest, number>>;
  /** Eight boards on one hub may take so many times what one takes, packed. */
  readonly packedHubTarget?: number;
  /** DAPjs knows how to speak to it. */
  readonly isCmsisDap: boolean;
}
const KINDS: Record<ProbeName, ProbeKind> = {
  daplink: {
    title: 'DAPLink on SAM3U',
    speed: HIGH_SPEED,
    target: 1.4,
    packedTargets: { nRF52832: 1.15, nRF52840: 1.6 },
    isCmsisDap: true,
  },
  'debug-probe': {
    title: 'v2, 64 bytes, full speed',
    speed: FULL_SPEED,
    target: 1.15,
    packedTargets: {},
    isCmsisDap: true,
  },
  'mcu-link': {
    title: 'v2, 512 bytes, high speed',
    speed: HIGH_SPEED,
    target: 1.15,
    packedTargets: {},
    isCmsisDap: true,
  },
  'jlink-sam3u': {
    title: 'J-Link on SAM3U, 1 MHz',
    speed: HIGH_SPEED,
    target: 1.15,
    packedTargets: { nRF52840: 1.1 },
    isCmsisDap: false,
  },
  'jlink-nrf5340': {
    title: 'J-Link on nRF5340, full speed',
    speed: FULL_SPEED,
    target: 1.4,
    packedTargets: {},
    packedHubTarget: 1.8,
    isCmsisDap: false,
  },
};

/* Images */

const bytesOf = (image: MemoryImage) => image.runs.reduce((sum, run) => sum + run.bytes.length, 0);

/** No two words alike, none of them erased: what takes longest. */
function fullImage(length: number): MemoryImage {
  const words = Uint32Array.from({ length: length / 4 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) & 0x7fffffff);
  return MemoryImage.of([{ address: 0, bytes: new Uint8Array(words.buffer) }]);
}

/**
 * Compiled code, again and again: farther apart than a match reaches back, and in other places of a page, so that no page is like one
 * before it.
 */
function firmwareImage(length: number): MemoryImage {
  const path = new URL('../fixtures/firmware/cortex-m4.bin.gz', import.meta.url);
  const code = gunzipSync(readFileSync(path));
  const bytes = Uint8Array.from({ length }, (_, i) => code[i % REPEATED_AFTER]!);
  return MemoryImage.of([{ address: 0, bytes }]);
}

/** Bytes of the packed form against those of all pages that are not erased. */
function ratioOf(image: MemoryImage, { chip }: ChipProfile): number {
  const pages = pagesOf(image, chip).filter(({ bytes }) => !isFilledWith(bytes, 0xff));
  const packed = new Map(packPages(image, chip, []).map((page) => [page.address, page.packed.length]));
  const bytes = pages.reduce((sum, { address }) => sum + (packed.get(address) ?? chip.pageSize), 0);
  return bytes / (pages.length * chip.pageSize);
}

/** The sample node and two clones of it: one firmware, three identities. */
function sampleImages(): readonly [donor: MemoryImage, cloneA: MemoryImage, cloneB: MemoryImage] {
  const dump = readDump([{ name: 'donor.hex', bytes: gunzipSync(readFileSync(sampleDumpPath)) }]);
  const database = parseDatabase(sampleDatabaseText());
  let counter = 0;
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => ++counter * 37);
  const donor = findDonor(dump, readImage(dump.image), database);
  const plan = planClones(donor, { count: 2 }, bytes);
  const { renderer } = rendererOf(donor, plan);
  return [dump.image, renderer.render(plan.clones[0]!).image, renderer.render(plan.clones[1]!).image];
}

/* Jobs: seconds from opening the probe to letting it go */

interface Job {
  readonly silicon: ChipProfile;
  readonly holds?: MemoryImage;
  readonly image: MemoryImage;
  readonly boards?: number;
  /** Pages go packed where the plan finds it worth while. */
  readonly packs?: boolean;
  readonly options?: ProgramOptions;
}

interface Outcome {
  readonly seconds: number;
  readonly pagesWritten: number;
  readonly packedPages: number;
  /** Parts of the time in which the bus and the browser's USB thread were at work. */
  readonly bus: number;
  readonly thread: number;
}

async function jobSeconds(probe: ProbeName, job: Job): Promise<Outcome> {
  const clock = new EventClock();
  const host = new UsbHost(clock, KINDS[probe].speed);
  const packed = job.packs ? packPages(job.image, job.silicon.chip, []) : [];
  const one = async (index: number) => {
    const setup = { silicon: job.silicon, contents: job.holds ?? MemoryImage.empty };
    const board = new TimedBoard(host, probe, setup, `bench-${index}`);
    const link = await openProbe(board, { clock, platform: 'linux' });
    const target = await Nrf52.attach(link, { clock, clockHz: SWD_HZ });
    const { pagesWritten, plan } = await target.program(job.image, { ...job.options, packed });
    await link.close();
    const isRight = equalBytes(board.chip.flash, job.image.read(0, board.chip.flash.length));
    if (!isRight || board.chip.violations.length > 0)
      throw new Error(`${probe}: wrong flash, or ${board.chip.violations.join('; ')}`);
    return {
      pagesWritten,
      packedPages: plan.pages.filter(({ transfer }) => transfer.form === 'packed').length,
    };
  };
  const boards = Array.from({ length: job.boards ?? 1 }, (_, index) => one(index));
  const reports = await clock.run(Promise.all(boards));
  const ms = clock.now();
  return { seconds: ms / 1000, ...reports[0]!, bus: host.bus.busyMs / ms, thread: host.thread.busyMs / ms };
}

/* Visits of the bench: seconds from plugging a board in to what it then shows */

const NETWORK = '0123456789abcdef0123456789abcdef';

/** @param verified  the journal says that this was verified on the board */
async function visitSeconds(
  probe: ProbeName,
  silicon: ChipProfile,
  holds: MemoryImage,
  { verified, ends }: { readonly verified?: MemoryImage; readonly ends: SlotState },
): Promise<number> {
  const clock = new EventClock();
  const setup = { silicon, contents: holds, deviceId: 0x91c1n };
  const board = new TimedBoard(new UsbHost(clock, KINDS[probe].speed), probe, setup);
  const image = verified ?? cloneA;
  const imageSha256 = hashOf(image);
  const job: QueuedJob = {
    name: 'light',
    unicast: 0x100,
    elementCount: 3,
    imageSha256,
    image: async () => image,
  };
  const record: JournalRecord = {
    run: 'before',
    number: 1,
    at: '2026-11-24T00:00:00.000Z',
    kind: 'verified',
    identity: { network: NETWORK, clone: job.name, unicast: job.unicast, elementCount: job.elementCount },
    chipId: '00000000000091c1',
    probe: 'bench',
    imageSha256,
    result: '',
  };
  const bench = await Bench.open({
    store: new MemoryStore(verified ? [record] : []),
    run: 'bench',
    now: () => new Date(0),
    clock,
    network: NETWORK,
    jobs: [job],
    platform: 'linux',
    reader,
  });
  bench.plugIn(board);
  await clock.run(bench.idle());
  const { state, needs, error } = bench.view.slots[0]!;
  if (state !== ends || board.chip.core.halted || board.chip.erasures.length > 0)
    throw new Error(`${probe}: the visit ended as ${state}. ${(error ?? needs)?.message}`);
  return clock.now() / 1000;
}

function hashOf(image: MemoryImage): string {
  const hash = createHash('sha256');
  for (const { bytes } of image.runs) hash.update(bytes);
  return hash.digest('hex');
}

/* A donor that is read: seconds of the read alone, and of the link for as many words of RAM */

async function donorSeconds(probe: ProbeName, silicon: ChipProfile): Promise<{ read: number; link: number }> {
  const clock = new EventClock();
  const contents = fullImage(silicon.chip.flashSize);
  const board = new TimedBoard(new UsbHost(clock, KINDS[probe].speed), probe, { silicon, contents });
  const work = async () => {
    const link = await openProbe(board, { clock, platform: 'linux' });
    const target = await Nrf52.attach(link, { clock, clockHz: SWD_HZ });
    const alone = await timeOf(clock, async () => {
      await target.memory.readBytes(0x20000000, SAMPLE);
    });
    const read = await timeOf(clock, async () => {
      const { image } = await target.readDonor();
      if (!equalBytes(image.read(0, 0x1000), contents.read(0, 0x1000))) throw new Error('read wrongly');
    });
    return { read, link: (alone * silicon.chip.flashSize) / SAMPLE };
  };
  return clock.run(work());
}

/** What the proof of a clone of the sample adds to its board, in seconds. */
async function proofSeconds(probe: ProbeName, silicon: ChipProfile, proof: ProofLevel): Promise<number> {
  const clock = new EventClock();
  const rtt = { address: 0x20002a10 };
  const log = [{ atUs: 200_000, text: '<t:       4127>, main.c,  165, Node Address: 0x0053 \n' }];
  const setup = { silicon, contents: cloneB, firmware: { rtt, log } };
  const board = new TimedBoard(new UsbHost(clock, KINDS[probe].speed), probe, setup);
  const bench = await Bench.open({
    store: new MemoryStore(),
    run: 'bench',
    now: () => new Date(0),
    clock,
    network: NETWORK,
    jobs: [
      {
        name: 'light',
        unicast: 0x53,
        elementCount: 3,
        imageSha256: hashOf(cloneA),
        image: async () => cloneA,
      },
    ],
    platform: 'linux',
    reader,
    proof,
    permissions: { provisionedNodes: true },
  });
  bench.plugIn(board);
  await clock.run(bench.idle());
  const { state, error, proof: results } = bench.view.slots[0]!;
  const isProved = results.every(({ outcome }) => outcome === 'passed');
  if (state !== 'verified' || !isProved) throw new Error(`${probe}: ${state} ${error?.message}`);
  return clock.now() / 1000;
}

/* References */

const wordsOf = (image: MemoryImage, at: number, length: number) =>
  new Uint32Array(image.read(at, length).slice().buffer);

async function timeOf(clock: EventClock, work: () => Promise<void>): Promise<number> {
  const startMs = clock.now();
  await work();
  return (clock.now() - startMs) / 1000;
}

/** All the flash needs: one erase of everything, and its words. */
function nvmcSeconds({ timing }: ChipProfile, image: MemoryImage): number {
  const bytes = bytesOf(image);
  return (timing.eraseAll + (bytes / 4) * timing.writeWord) / 1e6;
}

/** Moving the image into RAM and nothing else, by the link of the page: what probe and bus allow. */
async function linkSeconds(probe: ProbeName, silicon: ChipProfile, image: MemoryImage): Promise<number> {
  const clock = new EventClock();
  const board = new TimedBoard(new UsbHost(clock, KINDS[probe].speed), probe, { silicon });
  const work = async () => {
    const link = await openProbe(board, { clock, platform: 'linux' });
    const { memory } = await Nrf52.attach(link, { clock, clockHz: SWD_HZ });
    return timeOf(clock, async () => {
      for (let at = 0; at < SAMPLE; at += PAGE_SIZE)
        await memory.run([writeWords(RAM_BUFFER, wordsOf(image, at, PAGE_SIZE))]);
    });
  };
  return ((await clock.run(work())) * bytesOf(image)) / SAMPLE;
}

/** The same by `writeBlock` of DAPjs 2.3.0, or what the flash needs, whichever is more. */
async function dapjsSeconds(probe: ProbeName, silicon: ChipProfile, image: MemoryImage): Promise<number> {
  const clock = new EventClock();
  const board = new TimedBoard(new UsbHost(clock, KINDS[probe].speed), probe, { silicon });
  const work = async () => {
    const adi = new ADI(new WebUSB(board), 1, SWD_HZ);
    await adi.connect();
    return timeOf(clock, async () => {
      for (let at = 0; at < SAMPLE; at += 0x400) await adi.writeBlock(RAM_BUFFER, wordsOf(image, at, 0x400));
    });
  };
  return Math.max(((await clock.run(work())) * bytesOf(image)) / SAMPLE, nvmcSeconds(silicon, image));
}

/** Word by word through the debug port, READY asked after each. Two short images tell what a long one takes. */
async function directSeconds(probe: ProbeName, silicon: ChipProfile, image: MemoryImage): Promise<number> {
  const of = async (count: number) => {
    const clock = new EventClock();
    const board = new TimedBoard(new UsbHost(clock, KINDS[probe].speed), probe, { silicon });
    const pages = Array.from({ length: count }, (_, i) => ({
      address: i * PAGE_SIZE,
      bytes: image.read(i * PAGE_SIZE, PAGE_SIZE),
    }));
    const work = async () => {
      const link = await openProbe(board, { clock, platform: 'linux' });
      const { memory } = await Nrf52.attach(link, { clock, clockHz: SWD_HZ });
      await resetAndHaltCore(memory);
      const nvmc = new Nvmc(memory);
      const writer = await directWriter({ memory, nvmc, pageSize: PAGE_SIZE });
      return timeOf(clock, async () => {
        await nvmc.eraseAll();
        await writer.write(pages, false, () => {});
      });
    };
    return clock.run(work());
  };
  const [two, six] = [await of(2), await of(6)];
  const perPage = (six - two) / 4;
  return two + perPage * (bytesOf(image) / PAGE_SIZE - 2);
}

/* Tables */

const seconds = (value: number) => `${value.toFixed(2)} s`;
const times = (value: number) => `${value.toFixed(2)} x`;
const percent = (value: number) => `${Math.round(100 * value)} %`;
/** @param bound  what forbids the target, if anything does */
const judged = (value: number, target: number, text: (value: number) => string, bound = 'MISSED') =>
  `${text(value)} of ${text(target)}${value <= target ? '' : `: ${bound}`}`;

const [donor, cloneA, cloneB] = sampleImages();
const probes = (Object.keys(PROBE_PROFILES) as ProbeName[]).filter(
  (one) => process.argv.length < 3 || process.argv.includes(one),
);

for (const name of ['nRF52832', 'nRF52840'] as const) {
  const silicon = CHIP_PROFILES[name];
  const full = fullImage(silicon.chip.flashSize);
  const limit = nvmcSeconds(silicon, full);
  process.stdout.write(
    `\n${name}, ${bytesOf(full) / 1024} KB, SWD at ${SWD_HZ / 1e6} MHz where the probe can; the flash alone takes ${seconds(limit)}\n\n`,
  );
  const rows: string[][] = [];
  for (const probe of probes) {
    const { title, target, isCmsisDap } = KINDS[probe];
    const blank = await jobSeconds(probe, { silicon, image: full });
    const identity = await jobSeconds(probe, { silicon, holds: cloneA, image: cloneB });
    const unchanged = await jobSeconds(probe, { silicon, holds: cloneA, image: cloneA });
    const known = await visitSeconds(probe, silicon, cloneA, { verified: cloneA, ends: 'known' });
    const stranger = await visitSeconds(probe, silicon, donor, { ends: 'asks' });
    const link = await linkSeconds(probe, silicon, full);
    const bound = link > target * limit ? `the link takes ${times(link / limit)}` : undefined;
    rows.push([
      title,
      seconds(blank.seconds),
      judged(blank.seconds / limit, target, times, bound),
      judged(identity.seconds, 1, seconds),
      judged(unchanged.seconds, 0.5, seconds),
      judged(known, 0.5, seconds),
      judged(stranger, 0.5, seconds),
      seconds(link),
      isCmsisDap ? seconds(await dapjsSeconds(probe, silicon, full)) : '-',
      seconds(await directSeconds(probe, silicon, full)),
    ]);
  }
  const head = [
    'probe',
    'full image',
    'against the flash',
    'new identity',
    'unchanged',
    'known board',
    "somebody's node",
    'link alone',
    'dapjs',
    'direct',
  ];
  printTable(head, rows);
}

process.stdout.write(
  `\nA donor of 512 KB without a blank page read, and what proof adds to a board; of the full one ${seconds(PROOF_TIMES.staysMs / 1000)} are waited for\n\n`,
);
const proofRows: string[][] = [];
for (const probe of probes) {
  const silicon = CHIP_PROFILES.nRF52832;
  const { read, link } = await donorSeconds(probe, silicon);
  const without = await proofSeconds(probe, silicon, 'none');
  const quick = (await proofSeconds(probe, silicon, 'quick')) - without;
  const full = (await proofSeconds(probe, silicon, 'full')) - without;
  proofRows.push([
    KINDS[probe].title,
    seconds(read),
    judged(read / link, 1.3, times),
    judged(quick, 0.3, seconds),
    judged(full, 4, seconds),
  ]);
}
printTable(['probe', 'donor', 'against the link', 'quick proof', 'full proof'], proofRows);

for (const name of ['nRF52832', 'nRF52840'] as const) {
  const silicon = CHIP_PROFILES[name];
  const firmware = firmwareImage(silicon.chip.flashSize);
  const limit = nvmcSeconds(silicon, firmware);
  const ratio = ratioOf(firmware, silicon);
  process.stdout.write(
    `\n${name}, ${bytesOf(firmware) / 1024} KB of compiled code, which packs to ${ratio.toFixed(3)}; the sample packs to ${ratioOf(donor, silicon).toFixed(3)}\n\n`,
  );
  const rows: string[][] = [];
  for (const probe of probes) {
    const { title, packedTargets } = KINDS[probe];
    const plain = await jobSeconds(probe, { silicon, image: firmware });
    const packed = await jobSeconds(probe, { silicon, image: firmware, packs: true });
    const link = await linkSeconds(probe, silicon, firmware);
    const target = packedTargets[name] ?? plain.seconds / limit + 0.005;
    const bound =
      link * ratio > target * limit ? `the link takes ${times((link * ratio) / limit)} packed` : undefined;
    rows.push([
      title,
      seconds(packed.seconds),
      judged(packed.seconds / limit, target, times, bound),
      `${packed.packedPages} of ${packed.pagesWritten}`,
      times(plain.seconds / limit),
      times(link / limit),
      times((link * ratio) / limit),
    ]);
  }
  const head = ['probe', 'full image', 'against the flash', 'pages packed', 'unpacked'];
  printTable([...head, 'link alone, unpacked', 'link alone, packed'], rows);
}

for (const packs of [false, true]) {
  const what = packs ? 'of compiled code, packed where it helps' : 'that do not pack';
  process.stdout.write(
    `\nSeveral boards on one hub: nRF52832, 64 KB of a blank chip ${what}, against one board\n\n`,
  );
  const rows: string[][] = [];
  for (const probe of probes) {
    const image = packs ? firmwareImage(0x10000) : fullImage(0x10000);
    const job = { silicon: CHIP_PROFILES.nRF52832, image, packs };
    const outcomes = new Map<number, Outcome>();
    for (const boards of [1, 4, 8, 16]) outcomes.set(boards, await jobSeconds(probe, { ...job, boards }));
    const alone = outcomes.get(1)!.seconds;
    const { packedHubTarget } = KINDS[probe];
    const cells = [...outcomes].map(([boards, { seconds: took, bus, packedPages }]) => {
      const full = bus > FULL_BUS ? 'the bus is full' : undefined;
      const target = packs ? (packedHubTarget ?? 1.2) : 1.2;
      const ratio = boards === 8 ? judged(took / alone, target, times, full) : times(took / alone);
      const packed = packs ? `, ${packedPages} packed` : '';
      return `${boards === 1 ? seconds(took) : ratio}, bus ${percent(bus)}${packed}`;
    });
    rows.push([KINDS[probe].title, ...cells, percent(outcomes.get(16)!.thread)]);
  }
  printTable(['probe', '1', '4', '8', '16', 'USB thread at 16'], rows);
}
