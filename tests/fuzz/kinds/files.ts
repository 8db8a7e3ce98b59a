/** Dumps as files: each format with its own kind of damage, and then the whole way with a database that knows the node. */
import { gzipSync } from 'node:zlib';
import { concatenate } from '../../../src/bytes.ts';
import type { MemoryImage } from '../../../src/image/index.ts';
import type { GivenFile } from '../../../src/session/index.ts';
import type { Pick } from '../../kinds/pick.ts';
import { ANY_BYTES, IN_PLACE } from '../mutate/bytes.ts';
import { changed, once, oneOf, type Change } from '../mutate/choose.ts';
import {
  DOOR_CHANGES,
  HEX_CHANGES,
  hexLine,
  LINE_CHANGES,
  rowsOfHex,
  SREC_CHANGES,
  srecLine,
  type Row,
} from '../mutate/records.ts';
import { FLASHFS_DUMPS, somePair, ZEPHYR_DUMPS, type Pair } from '../projects.ts';
import type { FuzzKind } from '../run.ts';
import { keepSecretsOf, openBoth, pressAndLook } from '../whole-way.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** Mostly a small dump: one with firmware takes as long as ten. */
const pairFor = (pick: Pick): Pair => somePair(once(20, pick) ? ZEPHYR_DUMPS : FLASHFS_DUMPS, pick);

/** A kind of file: how a dump is written as one, with damage. */
const fileKind = (
  about: Omit<FuzzKind, 'run' | 'faults'>,
  write: (pair: Pair, pick: Pick, note: (text: string) => void) => Omit<GivenFile, 'name'>,
): FuzzKind => ({
  ...about,
  faults: ['flashfs/wrong-clone', 'zephyr/wrong-clone'],
  async run(pick, trial) {
    const pair = pairFor(pick);
    trial.note(pair.name);
    keepSecretsOf(pair.image, trial);
    const file = { name: `dump.${about.name}`, ...write(pair, pick, (one) => trial.note(one)) };
    const bytes = text(pair.database);
    const session = await openBoth({ name: 'mesh.json', bytes }, file, trial);
    await pressAndLook(session, bytes, trial, pick);
  },
});

/** A share is a plain byte flipper's, and a share has what is refused at the door. */
const rowsChanged = (
  rows: readonly Row[],
  changes: Readonly<Record<string, Change<readonly Row[]>>>,
  pick: Pick,
  note: (text: string) => void,
): readonly Row[] => changed(rows, once(10, pick) ? DOOR_CHANGES : changes, pick, note);

const linesChanged = (written: string, pick: Pick, note: (text: string) => void): Uint8Array => {
  const lines = once(3, pick) ? changed(written, LINE_CHANGES, pick, note) : written;
  const bytes = text(lines);
  return once(12, pick) ? changed(bytes, ANY_BYTES, pick, note) : bytes;
};

/** The rows of a data type that reaches every address. */
const srecRows = (image: MemoryImage): Row[] => [
  ...image.runs.flatMap(({ address, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => ({
      type: 3,
      offset: address + 16 * i,
      data: bytes.slice(16 * i, 16 * i + 16),
    })),
  ),
  { type: 7, offset: 0, data: new Uint8Array(0) },
];

const WORDS = [0, 1, 0x1000, 0xffffffff, 477, 0x10001000] as const;
interface Block {
  readonly words: readonly number[];
  readonly data: Uint8Array;
}
/** Magic twice, flags, address, bytes, number, count, family; data; magic. */
const uf2Blocks = (image: MemoryImage): readonly Block[] => {
  const pieces = image.runs.flatMap(({ address, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / 256) }, (_, i) => ({
      address: address + 256 * i,
      data: bytes.slice(256 * i, 256 * i + 256),
    })),
  );
  return pieces.map(({ address, data }, i) => ({
    words: [0x0a324655, 0x9e5d5157, 0x2000, address, data.length, i, pieces.length, 0xada52840],
    data,
  }));
};
function uf2Bytes({ words, data }: Block): Uint8Array {
  const block = new Uint8Array(512);
  const view = new DataView(block.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  block.set(data.subarray(0, 476), 32);
  view.setUint32(508, 0x0ab16f30, true);
  return block;
}
const block = (blocks: readonly Block[], pick: Pick, change: (one: Block) => readonly Block[]) => {
  const i = blocks.length === 0 ? 0 : pick(blocks.length);
  return blocks[i] ? blocks.toSpliced(i, 1, ...change(blocks[i])) : blocks;
};
const UF2_CHANGES: Readonly<Record<string, Change<readonly Block[]>>> = {
  'flags of a block changed': (blocks, pick) =>
    block(blocks, pick, (one) => [{ ...one, words: one.words.with(2, oneOf([0, 1, 0x4000, 0x8000], pick)) }]),
  'numbers of a block changed': (blocks, pick) =>
    block(blocks, pick, (one) => [{ ...one, words: one.words.with(5 + pick(3), oneOf(WORDS, pick)) }]),
  'fewer bytes of a block': (blocks, pick) =>
    block(blocks, pick, (one) => [{ ...one, words: one.words.with(4, pick(one.data.length + 1)) }]),
  'a block left out': (blocks, pick) => block(blocks, pick, () => []),
  'blocks in another order': (blocks, pick) => {
    const i = pick(blocks.length + 1);
    return [...blocks.slice(i), ...blocks.slice(0, i)];
  },
  'bytes of a block changed': (blocks, pick) =>
    block(blocks, pick, (one) => [{ ...one, data: oneOf(Object.values(IN_PLACE), pick)(one.data, pick) }]),
};
/** Refused as a rule. */
const UF2_AT_THE_DOOR: Readonly<Record<string, Change<readonly Block[]>>> = {
  'a word of a block changed': (blocks, pick) =>
    block(blocks, pick, (one) => [{ ...one, words: one.words.with(pick(8), oneOf(WORDS, pick)) }]),
  'a block twice': (blocks, pick) => block(blocks, pick, (one) => [one, one]),
};

const GZIP_CHANGES: Readonly<Record<string, Change<Uint8Array>>> = {
  'a name in its head': (packed) =>
    concatenate([
      packed.subarray(0, 3),
      Uint8Array.of(0x08),
      packed.subarray(4, 10),
      text('dump.hex\0'),
      packed.subarray(10),
    ]),
  'a second one behind it': (packed) => concatenate([packed, gzipSync('\n')]),
  'zeros behind it': (packed, pick) => concatenate([packed, new Uint8Array(1 + pick(20))]),
  'packed twice': (packed) => new Uint8Array(gzipSync(packed)),
};

export const FILES: readonly FuzzKind[] = [
  fileKind({ name: 'hex', title: 'Intel HEX', weight: 1 }, ({ hex }, pick, note) => ({
    bytes: linesChanged(
      `${rowsChanged(rowsOfHex(hex), HEX_CHANGES, pick, note).map(hexLine).join('\n')}\n`,
      pick,
      note,
    ),
  })),
  fileKind({ name: 'srec', title: 'S-records', weight: 0.5 }, ({ image }, pick, note) => ({
    bytes: linesChanged(
      `${rowsChanged(srecRows(image), SREC_CHANGES, pick, note).map(srecLine).join('\n')}\n`,
      pick,
      note,
    ),
  })),
  fileKind({ name: 'uf2', title: 'UF2', weight: 0.3 }, ({ image }, pick, note) => {
    const blocks = changed(uf2Blocks(image), once(10, pick) ? UF2_AT_THE_DOOR : UF2_CHANGES, pick, note);
    const bytes = concatenate(blocks.map(uf2Bytes));
    return { bytes: once(10, pick) ? changed(bytes, ANY_BYTES, pick, note) : bytes };
  }),
  fileKind({ name: 'bin', title: 'raw binary', weight: 0.5 }, ({ image }, pick, note) => {
    const { address, bytes } = image.runs.reduce((a, b) => (b.address < 0x10000000 ? b : a));
    const first = image.runs[0]!.address;
    const whole = once(2, pick) ? image.read(first, address + bytes.length - first).slice() : bytes.slice();
    const base = whole.length === bytes.length ? address : first;
    const changedBytes = changed(whole, once(6, pick) ? ANY_BYTES : IN_PLACE, pick, note);
    const baseAddress = once(6, pick)
      ? oneOf([0, base + 4, base - 0x1000, 0x10001000, 0xfffffff0, pick(0x100000)], pick)
      : base;
    note(`at ${baseAddress}`);
    return { bytes: changedBytes, ...(!once(20, pick) && { baseAddress }) };
  }),
  fileKind({ name: 'gz', title: 'gzip of HEX', weight: 0.2 }, ({ hex }, pick, note) => {
    const rows = rowsChanged(rowsOfHex(hex), HEX_CHANGES, pick, note);
    const packed = new Uint8Array(gzipSync(`${rows.map(hexLine).join('\n')}\n`));
    if (once(3, pick)) return { bytes: changed(packed, GZIP_CHANGES, pick, note) };
    return { bytes: once(8, pick) ? changed(packed, ANY_BYTES, pick, note) : packed };
  }),
];
