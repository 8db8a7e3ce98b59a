/**
 * SWDIO bit by bit, for probes that let the host do the protocol.
 *
 * Below lies the debug port, which takes whole transfers; above lies a probe that drives one bit a clock, or lets go of the
 * line and looks. Source: ADIv5 (Arm IHI 0031), chapter on the Serial Wire Debug protocol.
 */
import { ACK_DAMAGED, ACK_NONE, ACK_OK, READ, type VirtualDebugPort } from './debug-port.ts';

/** What arrives of a damaged answer: of a read, the wrong parity; of a write, an acknowledge that is none. */
const DAMAGED_BITS = 3;

/** A line nobody drives is pulled up. */
const PULLED_UP = 1;

const REQUEST_BITS = 8;
/** Clocks behind a request: a turnaround, three of acknowledge, and another turnaround before or behind the word and its parity. */
const ACK_AT = 1;
const WORD_READ_AT = 4;
const WORD_WRITTEN_AT = 5;
const WITHOUT_WORD = 5;
const WITH_WORD = 38;

export class SwdLine {
  /** Bits of a request so far, the first one lowest; none while idle. */
  #request = 0;
  #requestBits = 0;
  /** Clocks that the transfer takes behind its request, and those that have passed. */
  #clocks = 0;
  #passed = 0;
  #header = 0;
  #acknowledge = 0;
  /** Driven by the target, or taken from the host bit by bit. */
  #word = 0;
  #parity: 0 | 1 = 0;
  /** The word that the host drives counts. */
  #listens = false;
  /** Out of step: only a line reset helps. */
  #lost = false;

  constructor(readonly port: VirtualDebugPort) {}

  /** The line as it stands before the next clock, when the host does not drive it. */
  get level(): 0 | 1 {
    const at = this.#passed;
    if (at >= this.#clocks || at < ACK_AT) return PULLED_UP;
    if (at < WORD_READ_AT) return bitOf(this.#acknowledge, at - ACK_AT);
    if (!this.#isRead || at > WORD_READ_AT + 32) return PULLED_UP;
    return at < WORD_READ_AT + 32 ? bitOf(this.#word, at - WORD_READ_AT) : this.#parity;
  }

  /** One clock. @param driven  the bit the host drives, `null` when it does not */
  clock(driven: 0 | 1 | null): void {
    const at = this.#passed;
    const isIdle = at >= this.#clocks;
    if (!isIdle) this.#passed++;
    if (this.port.clock(driven ?? 0)) {
      this.#requestBits = this.#clocks = this.#passed = 0;
      this.#lost = false;
    } else if (isIdle) {
      if (!this.#lost && driven !== null) this.#takeRequestBit(driven);
    } else if (!this.#isRead && at >= WORD_WRITTEN_AT)
      this.#takeWordBit(at - WORD_WRITTEN_AT, driven ?? PULLED_UP);
  }

  get #isRead(): boolean {
    return (this.#header & READ) !== 0;
  }

  #takeRequestBit(bit: 0 | 1): void {
    if (this.#requestBits === 0 && bit === 0) return; // idle
    if (this.#requestBits === 0) this.#request = 0;
    this.#request |= bit << this.#requestBits++;
    if (this.#requestBits < REQUEST_BITS) return;
    this.#requestBits = 0;
    this.#header = (this.#request >> 1) & 0xf;
    const ends = this.#request >> 5; // parity, stop 0, park 1
    this.#lost = ends !== (0b100 | parityOf(this.#header));
    if (!this.#lost) this.#answer();
  }

  #answer(): void {
    this.#clocks = this.#passed = 0;
    const ack = this.port.acknowledge(this.#header);
    if (ack === ACK_NONE) return;
    const damaged = ack === ACK_DAMAGED;
    const hasData = ack === ACK_OK || damaged || this.port.detectsOverrun;
    this.#clocks = hasData ? WITH_WORD : WITHOUT_WORD;
    this.#acknowledge = damaged ? (this.#isRead ? ACK_OK : DAMAGED_BITS) : ack;
    this.#listens = ack === ACK_OK;
    this.#word = this.#isRead && (ack === ACK_OK || damaged) ? this.port.carryOut(this.#header, 0) : 0;
    this.#parity = damaged ? flipped(parityOf(this.#word)) : parityOf(this.#word);
  }

  #takeWordBit(index: number, bit: 0 | 1): void {
    if (index < 32) this.#word |= bit << index;
    else if (this.#listens && parityOf(this.#word) === bit)
      this.port.carryOut(this.#header, this.#word >>> 0);
  }
}

const bitOf = (word: number, index: number): 0 | 1 => ((word >>> index) & 1) as 0 | 1;
const flipped = (bit: 0 | 1): 0 | 1 => (bit === 0 ? 1 : 0);

function parityOf(word: number): 0 | 1 {
  let folded = word ^ (word >>> 16);
  folded ^= folded >>> 8;
  folded ^= folded >>> 4;
  folded ^= folded >>> 2;
  return ((folded ^ (folded >>> 1)) & 1) as 0 | 1;
}
