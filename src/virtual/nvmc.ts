/**
 * The flash controller of a virtual chip: what a store, an erase or a loss of power does to flash and UICR.
 *
 * Source: NVMC chapters of the nRF52 product specifications; docs/probe-protocols.md §7 for what they leave open. Results stand
 * in memory as soon as an operation starts, since nobody can read them before it ends; an operation cut short leaves weak cells.
 */
import { hex } from '../bytes.ts';
import type { ChipProfile } from './chip-profiles.ts';
import type { Memory } from './memory.ts';
import { WeakCells } from './weak-cells.ts';

export const NVMC_BASE = 0x4001e000;
const READY = 0x400;
const READYNEXT = 0x408;
const CONFIG = 0x504;
const ERASEPAGE = 0x508;
const ERASEALL = 0x50c;
const ERASEUICR = 0x514;

const WRITE_ENABLE = 1;
const ERASE_ENABLE = 2;

export type FlashEvent =
  | { readonly kind: 'erase-page'; readonly address: number }
  | { readonly kind: 'erase-all' }
  | { readonly kind: 'erase-uicr' }
  /** Power or a reset ended it before its time: what it was about is undefined. */
  | { readonly kind: 'cut-short'; readonly operation: 'erase' | 'write' };

interface Span {
  readonly memory: Memory;
  readonly offset: number;
  readonly before: Uint8Array;
}

interface Operation {
  readonly startUs: number;
  readonly endUs: number;
  readonly spans: readonly Span[];
}

export class VirtualNvmc {
  /** What a datasheet forbids and silicon does not report, in words. Empty after a job done right. */
  readonly violations: string[] = [];
  #config = 0;
  /** The last ones started, oldest first; those that ended are dropped when the next starts. */
  #operations: Operation[] = [];
  /** Writes since the last erase, by word or by block address. */
  readonly #writes = new Map<number, number>();
  readonly #weak: ReadonlyMap<Memory, WeakCells>;
  /** Erases and words written since the chip was made, those under way included. */
  operations = 0;

  constructor(
    readonly profile: ChipProfile,
    readonly flash: Memory,
    readonly uicr: Memory,
    readonly coreRuns: () => boolean,
    readonly losesStores: boolean,
    readonly wornAt: number | undefined,
    readonly record: (event: FlashEvent) => void,
    /** Told of each operation when it starts, and how long it takes. */
    readonly begins: (startUs: number, endUs: number) => void = () => {},
  ) {
    this.#weak = new Map([flash, uicr].map((memory) => [memory, new WeakCells(memory.bytes)]));
  }

  readRegister(offset: number, nowUs: number): number {
    if (offset === READY) return this.#busyUntil() <= nowUs ? 1 : 0;
    if (offset === READYNEXT && this.profile.readyNext) return this.storeTakenAt(nowUs) <= nowUs ? 1 : 0;
    return offset === CONFIG ? this.#config : 0;
  }

  writeRegister(offset: number, value: number, nowUs: number): void {
    if (![CONFIG, ERASEPAGE, ERASEALL, ERASEUICR].includes(offset)) return;
    if (this.#busyUntil() > nowUs) {
      this.violations.push(`NVMC register ${hex(offset, 3)} written while busy`);
      return;
    }
    if (offset === CONFIG) {
      if (value > ERASE_ENABLE) this.violations.push(`CONFIG set to ${value}`);
      this.#config = value;
      return;
    }
    if (this.#config !== ERASE_ENABLE) {
      this.violations.push(`erase without CONFIG.EEN`);
      return;
    }
    if (offset === ERASEPAGE) this.#erasePage(value, nowUs);
    else if (value === 1 && offset === ERASEALL) this.eraseAll(nowUs);
    else if (value === 1) {
      this.record({ kind: 'erase-uicr' });
      this.#erase([whole(this.uicr)], this.profile.timing.erasePage, nowUs);
    }
  }

  /** A word stored to flash or UICR; without CONFIG.WEN it changes nothing. Starts when the bus lets it through. */
  store(memory: Memory, address: number, word: number, nowUs: number): void {
    if (this.#config !== WRITE_ENABLE) {
      this.violations.push(`store to ${hex(address, 8)} without CONFIG.WEN`);
      return;
    }
    if (this.losesStores && this.storeTakenAt(nowUs) > nowUs) return;
    if (this.coreRuns()) this.violations.push('flash written while the core runs');
    const offset = address - memory.base;
    const before = memory.bytes.slice(offset, offset + 4);
    const old = memory.read(address, 4);
    if ((old & word) >>> 0 !== word >>> 0)
      this.violations.push(`store to ${hex(address, 8)} needs a 0 to become 1`);
    this.#countWrite(address);
    if (address !== this.wornAt) memory.write(address, 4, old & word);
    this.#weak.get(memory)!.stored(offset, memory.bytes.subarray(offset, offset + 4));
    this.#start(
      [{ memory, offset, before }],
      this.profile.timing.writeWord,
      Math.max(nowUs, this.#busyUntil()),
      nowUs,
    );
  }

  /** Everything, UICR included; the control access port can do this too, whatever CONFIG says. */
  eraseAll(nowUs: number): void {
    this.record({ kind: 'erase-all' });
    this.#erase([whole(this.flash), whole(this.uicr)], this.profile.timing.eraseAll, nowUs);
  }

  /** The chip has power again: weak cells may read otherwise. */
  powerOn(): void {
    for (const cells of this.#weak.values()) cells.read();
  }

  /** When the bus carries a read of flash through: not before the controller is done with it. */
  readTakenAt(nowUs: number): number {
    return Math.max(nowUs, this.#busyUntil());
  }

  /** When the bus takes another store: at once, or when the one before the last is done, or the last. */
  storeTakenAt(nowUs: number): number {
    const free = this.profile.readyNext ? (this.#operations.at(-2)?.endUs ?? 0) : this.#busyUntil();
    const last = this.#operations.at(-1);
    return Math.max(nowUs, last && !isWord(last.spans) ? last.endUs : free);
  }

  isBusy(nowUs: number): boolean {
    return this.#busyUntil() > nowUs;
  }

  busyEndsUs(nowUs: number): number | undefined {
    return this.isBusy(nowUs) ? this.#busyUntil() : undefined;
  }

  /** A reset or a loss of power: what was under way is left half done, what had not begun does not happen. */
  interrupt(nowUs: number): void {
    for (const { startUs, endUs, spans } of this.#operations.toReversed()) {
      if (endUs <= nowUs) continue;
      if (startUs < nowUs) this.record({ kind: 'cut-short', operation: isWord(spans) ? 'write' : 'erase' });
      const share = (nowUs - startUs) / (endUs - startUs);
      for (const { memory, offset, before } of spans) {
        if (startUs >= nowUs) memory.bytes.set(before, offset);
        else {
          const after = memory.bytes.slice(offset, offset + before.length);
          this.#weak.get(memory)!.cutShort(offset, before, after, share);
        }
      }
    }
    this.#operations = [];
    this.#config = 0;
  }

  #busyUntil(): number {
    return this.#operations.at(-1)?.endUs ?? 0;
  }

  #erasePage(address: number, nowUs: number): void {
    const { pageSize, flashSize } = this.profile.chip;
    if (address >= flashSize) return;
    const page = address - (address % pageSize);
    this.record({ kind: 'erase-page', address: page });
    const before = this.flash.bytes.slice(page, page + pageSize);
    this.#erase([{ memory: this.flash, offset: page, before }], this.profile.timing.erasePage, nowUs);
  }

  #erase(spans: readonly Span[], durationUs: number, nowUs: number): void {
    if (this.coreRuns() && this.#config === ERASE_ENABLE)
      this.violations.push('flash erased while the core runs');
    for (const { memory, offset, before } of spans) {
      memory.bytes.fill(0xff, offset, offset + before.length);
      this.#weak.get(memory)!.erased(offset, before.length);
      const base = memory.base + offset;
      for (const address of this.#writes.keys()) {
        if (address >= base && address < base + before.length) this.#writes.delete(address);
      }
    }
    this.#start(spans, durationUs, nowUs, nowUs);
  }

  #start(spans: Operation['spans'], durationUs: number, startUs: number, nowUs: number): void {
    this.#operations = this.#operations.filter((one) => one.endUs > nowUs);
    this.#operations.push({ startUs, endUs: startUs + durationUs, spans });
    this.operations++;
    this.begins(startUs, startUs + durationUs);
  }

  #countWrite(address: number): void {
    const { per, count } = this.profile.writeLimit;
    const key = per === 'word' ? address : address - (address % 512);
    const writes = (this.#writes.get(key) ?? 0) + 1;
    this.#writes.set(key, writes);
    if (writes > count) this.violations.push(`${writes} writes to ${per} ${hex(key, 8)} since its erase`);
  }
}

const whole = (memory: Memory): Span => ({ memory, offset: 0, before: memory.bytes.slice() });

const isWord = (spans: readonly Span[]) => spans[0]!.before.length === 4;
