/**
 * SWDIO bit by bit, for probes that let the host do the protocol.
 *
 * Below lies the debug port, which takes whole transfers; above lies a probe that drives one bit a clock, or lets go of the
 * line and looks. Source: ADIv5 (Arm IHI 0031), chapter on the Serial Wire Debug protocol.
 */
import { ACK_DAMAGED, ACK_NONE, ACK_OK, READ, type VirtualDebugPort } from './debug-port.ts';

/** What happens at one of the clocks ahead: nobody drives, the target drives a bit, or the host drives a bit of its word. */
type Clock = 'float' | 'word' | 0 | 1;

/** What arrives of a damaged answer: of a read, the wrong parity; of a write, an acknowledge that is none. */
const DAMAGED_BITS = 3;

/** A line nobody drives is pulled up. */
const PULLED_UP = 1;

export class SwdLine {
  /** Bits of a request so far; empty while idle. */
  #request: number[] = [];
  #ahead: Clock[] = [];
  /** Bits of the word being written so far, parity last. */
  #word: number[] = [];
  #header = 0;
  /** Out of step: only a line reset helps. */
  #lost = false;

  constructor(readonly port: VirtualDebugPort) {}

  /** The line as it stands before the next clock, when the host does not drive it. */
  get level(): 0 | 1 {
    const next = this.#ahead[0];
    return next === 0 || next === 1 ? next : PULLED_UP;
  }

  /** One clock. @param driven  the bit the host drives, `null` when it does not */
  clock(driven: 0 | 1 | null): void {
    const now = this.#ahead.shift();
    if (this.port.clock(driven ?? 0)) {
      this.#request = [];
      this.#ahead = [];
      this.#lost = false;
    } else if (now === 'word') this.#takeWordBit(driven ?? PULLED_UP);
    else if (now === undefined && !this.#lost && driven !== null) this.#takeRequestBit(driven);
  }

  #takeRequestBit(bit: 0 | 1): void {
    if (this.#request.length === 0 && bit === 0) return; // idle
    this.#request.push(bit);
    if (this.#request.length < 8) return;
    const [, apNotDp, readNotWrite, a2, a3, parity, stop, park] = this.#request as number[];
    this.#request = [];
    this.#lost = (apNotDp! ^ readNotWrite! ^ a2! ^ a3! ^ parity!) !== 0 || stop !== 0 || park !== 1;
    if (this.#lost) return;
    this.#header = apNotDp! | (readNotWrite! << 1) | (a2! << 2) | (a3! << 3);
    this.#answer();
  }

  #answer(): void {
    const ack = this.port.acknowledge(this.#header);
    if (ack === ACK_NONE) return;
    const isRead = (this.#header & READ) !== 0;
    const damaged = ack === ACK_DAMAGED;
    const hasData = ack === ACK_OK || damaged || this.port.detectsOverrun;
    this.#ahead = ['float', ...bitsOf(damaged ? (isRead ? ACK_OK : DAMAGED_BITS) : ack, 3)];
    if (isRead && hasData) {
      const word = ack === ACK_OK || damaged ? this.port.carryOut(this.#header, 0) : 0;
      this.#ahead.push(...bitsOf(word, 32), (parityOf(word) ^ Number(damaged)) as 0 | 1, 'float');
    } else {
      this.#ahead.push('float');
      if (hasData) this.#ahead.push(...Array<Clock>(33).fill('word'));
      this.#word = [];
      if (ack !== ACK_OK) this.#header = READ; // its word is passed over
    }
  }

  #takeWordBit(bit: 0 | 1): void {
    this.#word.push(bit);
    if (this.#word.length < 33 || this.#header & READ) return;
    const word = this.#word.slice(0, 32).reduce((sum, one, i) => sum + one * 2 ** i, 0);
    if (parityOf(word) === this.#word[32]) this.port.carryOut(this.#header, word);
  }
}

const bitsOf = (word: number, count: number): (0 | 1)[] =>
  Array.from({ length: count }, (_, i) => ((word >>> i) & 1) as 0 | 1);

function parityOf(word: number): 0 | 1 {
  let folded = word ^ (word >>> 16);
  folded ^= folded >>> 8;
  folded ^= folded >>> 4;
  folded ^= folded >>> 2;
  return ((folded ^ (folded >>> 1)) & 1) as 0 | 1;
}
