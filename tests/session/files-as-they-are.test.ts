/** Files as people really have them, opened as the page opens them. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { formatHex } from '../../src/hex/index.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { besideOf, readDump } from '../../src/clone/index.ts';
import { fixture } from '../support/fixtures.ts';
import { sampleDatabaseText, sampleDumpPath } from '../support/samples.ts';
import { sessionHere } from '../support/session.ts';

const bytesOf = (name: string) => new Uint8Array(fixture(`cases/images/${name}`));
const rawOf = (name: string) => new Uint8Array(gunzipSync(fixture(`cases/images/${name}.gz`)));
const open = (name: string, bytes: Uint8Array, baseAddress?: number) =>
  sessionHere().project.open([{ name, bytes, ...(baseAddress !== undefined && { baseAddress }) }]);
const openCase = (name: string) => open(name, bytesOf(name));
const read = (name: string) => {
  const dump = readDump([{ name, bytes: bytesOf(name) }]);
  return { dump, reading: readImage(dump.image, besideOf(dump)) };
};
const text = (content: string) => new TextEncoder().encode(content);
const codes = (findings: readonly { readonly code: string }[]) => findings.map(({ code }) => code);

describe('a part of a flash', () => {
  const part = rawOf('01-part-of-flash.bin');

  test.each([0x0, 0x1000, 0x40000, 0x7b000])('is refused at %i, and says where it fits', async (base) => {
    const { dump, rejected } = await open('part.bin', part, base);
    expect(dump).toBeNull();
    expect(rejected[0]!.error).toMatchObject({ code: 'clone/wrong-base' });
    expect(rejected[0]!.error.hint).toContain('0x7A000 on an nRF52832');
  });

  test('without a base address is asked for one, and never for 0x0', async () => {
    const { rejected } = await open('part.bin', part);
    expect(rejected[0]!.error.code).toBe('clone/binary-without-base');
    expect(rejected[0]!.error.hint).toContain('0x7A000');
    expect(rejected[0]!.error.hint).not.toMatch(/0x0\b/);
  });

  test('is taken where it fits', async () => {
    const { dump, refusal } = await open('part.bin', part, 0x7a000);
    expect(refusal).toBeNull();
    expect(dump!.state.unicast).toMatchObject({ start: 0x1469 });
  });

  test('made into HEX with addresses from 0 is refused for its place', async () => {
    const image = MemoryImage.of([{ address: 0, bytes: part }]);
    const { refusal } = await open('part.hex', text(formatHex(image)));
    expect(refusal).toMatchObject({ code: 'flashfs/areas-below-firmware' });
  });

  test('with the UICR behind it is split, and stays of its chip', async () => {
    const { dump } = await open('both.bin', rawOf('10-flash-and-uicr-in-one.bin'), 0x7a000);
    expect(dump).toMatchObject({ chip: { name: 'nRF52832' }, definedBytes: 0x7000 });
    expect(dump!.regions.at(-1)).toMatchObject({ address: 0x10001000, kind: 'uicr' });
    expect(codes(dump!.findings)).not.toContain('kinds/readback-protection');
  });
});

describe('a dump of more than flash', () => {
  test('leaves FICR and RAM out of the image, and says so', () => {
    const { dump, reading } = read('02-dump-with-ficr-and-ram.hex.gz');
    expect(dump.image.runs.every(({ address }) => address < 0x80000)).toBe(true);
    expect(reading.image).toBe(dump.image);
    expect(reading.findings.find(({ code }) => code === 'kinds/left-out')?.message).toMatch(/FICR.*RAM/);
  });

  test('offers to copy external flash, and leaves it out by default', () => {
    const { dump: plain } = read('08-sequence-used-up.hex.gz');
    const image = plain.image.with([{ address: 0x12000000, bytes: new Uint8Array(64).fill(3) }]);
    const dump = readDump([{ name: 'qspi.hex', bytes: text(formatHex(image)) }]);
    const { options } = readImage(dump.image, besideOf(dump));
    expect(dump.image.size).toBe(plain.image.size);
    expect(options.find(({ id }) => id === 'external-flash')).toMatchObject({ default: 'leave-out' });
  });
});

describe('a UICR in the dump', () => {
  test.each([
    [0xff, false],
    [0x5a, false],
    [0x00, true],
  ])('with APPROTECT %i is warned of: %s', (value, warned) => {
    const { dump } = read('08-sequence-used-up.hex.gz');
    // a Buffer, as the command line reads files: its words lie anywhere in a pool
    const image = dump.image.with([{ address: 0x10001208, bytes: Buffer.from([value, 0xff, 0xff, 0xff]) }]);
    expect(codes(readImage(image).findings).includes('kinds/readback-protection')).toBe(warned);
  });
});

describe('the UICR of clones', () => {
  const bootloader = { address: 0x10001014, bytes: Uint8Array.of(0, 0x80, 0x07, 0) };
  const pressed = async (choice?: 'keep' | 'drop') => {
    const session = sessionHere();
    const { dump } = await session.project.open([
      { name: 'client.hex.gz', bytes: new Uint8Array(readFileSync(sampleDumpPath)) },
      { name: 'uicr.hex', bytes: text(formatHex(MemoryImage.of([bootloader]))) },
      { name: 'client.db.json', bytes: text(sampleDatabaseText()) },
    ]);
    const { findings } = session.plan.make({ count: 1, ...(choice && { choices: { uicr: choice } }) });
    const { segments } = await session.plan.image(0);
    return { dump: dump!, findings, image: MemoryImage.of(segments) };
  };

  test('is the donor’s, and is told in words', async () => {
    const { dump, image } = await pressed();
    expect(dump.uicr).toMatchObject([{ register: 'NRFFW[0]', says: 'bootloader at 0x78000' }]);
    expect(dump.options.find(({ id }) => id === 'uicr')!.choices[0]!.explanation).toContain(
      'bootloader at 0x78000',
    );
    expect(image.read(bootloader.address, 4)).toEqual(bootloader.bytes);
  });

  test('is left out by choice, with a word about a bootloader that nobody would start', async () => {
    const { findings, image } = await pressed('drop');
    expect(image.definedBytes(0x10001000, 0x1000)).toBe(0);
    expect(codes(findings)).toContain('clone/bootloader-left-out');
  });

  test('of another family is refused', async () => {
    const foreign = MemoryImage.of([{ address: 0x00ff8000, bytes: Uint8Array.of(0, 0, 0, 0) }]);
    const { refusal } = await sessionHere().project.open([
      { name: 'client.hex.gz', bytes: new Uint8Array(readFileSync(sampleDumpPath)) },
      { name: 'uicr.hex', bytes: text(formatHex(foreign)) },
    ]);
    expect(refusal).toMatchObject({ code: 'kinds/foreign-uicr', facts: { family: 'nRF5340' } });
  });
});

describe('areas', () => {
  test('at places of their own are read together', async () => {
    const { dump, refusal } = await openCase('06-dsm-area-elsewhere.hex.gz');
    expect(refusal).toBeNull();
    expect(dump!.state).toMatchObject({
      ivIndex: 97649,
      ivUpdateInProgress: true,
      nextSequenceNumber: 16384,
    });
    expect(codes(dump!.findings)).not.toContain('flashfs/areas-not-in-use');
  });

  test('at places of their own take the options', () => {
    const { reading } = read('06-dsm-area-elsewhere.hex.gz');
    expect(reading.prepare({ sequence: '+8192' }).notes).toContainEqual(
      expect.objectContaining({ message: 'Clones begin with the sequence number 24576.' }),
    );
  });

  test('of which the network state is missing refuse to set the sequence number', () => {
    const { dump } = read('06-dsm-area-elsewhere.hex.gz');
    const reading = readImage(dump.image.slice(0, 0x62000));
    expect(codes(reading.findings)).toContain('flashfs/no-network-state');
    expect(() => reading.prepare({ sequence: 'reset' })).toThrow(
      expect.objectContaining({ code: 'flashfs/sequence-not-found' }),
    );
  });

  test.each([
    ['07-code-over-access-page.hex.gz', 0x7c000],
    ['07b-code-over-core-page.hex.gz', 0x7b000],
  ])('with something else over a page are damaged: %s', async (name, page) => {
    const { refusal } = await openCase(name);
    expect(refusal).toMatchObject({ code: 'flashfs/damaged-area', facts: { page } });
  });
});

describe('sequence numbers that are used up', () => {
  test('are refused unless clones begin at 0', () => {
    const { reading } = read('08-sequence-used-up.hex.gz');
    expect(codes(reading.findings)).toContain('flashfs/sequence-used-up');
    expect(() => reading.prepare({})).toThrow(expect.objectContaining({ code: 'flashfs/sequence-used-up' }));
    expect(() => reading.prepare({ sequence: 'reset' })).not.toThrow();
  });

  test.each([
    [0xfe, 0xff, false],
    [0xff, 0x00, true],
  ])('are warned of from 0xFF0000 on', (high, middle, warned) => {
    const { dump } = read('08-sequence-used-up.hex.gz');
    const bytes = dump.image.read(0x7e000, 0x1000);
    const at = 0x7e000 + Buffer.from(bytes).indexOf(Buffer.from([0, 0, 0, 1, 2]));
    const changed = dump.image.with([{ address: at, bytes: Uint8Array.of(0, middle, high, 0) }]);
    expect(codes(readImage(changed).findings).includes('flashfs/sequence-running-out')).toBe(warned);
  });
});

describe('HEX as tools and editors leave it', () => {
  test.each([
    '03-utf8-bom.hex',
    '03b-leading-blank-line.hex',
    '03c-utf16le.hex',
    '09-no-mesh-at-all.hex',
    '11-zero-length-record.hex',
    '12-lf-cr.hex',
    '15-ctrl-z.hex',
  ])('is read, and what no kind knows says so: %s', async (name) => {
    expect(readDump([{ name, bytes: bytesOf(name) }]).image.size).toBe(8);
    const { rejected, dump } = await openCase(name);
    expect(dump).toBeNull();
    expect(rejected[0]!.error.code).toBe('clone/unknown-image');
  });

  test('may have text before its first record, but none that lost its colon', () => {
    const hex = ':0100000001FE\n:00000001FF\n';
    expect(readDump([{ name: 'a', bytes: text(`Reading flash ...\n${hex}`) }]).image.size).toBe(1);
    expect(() => readDump([{ name: 'a', bytes: text(`020000040007F3\n${hex}`) }])).toThrow(
      expect.objectContaining({ code: 'hex/not-hex', facts: { line: 1 } }),
    );
  });

  test('with a letter for a digit names line, column and letter', async () => {
    const { rejected } = await openCase('04-letter-o-in-line-1.hex');
    expect(rejected[0]!.error).toMatchObject({ code: 'hex/not-hex', facts: { line: 1, column: 13 } });
    expect(rejected[0]!.error.message).toContain('the letter O');
  });
});

describe('other formats', () => {
  test('that hold a flat image are read: S-record', () => {
    const { image } = readDump([{ name: 'a', bytes: bytesOf('14-motorola.srec') }]);
    expect(image.runs).toEqual([{ address: 0, bytes: Uint8Array.of(0, 4, 0, 0x20) }]);
  });

  test('that hold a flat image are read: UF2', () => {
    const block = new Uint8Array(512);
    const words = [0x0a324655, 0x9e5d5157, 0x2000, 0x26000, 256, 0, 1, 0xada52840];
    words.forEach((word, i) => new DataView(block.buffer).setUint32(4 * i, word, true));
    new DataView(block.buffer).setUint32(508, 0x0ab16f30, true);
    const { image } = readDump([{ name: 'a.uf2', bytes: block.fill(9, 32, 288) }]);
    expect(image.stretches()).toEqual([{ address: 0x26000, length: 256 }]);
    block[508] = 0;
    expect(() => readDump([{ name: 'a.uf2', bytes: block }])).toThrow(
      expect.objectContaining({ code: 'hex/bad-uf2' }),
    );
  });

  test.each([
    ['S10700000004002000\nS9030000FC\n', 'hex/bad-srec'],
    ['S107000000040020D4\n', 'hex/truncated'],
    ['S107000000040020D4\nS107000000040020D4\nS9030000FC\n', 'hex/overlap'],
  ])('that are damaged say so with the line: %j', (content, code) => {
    expect(() => readDump([{ name: 'a', bytes: text(content) }])).toThrow(expect.objectContaining({ code }));
  });

  test('say which half of a universal hex there is', async () => {
    const { rejected } = await openCase('13-universal.hex');
    expect(rejected[0]!.error).toMatchObject({
      code: 'hex/universal-hex',
      facts: { halves: 'V2 (nRF52833)' },
    });
  });

  test.each([
    ['\u007FELF\u0001\u0001', /ELF/],
    ['BZh91AY&SY', /bzip2/],
    ['PK\u0003\u0004....manifest.json app.dat app.bin', /DFU/],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:00\n', /Git LFS/],
    ['0x00000000: 20000400 00000A81 00000415   |... |\n', /memrd/],
    ['<!DOCTYPE html><html></html>', /web page/],
  ])('are named for what they are: %j', async (content, what) => {
    const { rejected } = await open('file', text(content));
    expect(rejected[0]!.error.code).toBe('clone/other-format');
    expect(rejected[0]!.error.message).toMatch(what);
  });
});
