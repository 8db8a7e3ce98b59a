/**
 * Motorola S-records to bytes by flash address; J-Flash and `objcopy` write them.
 *
 * Source: "SREC(5) – S-record file and record format", Unix man page as in SRecord's documentation (record types, sums).
 */
import { fromHex } from '../bytes.ts';
import { MemoryImage, type Segment } from '../image/index.ts';
import { LIMITS } from '../limits.ts';
import * as errors from './errors.ts';

/** Bytes of the address in records of type 0 to 9; S4 is reserved. */
const ADDRESS_BYTES = [2, 2, 3, 4, undefined, 2, 3, 4, 3, 2] as const;
/** Ctrl-Z or NUL, with which some tools fill the last block. */
const PADDING = /\p{Cc}/gu;
const isData = (type: number): boolean => type >= 1 && type <= 3;
const isEnd = (type: number): boolean => type >= 7;

/** Whether a text looks like S-records: its first line that is not blank does. */
export const isSrec = (text: string): boolean => /^\s*S[0-9](?:[\da-f]{2}){3}/i.test(text.slice(0, 0x1000));

interface DataRecord extends Segment {
  readonly line: number;
}

/**
 * Parse S-records S0 to S9; S5 and S6 are held against the number of data records.
 *
 * @throws `hex/too-large`, `hex/bad-srec`, `hex/overlap`, `hex/truncated`, `hex/too-scattered`; those that concern a line name
 *   it, counting from 1, and quote nothing of it
 */
export function parseSrec(text: string): MemoryImage {
  if (text.length > LIMITS.hexCharacters) throw errors.tooLarge(text.length);
  const data: DataRecord[] = [];
  let line = 0;
  let last = 0;
  let ended = false;
  for (const written of text.split(/\r\n|\n\r|\n|\r/)) {
    line++;
    const record = written.replaceAll(PADDING, '').trim();
    if (record === '') continue;
    if (ended) throw errors.badSrec(line, 'stands behind the record that ends it');
    const { type, address, bytes } = readRecord(record, line);
    last = line;
    if (isData(type) && bytes.length > 0) data.push({ address, bytes, line });
    if ((type === 5 || type === 6) && address !== data.length % (type === 5 ? 0x10000 : 0x1000000))
      throw errors.badSrec(line, `counts ${address} data records, and there are ${data.length}`);
    ended = isEnd(type);
  }
  if (!ended) throw errors.srecTruncated(last);
  return imageOf(data);
}

function readRecord(record: string, line: number): { type: number; address: number; bytes: Uint8Array } {
  const type = /^S\d/i.test(record) ? Number(record[1]) : undefined;
  const addressBytes = type === undefined ? undefined : ADDRESS_BYTES[type];
  if (type === undefined || addressBytes === undefined)
    throw errors.badSrec(line, 'does not begin with S and the number of a type');
  const content = fromHex(record.slice(2));
  if (!content) throw errors.badSrec(line, 'holds something else than pairs of hex digits');
  const [count] = content;
  if (content.length < 1 + addressBytes + 1 || count !== content.length - 1)
    throw errors.badSrec(line, `announces ${count ?? 0} bytes and holds ${Math.max(0, content.length - 1)}`);
  // all bytes and the sum behind them, which is their complement, add up to 0xff
  if ((content.reduce((sum, byte) => sum + byte, 0) & 0xff) !== 0xff)
    throw errors.badSrec(line, 'is damaged: its checksum is not that of its bytes');
  const address = content.subarray(1, 1 + addressBytes).reduce((sum, byte) => sum * 0x100 + byte, 0);
  return { type, address, bytes: content.slice(1 + addressBytes, -1) };
}

function imageOf(data: DataRecord[]): MemoryImage {
  data.sort((a, b) => a.address - b.address || a.line - b.line);
  let stretches = 0;
  for (const [index, { address, line }] of data.entries()) {
    const before = data[index - 1];
    const end = before ? before.address + before.bytes.length : undefined;
    if (end !== address) stretches++;
    if (before && address < end!) {
      const [earlier, later] = [before.line, line].sort((a, b) => a - b) as [number, number];
      throw errors.srecOverlap(later, earlier, address);
    }
  }
  if (stretches > LIMITS.hexStretches) throw errors.tooScattered();
  return MemoryImage.of(data);
}
