/**
 * Entries encrypted with a password, as WinZip defined it and other programs took it over: AE-2 with AES-256. Deflated data comes in
 * and leaves as salt, password check, ciphertext and authentication code; the frame around it is `ZipStream`'s.
 *
 * Source: WinZip, "AES Encryption Information: Encryption Specification AE-1 and AE-2", 1.04; its section is given with each part.
 */
import { bytes, struct, u16, u8 } from '../bytes.ts';
import type { DeflatedFile } from './deflated-file.ts';
import { portableCrypto, type EntryCrypto, type KeysOfSalt } from './entry-crypto.ts';
import { checkPassword } from './password.ts';

/** II.B: stands behind the name in both headers, and says how the data is deflated below its encryption. */
const aesField = struct({
  id: u16,
  size: u16,
  version: u16,
  vendor: bytes(2),
  strength: u8,
  method: u16,
});
const AE_2 = 2;
const AES_256 = 3;

/** What the headers of an encrypted entry say, beside the sizes. */
export const ENCRYPTED = {
  /** APPNOTE 4.4.3.2 */
  version: 51,
  /** APPNOTE 4.4.4, bit 0 */
  flag: 0x0001,
  method: 99,
  /** II.A: nothing that the data could be told by. */
  crc32: 0,
  extra: (method: number): Uint8Array =>
    aesField.encode({
      id: 0x9901,
      size: aesField.size - aesField.offsets.version,
      version: AE_2,
      vendor: Uint8Array.of(0x41, 0x45), // AE
      strength: AES_256,
      method,
    }),
} as const;

/** III.B, III.C for AES-256 */
const ROUNDS = 1000;
const KEY = 32;
const SALT = 16;
const CHECK = 2;
const CODE = 10;
const BLOCK = 16;

/** Ciphertext is made in pieces of this size: what is thrown away with each stays small. */
const PIECE = 1 << 16;
/** Keys are made ahead, where a platform makes them beside its other work. */
const AHEAD = 4;

/** Keys of one entry. No two have the same: with the same key they would have the same key stream, and each would tell the other. */
interface EntryKeys {
  readonly salt: Uint8Array;
  readonly encryption: Uint8Array;
  readonly authentication: Uint8Array<ArrayBuffer>;
  readonly check: Uint8Array;
}

export class EntryEncryption {
  readonly #randomBytes: (count: number) => Uint8Array;
  readonly #crypto: EntryCrypto;
  readonly #keysOf: KeysOfSalt;
  readonly #ahead: Promise<EntryKeys>[] = [];
  readonly #counters = new Uint8Array(PIECE);
  /** Of the entry at hand; the next one has the same place. */
  #data = new Uint8Array(PIECE);

  /**
   * @param randomBytes  for salts; tried, see `random/`
   * @throws             what `checkPassword` says of the password
   */
  constructor(
    password: string,
    randomBytes: (count: number) => Uint8Array,
    crypto: EntryCrypto = portableCrypto,
  ) {
    const wrong = checkPassword(password);
    if (wrong) throw wrong;
    this.#randomBytes = randomBytes;
    this.#crypto = crypto;
    this.#keysOf = crypto.keysFrom(new TextEncoder().encode(password), ROUNDS, 2 * KEY + CHECK);
  }

  /** @returns the entry's data in pieces, good until the next call */
  async encrypt({ pieces }: Pick<DeflatedFile, 'pieces'>): Promise<readonly Uint8Array[]> {
    const { salt, encryption, authentication, check } = await this.#nextKeys();
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (size > this.#data.length) this.#data = new Uint8Array(Math.ceil(size / PIECE) * PIECE);
    let at = 0;
    for (const piece of pieces) {
      this.#data.set(piece, at);
      at += piece.length;
    }
    for (let from = 0; from < size; from += PIECE)
      this.#encryptPiece(encryption, from, Math.min(PIECE, size - from));
    const data = this.#data.subarray(0, size);
    const code = await this.#crypto.authenticate(authentication, data);
    return [salt, check, data, code.subarray(0, CODE)];
  }

  /** III.A: counter mode, whose counter begins at 1 and has its lowest byte first. */
  #encryptPiece(key: Uint8Array, from: number, length: number): void {
    const counters = this.#counters.subarray(0, Math.ceil(length / BLOCK) * BLOCK);
    const view = new DataView(counters.buffer);
    // of the 128 bits of the counter, an entry below 4 GB moves no more than 28
    for (let at = 0; at < counters.length; at += BLOCK) view.setUint32(at, (from + at) / BLOCK + 1, true);
    const stream = this.#crypto.encryptBlocks(key, counters);
    const words = new Uint32Array(this.#data.buffer, from, counters.length / 4); // behind the data there is room
    const streamWords = new Uint32Array(stream.buffer, stream.byteOffset, words.length);
    for (let i = 0; i < words.length; i++) words[i]! ^= streamWords[i]!;
  }

  #nextKeys(): Promise<EntryKeys> {
    while (this.#ahead.length < AHEAD) {
      const keys = this.#makeKeys();
      keys.catch(() => {}); // whoever waits for these hears of it
      this.#ahead.push(keys);
    }
    return this.#ahead.shift()!;
  }

  async #makeKeys(): Promise<EntryKeys> {
    const salt = Uint8Array.from(this.#randomBytes(SALT));
    const keys = await this.#keysOf(salt);
    return {
      salt,
      encryption: keys.subarray(0, KEY),
      authentication: keys.subarray(KEY, 2 * KEY),
      check: keys.subarray(2 * KEY),
    };
  }
}
