/**
 * A source of random bytes that was tried before anything was made of it.
 *
 * Keys are as good as the bytes they are made of, and a broken generator looks like a good one: a virtual machine without entropy, a
 * browser's extension that stands in for `crypto`, a stub that was left in. No test tells a weak generator from a strong one; these tell
 * one that does not work at all. After NIST SP 800-90B, 4.3 (start-up and continuous tests) and 4.4 (repetition count, adaptive proportion).
 */
import { brokenSource, type Fault } from './errors.ts';

/** Draws of the start-up test, each of a key's length: a source that begins anew with every call shows between them. */
const DRAWS = 64;
const DRAW_BYTES = 16;
/** And one of this length: a source that fills the beginning alone shows within it. 4,096 bytes are tried in all. */
const LONG_DRAW_BYTES = 4096 - DRAWS * DRAW_BYTES;
/** Two of as many bytes alike, wherever they begin: once in 2^41 starts of a good source. */
const BLOCK_BYTES = 8; // as many as are compared as one number
/** The same byte as often in a row: once in 2^44 starts. */
const LONGEST_RUN = 8;
/** One byte as often among all 4,096, where 16 are its share: less than once in 2^50 starts. */
const MOST_OF_ONE = 64;

/**
 * The source, tried at its first draw and looked at in every later one.
 *
 * @param source  `count` bytes from the platform's secure generator
 * @returns       the same bytes as the source gives after its test
 * @throws        `random/broken-source` at every draw once a test has failed
 */
export function testedSource<Bytes extends Uint8Array>(
  source: (count: number) => Bytes,
): (count: number) => Bytes {
  let fault: Fault | null | undefined;
  let last: Uint8Array = new Uint8Array();
  return (count) => {
    if (fault === undefined) fault = faultAtStart(source);
    if (fault) throw brokenSource(fault);
    const bytes = source(count);
    fault = faultOfDraw(bytes, count, last);
    if (fault) throw brokenSource(fault);
    if (count >= BLOCK_BYTES) last = bytes.slice(0, BLOCK_BYTES);
    return bytes;
  };
}

function faultAtStart(source: (count: number) => Uint8Array): Fault | null {
  const sample = new Uint8Array(DRAWS * DRAW_BYTES + LONG_DRAW_BYTES);
  let filled = 0;
  while (filled < sample.length) {
    const count = filled < DRAWS * DRAW_BYTES ? DRAW_BYTES : LONG_DRAW_BYTES;
    const bytes = source(count);
    if (bytes.length !== count) return 'short';
    sample.set(bytes, filled);
    filled += count;
  }
  return faultOf(sample);
}

function faultOf(sample: Uint8Array): Fault | null {
  const counts = new Uint16Array(256);
  const blocks = new Set<bigint>();
  const { buffer, byteOffset, byteLength } = sample;
  const view = new DataView(buffer, byteOffset, byteLength);
  let run = 0;
  for (const [at, byte] of sample.entries()) {
    counts[byte]!++;
    run = byte === sample[at - 1] ? run + 1 : 1;
    if (run >= LONGEST_RUN) return byte === 0 ? 'zeros' : 'constant';
  }
  for (let end = BLOCK_BYTES; end <= sample.length; end++) {
    const block = view.getBigUint64(end - BLOCK_BYTES);
    if (blocks.has(block)) return 'repeats';
    blocks.add(block);
  }
  return counts.some((count) => count >= MOST_OF_ONE) ? 'uneven' : null;
}

/** Of one draw after the start: it is as long as asked, is not one byte throughout, and does not begin as the last one did. */
function faultOfDraw(bytes: Uint8Array, count: number, last: Uint8Array): Fault | null {
  if (bytes.length !== count) return 'short';
  if (count < BLOCK_BYTES) return null;
  if (bytes.every((byte) => byte === bytes[0])) return bytes[0] === 0 ? 'zeros' : 'constant';
  return last.length > 0 && last.every((byte, at) => byte === bytes[at]) ? 'repeats' : null;
}
