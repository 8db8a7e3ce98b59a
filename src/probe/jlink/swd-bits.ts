/**
 * SWD transfers as the bits that command CF clocks, and what was sampled meanwhile.
 *
 * Source: docs/probe-protocols.md §4.4. The probe samples a bit early: the acknowledge stands where the turnaround is.
 */

/** Bits of an SWD request between start and parity: the port, the direction, and bits 2 and 3 of the register's address. */
export const AP = 0x1;
export const READ = 0x2;

/** One SWD transfer. */
export interface Step {
  readonly header: number;
  /** To be written; 0 where it reads. */
  readonly word: number;
  /** Clocks before it, with SWDIO low. */
  readonly idle: number;
}

/** What the target said to a step. */
export interface Answer {
  /** 1 OK, 2 WAIT, 4 FAULT; anything else was nobody or is damaged. */
  readonly ack: number;
  /** Meaningless after a write. */
  readonly word: number;
  readonly parityIsRight: boolean;
}

/** Bits as the command carries them: both arrays with the first bit in bit 0 of the first byte. */
export interface ClockedBits {
  readonly count: number;
  /** 1 where the host drives SWDIO. */
  readonly direction: Uint8Array;
  readonly output: Uint8Array;
}

const REQUEST_BITS = 8;
/** Request, turnaround, acknowledge, turnaround, word and parity, in either order. */
const TRANSFER_BITS = 46;
const WORD_BITS = 33;
/** The target needs these to finish the last transfer. */
export const TRAILING_IDLE = 8;

const ACK_AT = 8;
const WORD_READ_AT = 11;
const PARITY_READ_AT = 43;
const WORD_WRITTEN_AT = 13;

export const bitsOf = ({ idle }: Step): number => idle + TRANSFER_BITS;

/** Bits of which the target has no part. */
export const allDriven = (output: Uint8Array, count: number): ClockedBits => ({
  count,
  direction: output.map(() => 0xff),
  output,
});

/** Lay transfers out one after another, idle clocks at the end. */
export function layOut(steps: readonly Step[]): ClockedBits {
  const count = steps.reduce((sum, step) => sum + bitsOf(step), TRAILING_IDLE);
  const direction = new Uint8Array(Math.ceil(count / 8));
  const output = new Uint8Array(direction.length);
  let at = 0;
  for (const { header, word, idle } of steps) {
    const start = at + idle;
    put(direction, at, 0xffffffff, idle + REQUEST_BITS);
    put(output, start, requestOf(header), REQUEST_BITS);
    if ((header & READ) === 0) {
      put(direction, start + WORD_WRITTEN_AT, 0xffffffff, WORD_BITS);
      put(output, start + WORD_WRITTEN_AT, word, 32);
      put(output, start + WORD_WRITTEN_AT + 32, parityOf(word), 1);
    }
    at = start + TRANSFER_BITS;
  }
  put(direction, at, 0xffffffff, TRAILING_IDLE);
  return { count, direction, output };
}

/** @param sampled  what came back for `layOut(steps)` */
export function readAnswers(steps: readonly Step[], sampled: Uint8Array): Answer[] {
  let at = 0;
  return steps.map((step) => {
    const start = at + step.idle;
    at += bitsOf(step);
    const word = take(sampled, start + WORD_READ_AT, 32);
    return {
      ack: take(sampled, start + ACK_AT, 3),
      word,
      parityIsRight: take(sampled, start + PARITY_READ_AT, 1) === parityOf(word),
    };
  });
}

/** Start 1, the header, its parity, stop 0, park 1. */
const requestOf = (header: number) => 0x81 | (header << 1) | (parityOf(header) << 5);

function parityOf(word: number): number {
  let folded = word ^ (word >>> 16);
  folded ^= folded >>> 8;
  folded ^= folded >>> 4;
  return (0x6996 >>> (folded & 0xf)) & 1;
}

/** Sets the low bits of `bits`; what lies there is 0. Beyond 32 the top bit repeats. */
function put(target: Uint8Array, at: number, bits: number, count: number): void {
  for (let i = 0; i < count; i++) target[(at + i) >> 3]! |= ((bits >> Math.min(i, 31)) & 1) << ((at + i) & 7);
}

function take(source: Uint8Array, at: number, count: number): number {
  let bits = 0;
  for (let i = 0; i < count; i++) bits |= ((source[(at + i) >> 3]! >> ((at + i) & 7)) & 1) << i;
  return bits >>> 0;
}
