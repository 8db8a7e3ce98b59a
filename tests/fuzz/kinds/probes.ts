/** Probes whose replies lie, and rings of a log in the RAM of a chip. */
import { concatenate } from '../../../src/bytes.ts';
import { LogLines, type LogLine } from '../../../src/log-lines.ts';
import { MemoryImage, UICR_START } from '../../../src/image/index.ts';
import { openProbe } from '../../../src/probe/index.ts';
import { directWriter, findRtt, Nrf52, readRtt } from '../../../src/target/index.ts';
import type { MemAp } from '../../../src/target/mem-ap.ts';
import {
  CHIP_PROFILES,
  DiscreteClock,
  VirtualBoard,
  type ProbeFirmware,
  type ProbeName,
} from '../../../src/virtual/index.ts';
import type { Pick } from '../../kinds/pick.ts';
import { IN_PLACE, LONGER, SHORTER, someBytes } from '../mutate/bytes.ts';
import { once, oneOf } from '../mutate/choose.ts';
import type { FuzzKind } from '../run.ts';
import { must, type Trial } from '../trial.ts';
import { lookAtLines, someLog } from './serial.ts';

/** Three pages: a whole job takes some hundred transfers. */
const SMALL = {
  ...CHIP_PROFILES.nRF52832,
  chip: { ...CHIP_PROFILES.nRF52832.chip, flashSize: 0x3000 },
};
const BEFORE = MemoryImage.of([
  { address: 0, bytes: Uint8Array.from({ length: 0x1800 }, (_, i) => (i * 0x9e37) >>> 8) },
  { address: UICR_START + 0x14, bytes: Uint8Array.of(0, 0x70, 0, 0) },
]);
const IMAGE = MemoryImage.of([
  { address: 0, bytes: Uint8Array.from({ length: 0x123 }, (_, i) => (i * 0x79b9) >>> 8) },
  { address: 0x2000, bytes: Uint8Array.from({ length: 0x45 }, (_, i) => i ^ 0x5a) },
]);

type Reply = Uint8Array<ArrayBuffer>;
type ReplyChange = (reply: Reply, pick: Pick) => readonly Reply[];
const owned = (bytes: Uint8Array): Reply => concatenate([bytes]);

const REPLY_CHANGES: Readonly<Record<string, ReplyChange>> = {
  'a reply that lies': (reply, pick) => [owned(oneOf(Object.values(IN_PLACE), pick)(reply, pick))],
  'a reply that lies in its content': (reply, pick) => {
    // behind the command's own byte, whose damage is seen at once
    const lied = oneOf(Object.values(IN_PLACE), pick)(reply.subarray(1), pick);
    return [concatenate([reply.subarray(0, 1), lied])];
  },
  'a reply of zeros': (reply) => [new Uint8Array(reply.length)],
  'a reply of ones': (reply) => [owned(new Uint8Array(reply.length).fill(0xff))],
  'a short reply': (reply, pick) => [owned(oneOf(Object.values(SHORTER), pick)(reply, pick))],
  'a long reply': (reply, pick) => [owned(oneOf(Object.values(LONGER), pick)(reply, pick))],
  'an empty reply': () => [new Uint8Array(0)],
  'a reply twice': (reply) => [reply, reply],
  'a reply of anything': (reply, pick) => [owned(someBytes(reply.length, pick))],
  'no reply': () => [],
};

/** A probe's firmware of which one reply in so many is another. */
class LyingProbe implements ProbeFirmware {
  isLying = false;
  constructor(
    readonly honest: ProbeFirmware,
    readonly each: number,
    readonly pick: Pick,
    readonly trial: Trial,
  ) {}
  execute(request: Uint8Array): readonly Reply[] | undefined {
    const answer = this.honest.execute(request);
    const replies = answer instanceof Uint8Array ? [answer] : answer;
    if (!replies || !this.isLying || !once(this.each, this.pick)) return replies;
    const name = oneOf(Object.keys(REPLY_CHANGES), this.pick);
    this.trial.note(`${name} to ${request[0]!.toString(16)}`);
    return replies.flatMap((reply) => REPLY_CHANGES[name]!(reply, this.pick));
  }
  fetched(): void {
    this.honest.fetched?.();
  }
}

const JOBS: Readonly<Record<string, (chip: Nrf52, trial: Trial, pick: Pick) => Promise<void>>> = {
  async read(chip, trial) {
    const { image } = await chip.readDonor({ writer: directWriter });
    must(image.size > 0 && image.size <= 0x4000, 'More was read than there is');
    trial.tells(chip.identity);
  },
  async program(chip, trial, pick) {
    const writer = once(2, pick) ? { writer: directWriter } : {};
    trial.tells(await chip.program(IMAGE, writer));
  },
  async listen(chip, trial) {
    const found = await findRtt(chip.memory, { ramSize: 0x2000 });
    trial.tells(found);
  },
};

const probe = (about: Omit<FuzzKind, 'run'>, names: readonly ProbeName[]): FuzzKind => ({
  ...about,
  async run(pick, trial) {
    const clock = new DiscreteClock(() => new Promise((resolve) => setImmediate(resolve)));
    const name = oneOf(names, pick);
    const board = new VirtualBoard({ probe: name, silicon: SMALL, contents: BEFORE, clock });
    const liar = new LyingProbe(board.device.firmware, oneOf([4, 40, 200, 1000], pick), pick, trial);
    Object.assign(board.device, { firmware: liar });
    trial.note(name);
    liar.isLying = once(4, pick);
    const link = await openProbe(board.device, { clock, platform: 'linux', timeoutMs: 1000 });
    trial.accept();
    liar.isLying = true;
    try {
      trial.tells(link.info);
      const chip = await Nrf52.attach(link, { clock });
      const job = oneOf(Object.keys(JOBS), pick);
      trial.note(job);
      await JOBS[job]!(chip, trial, pick);
      if (job !== 'program') return;
      // what it says it verified, the chip holds
      for (const { address, bytes } of IMAGE.runs)
        must(
          bytes.every((byte, i) => board.chip.flash[address + i] === byte),
          'It says that the chip holds the image, which it does not',
        );
    } finally {
      liar.isLying = false;
      await link.close();
    }
  },
});

const RAM_START = 0x20000000;
const RAM_SIZE = 0x2000;

/** The RAM of a chip that runs, as far as reading a log asks for it. */
class Ram {
  readonly bytes = new Uint8Array(RAM_SIZE);
  readonly #view = new DataView(this.bytes.buffer);
  /** Bytes that were asked for. */
  read = 0;

  async readBytes(address: number, length: number): Promise<Uint8Array> {
    must(
      address >= RAM_START && length >= 0 && address + length <= RAM_START + RAM_SIZE,
      `${length} bytes are read at ${address.toString(16)}, where no RAM is`,
    );
    this.read += length;
    return this.bytes.slice(address - RAM_START, address - RAM_START + length);
  }
  async readStretches(pieces: readonly { readonly address: number; readonly length: number }[]) {
    return Promise.all(
      pieces.map(async ({ address, length }) => ({ address, bytes: await this.readBytes(address, length) })),
    );
  }
  async run(accesses: Parameters<MemAp['run']>[0]): Promise<Uint32Array> {
    for (const access of accesses) {
      must(access.kind === 'write', 'More is done than reading and saying so');
      for (const [i, word] of Array.from(access.words).entries())
        this.setWord(access.address - RAM_START + 4 * i, word);
    }
    return new Uint32Array(0);
  }
  word(at: number): number {
    return this.#view.getUint32(at, true);
  }
  setWord(at: number, word: number): void {
    must(at >= 0 && at + 4 <= RAM_SIZE, `A word is written at ${at}, where no RAM is`);
    this.#view.setUint32(at, word, true);
  }
}

const ID = new TextEncoder().encode('SEGGER RTT\0\0\0\0\0\0');

/** A control block as a firmware has it: one channel up with a ring, one without, one down. */
function layBlock(ram: Ram, at: number, ring: number, size: number): void {
  ram.bytes.set(ID, at);
  for (const [i, word] of [
    2,
    1,
    0,
    RAM_START + ring,
    size,
    0,
    0,
    2,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    RAM_START + ring + size,
    16,
    0,
    0,
    0,
  ].entries())
    ram.setWord(at + 16 + 4 * i, word);
}

/** The firmware puts bytes into its ring, as far as there is room. */
function write(ram: Ram, at: number, ring: number, size: number, bytes: Uint8Array): void {
  const head = at + 24;
  for (const byte of bytes) {
    const offset = ram.word(head + 12);
    const next = (offset + 1) % size;
    if (offset >= size || next === ram.word(head + 16)) return;
    ram.bytes[ring + offset] = byte;
    ram.setWord(head + 12, next);
  }
}

const rtt: FuzzKind = {
  name: 'rtt',
  title: 'logs in RAM (RTT)',
  weight: 16,
  async run(pick, trial) {
    const ram = new Ram();
    const [at, ring, size] = [4 * pick(0x300), 0x1000, oneOf([16, 256, 1024], pick)];
    layBlock(ram, at, ring, size);
    const damage = () => {
      const place = at + 4 * pick(26);
      const near = ram.word(place) + oneOf([-1, 1, 4], pick);
      ram.setWord(
        place,
        oneOf([0, 1, size, size - 1, near, 0xffffffff, RAM_START, 0x80000000, pick(0x10000)], pick) >>> 0,
      );
      trial.note(`word ${(place - at) / 4} is ${ram.word(place)}`);
    };
    if (once(3, pick)) damage();
    if (once(6, pick)) ram.bytes.set(ID, 4 * pick(0x200));
    const memory = ram as unknown as MemAp;
    const found = await findRtt(memory, {
      ramSize: RAM_SIZE,
      ...(once(3, pick) && { likely: RAM_START + at }),
    });
    must(ram.read <= 4 * RAM_SIZE, 'RAM is read again and again');
    trial.tells(found.kind);
    if (found.kind !== 'found') return;
    trial.accept();
    const lines = new LogLines();
    const heard: LogLine[] = [];
    for (const piece of someLog(pick, (text) => trial.note(text))) {
      write(ram, at, ring, size, piece);
      if (once(6, pick)) damage();
      const got = await readRtt(memory, found.block, RAM_SIZE);
      if (!got) break;
      must(got.bytes.length < RAM_SIZE, 'More comes out of a ring than it holds');
      heard.push(...lines.add(got.bytes, 0));
    }
    lookAtLines([...heard, ...lines.flush(0)], trial);
  },
};

export const PROBES: readonly FuzzKind[] = [
  probe({ name: 'cmsis-dap', title: 'replies of CMSIS-DAP probes', weight: 1 }, [
    'daplink',
    'debug-probe',
    'mcu-link',
  ]),
  probe({ name: 'jlink', title: 'replies of J-Links', weight: 1 }, ['jlink-sam3u', 'jlink-nrf5340']),
  rtt,
];
