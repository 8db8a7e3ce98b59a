/** One input on its way: what was noted of it, what must not change, and what may be told to nobody. */
import { equalBytes, toHex } from '../../src/bytes.ts';
import { KnownError } from '../../src/errors.ts';

/** Something that may not be so whatever the input: a fault, like any error that was not foreseen. */
export class Broken extends Error {}

/** An input that is none of its kind any more, and for others to judge: refused without an error. */
export class NoInput extends Error {}

/** Of a key, that no text may hold of it: whoever has so much of it needs little more. */
const SECRET_DIGITS = 12;

export class Trial {
  /** What the input is: the file it began as, and what was done to it. For whoever looks at a failure. */
  readonly notes: string[] = [];
  /** The door is behind it: what stops it from here on is about its content. */
  isAccepted = false;
  /** Files as they were given. */
  readonly given = new Map<string, Uint8Array>();
  readonly #asGiven = new Map<string, Uint8Array>();
  readonly #secrets = new Set<string>();
  readonly #told: string[] = [];

  note(text: string): void {
    this.notes.push(text);
  }

  /** Remember a file; it has to be the same at the end. */
  gives<Bytes extends Uint8Array>(name: string, bytes: Bytes): Bytes {
    this.given.set(name, bytes);
    this.#asGiven.set(name, bytes.slice());
    return bytes;
  }

  /** A key, as bytes or as hex digits. Keys that say nothing, of one byte again and again, are let go. */
  secret(key: Uint8Array | string): void {
    const digits = (typeof key === 'string' ? key : toHex(key)).toLowerCase();
    if (!/^[\da-f]+$/.test(digits) || digits.length < SECRET_DIGITS) return;
    if (new Set(digits.match(/../g)).size < 4) return;
    this.#secrets.add(digits.slice(0, SECRET_DIGITS));
    this.#secrets.add(digits.slice(-SECRET_DIGITS));
  }

  /** What the input says in places that are no secret: a key that stands there too is told by its owner. */
  isPublic(text: string): void {
    const lower = text.toLowerCase();
    for (const secret of this.#secrets) if (lower.includes(secret)) this.#secrets.delete(secret);
  }

  /** What a person gets to see, or a log: text, error, or plain data. */
  tells(what: unknown): void {
    if (what instanceof KnownError) this.tells({ ...what, message: what.message });
    else if (what instanceof Error) this.#told.push(what.message);
    else this.#told.push(typeof what === 'string' ? what : (JSON.stringify(what, plain) ?? ''));
  }

  accept(): void {
    this.isAccepted = true;
  }

  /** @throws {Broken} when a file was changed, or a key was told */
  check(): void {
    for (const [name, bytes] of this.given)
      if (!equalBytes(bytes, this.#asGiven.get(name)!)) throw new Broken(`${name} was changed`);
    if (this.#secrets.size === 0) return;
    for (const text of this.#told) {
      const lower = text.toLowerCase();
      for (const secret of this.#secrets) {
        const at = lower.indexOf(secret);
        if (at !== -1) throw new Broken(`A key is told: …${text.slice(Math.max(0, at - 60), at + 6)}…`);
      }
    }
  }
}

/** Bytes in a view are rows of numbers, which say as much as digits. */
const plain = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? toHex(value) : typeof value === 'bigint' ? String(value) : value;

/** @throws {Broken} */
export function must(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Broken(what);
}
