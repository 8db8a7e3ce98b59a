/**
 * The newest number of each source: what is not newer was heard before, or is repeated by somebody.
 * Source: Mesh Protocol 1.1, 3.9.8 (message replay protection).
 */

/** A number under its IV index; of a segmented message that of its first segment (SeqAuth). */
export interface SequenceAuth {
  readonly ivIndex: number;
  readonly sequence: number;
}

const isNewer = (one: SequenceAuth, other: SequenceAuth) =>
  one.ivIndex > other.ivIndex || (one.ivIndex === other.ivIndex && one.sequence > other.sequence);

export class ReplayList {
  readonly #newest: Map<number, SequenceAuth>;

  /**
   * @param capacity  sources that find room; those after them are never heard
   * @param known     as `entries` gave it
   */
  constructor(
    readonly capacity: number = Infinity,
    known: Iterable<readonly [number, SequenceAuth]> = [],
  ) {
    this.#newest = new Map(known);
  }

  /** By source. */
  entries(): readonly (readonly [number, SequenceAuth])[] {
    return [...this.#newest];
  }

  /** Whether a message with this number may be heard. */
  accepts(source: number, number: SequenceAuth): boolean {
    const newest = this.#newest.get(source);
    return newest ? isNewer(number, newest) : this.#newest.size < this.capacity;
  }

  /** It was heard. One older than another that was heard changes nothing. */
  heard(source: number, number: SequenceAuth): void {
    const newest = this.#newest.get(source);
    if (!newest || isNewer(number, newest)) this.#newest.set(source, number);
  }

  /** A person says that the board with this address is another one now, whose numbers begin anew. */
  forget(source: number): void {
    this.#newest.delete(source);
  }
}
