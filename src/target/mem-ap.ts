/**
 * Memory behind the AHB access port, in aligned words.
 *
 * Below lies the debug port; above lies all that reads or writes the chip. TAR is written anew at every kilobyte: it counts
 * on within 4 KB on an nRF52, but the architecture promises no more (Arm IHI 0031, section on the MEM-AP).
 */
import type { Segment, Stretch } from '../image/index.ts';
import { pollAp, readAp, writeAp, type SwdTransfer } from '../probe/index.ts';
import type { DebugPort } from './debug-port.ts';
import { locked } from './errors.ts';

export type MemoryAccess =
  | { readonly kind: 'read'; readonly address: number; readonly lengthWords: number }
  | { readonly kind: 'write'; readonly address: number; readonly words: ArrayLike<number> }
  /** The probe reads the word until its bits under `mask` are those of `value`. */
  | { readonly kind: 'poll'; readonly address: number; readonly mask: number; readonly value: number };

export const readWords = (address: number, lengthWords: number): MemoryAccess => ({
  kind: 'read',
  address,
  lengthWords,
});
export const writeWords = (address: number, words: ArrayLike<number>): MemoryAccess => ({
  kind: 'write',
  address,
  words,
});
export const pollWord = (address: number, mask: number, value: number): MemoryAccess => ({
  kind: 'poll',
  address,
  mask,
  value,
});

const AHB_AP = 0;
const CSW = 0x0;
const TAR = 0x4;
const DRW = 0xc;
/** Word size, privileged data access by the debugger. */
const CSW_WORD = 0x23000002;
const CSW_INCREMENT = 0x10;
const CSW_DEVICE_ENABLED = 0x40;
/** Bytes within which every MEM-AP increments TAR. */
const TAR_BLOCK = 0x400;

export class MemAp {
  /** CSW as last written; unknown at first and after an error. */
  #csw: number | undefined;

  constructor(readonly port: DebugPort) {}

  /**
   * Carry out accesses in order, in as few packets as the probe can.
   *
   * @returns the words of all reads, in order
   * @throws  `target/locked` when the port is closed, and what `SwdLink.transfer` throws
   */
  async run(accesses: readonly MemoryAccess[], signal?: AbortSignal): Promise<Uint32Array> {
    let csw = this.#csw ?? (await this.#open(signal));
    const transfers: SwdTransfer[] = [];
    const setMode = (wanted: number) => {
      if (csw !== wanted) transfers.push(writeAp(CSW, wanted));
      csw = wanted;
    };
    for (const access of accesses) {
      if (access.kind === 'poll') {
        setMode(CSW_WORD); // read again and again, TAR must stay
        transfers.push(writeAp(TAR, access.address), pollAp(DRW, access.mask, access.value));
        continue;
      }
      const total = access.kind === 'read' ? access.lengthWords : access.words.length;
      if (total > 1 || csw === undefined) setMode(CSW_WORD | CSW_INCREMENT);
      for (let done = 0; done < total;) {
        const address = access.address + 4 * done;
        const count = Math.min(total - done, (TAR_BLOCK - (address % TAR_BLOCK)) / 4);
        transfers.push(writeAp(TAR, address));
        transfers.push(
          access.kind === 'read'
            ? readAp(DRW, count)
            : writeAp(DRW, count === total ? access.words : sliceOf(access.words, done, done + count)),
        );
        done += count;
      }
    }
    this.#csw = undefined;
    const words = await this.port.run(AHB_AP, 0, transfers, signal);
    this.#csw = csw;
    return words;
  }

  async readWord(address: number): Promise<number> {
    return (await this.run([readWords(address, 1)]))[0]!;
  }

  async writeWord(address: number, word: number): Promise<void> {
    await this.run([writeWords(address, [word])]);
  }

  /** Bytes from any address, of any length. */
  async readBytes(address: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return (await this.readStretches([{ address, length }], signal))[0]!.bytes;
  }

  /** The same of several stretches at once, in their order. */
  async readStretches(stretches: readonly Stretch[], signal?: AbortSignal): Promise<Segment[]> {
    const aligned = stretches.map(({ address, length }) => {
      const start = address - (address % 4);
      return { start, lengthWords: Math.ceil((address + length - start) / 4) };
    });
    const words = await this.run(
      aligned.map(({ start, lengthWords }) => readWords(start, lengthWords)),
      signal,
    );
    let at = 0;
    return stretches.map(({ address, length }, i) => {
      const { start, lengthWords } = aligned[i]!;
      const bytes = new Uint8Array(words.buffer, 4 * at + address - start, length); // every engine that runs this is little-endian
      at += lengthWords;
      return { address, bytes };
    });
  }

  async #open(signal?: AbortSignal): Promise<number | undefined> {
    const [csw] = await this.port.run(AHB_AP, 0, [readAp(CSW)], signal);
    if (!(csw! & CSW_DEVICE_ENABLED)) throw locked();
    return undefined; // whatever it says, it is not what we need
  }
}

const sliceOf = (words: ArrayLike<number>, from: number, to: number): ArrayLike<number> =>
  words instanceof Uint32Array ? words.subarray(from, to) : Array.prototype.slice.call(words, from, to);
