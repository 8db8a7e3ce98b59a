/** Inputs that cost what inputs of their kind can cost: honest ones, and such as somebody would make to stop Meshpress. */
import { gzipSync } from 'node:zlib';
import { readDump } from '../../src/clone/index.ts';
import { checkDatabase, parseDatabase, parseNodeValues } from '../../src/meshdb/index.ts';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
/** A text of so many characters, made from `piece(0)`, `piece(1)`, …; short of the last piece. */
function filled(bytes: number, piece: (index: number) => string, head = '', tail = ''): string {
  const pieces = [head];
  let left = bytes - head.length - tail.length;
  for (let index = 0; ; index++) {
    const next = piece(index);
    left -= next.length;
    if (left < 0) break;
    pieces.push(next);
  }
  return [...pieces, tail].join('');
}

function hexRecord(type: number, offset: number, data: readonly number[]): string {
  const bytes = [data.length, offset >> 8, offset & 0xff, type, ...data];
  const checksum = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return `:${Buffer.from([...bytes, checksum])
    .toString('hex')
    .toUpperCase()}\n`;
}
/** Data records of `length` bytes, so far apart, with the base addresses they need. */
const hexRecords = (length: number, step: number) => (index: number) => {
  const address = index * step;
  const record = hexRecord(
    0,
    address & 0xffff,
    Array.from({ length }, (_, i) => (index + i) & 0xff),
  );
  return (address & 0xffff) < step
    ? hexRecord(4, 0, [(address >>> 24) & 0x7f, (address >>> 16) & 0xff]) + record
    : record;
};
const HEX_END = ':00000001FF\n';

const node = (index: number) => {
  const digits = index.toString(16).padStart(32, '0');
  return JSON.stringify(
    {
      UUID: digits,
      configComplete: false,
      deviceKey: `a5${digits.slice(2)}`,
      elements: [{ index: 0, location: '0000', models: [{ bind: [0], modelId: '1000' }] }],
      name: `light_${index}`,
      netKeys: [{ index: 0 }],
      security: 'low',
      unicastAddress: (0x10 + index).toString(16).padStart(4, '0'),
    },
    null,
    2,
  );
};
const database = (bytes: number, item: (index: number) => string) =>
  filled(
    bytes,
    (index) => `${index === 0 ? '' : ','}${item(index)}`,
    '{"meshUUID":"00","netKeys":[],"nodes":[',
    '],"scenes":[]}',
  );
const readDatabase = (bytes: Buffer) => checkDatabase(parseDatabase(bytes)).length;

/** Made with about so many bytes, and read. */
export interface InputKind {
  /** At which it is measured. */
  readonly megabytes: number;
  /** The bytes that memory is held against: those made where they are packed, otherwise those of the input. */
  readonly counts?: 'unpacked';
  make(bytes: number): Buffer;
  read(bytes: Buffer): unknown;
}

/** What is read, by name: how an input of so many bytes is made, and how it is read. */
export const INPUTS: Readonly<Record<string, InputKind>> = {
  'hex, 16 bytes a line': {
    megabytes: 24,
    make: (bytes) => bytesOf(filled(bytes, hexRecords(16, 16), '', HEX_END)),
    read: (bytes) => readDump([{ name: 'a.hex', bytes }]),
  },
  'hex, one byte a line': {
    megabytes: 24,
    make: (bytes) => bytesOf(filled(bytes, hexRecords(1, 1), '', HEX_END)),
    read: (bytes) => readDump([{ name: 'a.hex', bytes }]),
  },
  'hex, a gap behind every byte': {
    megabytes: 24,
    make: (bytes) => bytesOf(filled(bytes, hexRecords(1, 2), '', HEX_END)),
    read: (bytes) => readDump([{ name: 'a.hex', bytes }]),
  },
  'hex, a line of blanks': {
    megabytes: 24,
    make: (bytes) => bytesOf(`${hexRecord(0, 0, [1])}${' '.repeat(bytes)}x\n${HEX_END}`),
    read: (bytes) => readDump([{ name: 'a.hex', bytes }]),
  },
  'hex, empty lines': {
    megabytes: 24,
    make: (bytes) => bytesOf(`${hexRecord(0, 0, [1])}${'\n'.repeat(bytes)}${HEX_END}`),
    read: (bytes) => readDump([{ name: 'a.hex', bytes }]),
  },
  'raw binary': {
    megabytes: 15,
    make: (bytes) => Buffer.alloc(bytes, 0x5a),
    read: (bytes) => readDump([{ name: 'a.bin', bytes, baseAddress: 0 }]),
  },
  'database, nodes': { megabytes: 12, make: (bytes) => bytesOf(database(bytes, node)), read: readDatabase },
  'database, empty lists': {
    megabytes: 48,
    make: (bytes) => bytesOf(database(bytes, () => '[]')),
    read: readDatabase,
  },
  'database, lists of blanks': {
    megabytes: 48,
    make: (bytes) => bytesOf(database(bytes, () => '[        ]').replace('nodes', 'thing')),
    read: readDatabase,
  },
  'database, small objects': {
    megabytes: 48,
    make: (bytes) =>
      bytesOf(
        database(bytes, (i) => `{"${String.fromCharCode(97 + (i % 26))}":123}   `).replace('nodes', 'thing'),
      ),
    read: readDatabase,
  },
  'database, numbers': {
    megabytes: 48,
    make: (bytes) => bytesOf(database(bytes, () => '1.5e3').replace('nodes', 'thing')),
    read: readDatabase,
  },
  'database, one key again and again': {
    megabytes: 48,
    make: (bytes) => bytesOf(filled(bytes, (i) => `${i === 0 ? '' : ','}"k":123`, '{', '}')),
    read: readDatabase,
  },
  'database, keys that differ': {
    megabytes: 48,
    make: (bytes) => bytesOf(filled(bytes, (i) => `${i === 0 ? '' : ','}"k${i}":1`, '{', '}')),
    read: readDatabase,
  },
  'database, one text of escapes': {
    megabytes: 48,
    make: (bytes) => bytesOf(`{"meshName":"${'\\n'.repeat(bytes / 2)}"}`),
    read: readDatabase,
  },
  'database, empty lines': {
    megabytes: 48,
    make: (bytes) => bytesOf(`{${'\n'.repeat(bytes)}"a" 1}`),
    read: readDatabase,
  },
  'table, a row a clone': {
    megabytes: 15,
    make: (bytes) =>
      bytesOf(
        filled(
          bytes,
          (i) => `${'light_'.repeat(60)}${i},,,,\r\n`,
          'name,unicastAddress,deviceKey,UUID,label\r\n',
        ),
      ),
    read: (bytes) => parseNodeValues(bytes.toString('latin1')),
  },
  'table, short rows': {
    megabytes: 15,
    make: (bytes) => bytesOf(`name\n${'a\n'.repeat(bytes / 2)}`),
    read: (bytes) => parseNodeValues(bytes.toString('latin1')),
  },
  'table, one row of commas': {
    megabytes: 15,
    make: (bytes) => bytesOf(`name\n${','.repeat(bytes)}`),
    read: (bytes) => parseNodeValues(bytes.toString('latin1')),
  },
  'table, one cell of apostrophes': {
    megabytes: 15,
    make: (bytes) => bytesOf(`name\n${"'".repeat(bytes)}`),
    read: (bytes) => parseNodeValues(bytes.toString('latin1')),
  },
  'gzip, within the limit': {
    megabytes: 60,
    counts: 'unpacked',
    make: (bytes) => gzipSync(Buffer.alloc(bytes, 0x30)),
    read: (bytes) => readDump([{ name: 'a.hex.gz', bytes }]),
  },
  'gzip, beyond it': {
    megabytes: 1000,
    counts: 'unpacked',
    make: (bytes) => gzipSync(Buffer.alloc(bytes, 0x30)),
    read: (bytes) => readDump([{ name: 'a.hex.gz', bytes }]),
  },
};
