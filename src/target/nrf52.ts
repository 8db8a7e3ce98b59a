/**
 * One nRF52 behind a link: who it is, whether its port is open, what is in it, and the way to put an image there.
 *
 * Nothing here is done to a chip unasked: attaching reads ids and leaves a running node running. Only `unlock` and `program`
 * erase, and a protected chip is erased only with a permission that comes from a person's choice.
 */
import type { Clock } from '../clock.ts';
import { MemoryImage, type Segment, type Stretch } from '../image/index.ts';
import type { SwdLink } from '../probe/index.ts';
import { catchAtStart } from './catch-at-start.ts';
import { ChipChanges } from './chip-changes.ts';
import { ControlAp } from './control-ap.ts';
import { comparePages, type CompareOptions, type Comparison } from './compare.ts';
import { haltCore, haltInPlace, letGoOfCore, resetAndRunCore, survivesReset } from './core.ts';
import { DebugPort } from './debug-port.ts';
import { readDonor, type DonorReading, type DonorReadOptions } from './donor-read.ts';
import { closedByReset, locked, staysLocked } from './errors.ts';
import { assertSameChip, identify, type ChipIdentity } from './identify.ts';
import { MemAp } from './mem-ap.ts';
import { Nvmc } from './nvmc.ts';
import { askedUntil } from './patience.ts';
import { watchCore } from './running-state.ts';
import {
  programChip,
  type ErasePermission,
  type ProgramOptions,
  type ProgramReport,
  type ProgramTarget,
} from './program.ts';

export interface AttachOptions {
  readonly clock: Clock;
  /** SWD clock once the chip is found; 4 MHz when left out. The chip's limit is 8 MHz, bad wires want less. */
  readonly clockHz?: number;
  readonly signal?: AbortSignal;
}

/** Bytes read between two looks at the signal. */
const READ_STEP = 0x4000;
/** After a pause: stacks that missed their moments fall over at once. */
const LOOK_AFTER = { looks: 6, everyMs: 40 };
/** Start-up code that opens the port does so among the first things; this is long. */
const OPENS_AGAIN_MS = 100;

export class Nrf52 implements ProgramTarget {
  readonly memory: MemAp;
  #identity: ChipIdentity | undefined;
  /** Erased in this session, flash and UICR, and nothing written since. */
  #isErased = false;
  /** An erase has opened it; for all we know the next reset closes it again. */
  #openUntilReset = false;
  #openedBy: 'erase' | 'reset' | undefined;
  /** Halted by us, for no job that would start it again. */
  #isStopped = false;
  #isCaught = false;

  private constructor(
    readonly port: DebugPort,
    readonly control: ControlAp,
  ) {
    this.memory = new MemAp(port);
  }

  /**
   * Find the chip behind a link and, when its port is open, read who it is.
   *
   * @throws `target/not-nrf52`, `target/unknown-part`, `probe/no-ack`, and what the link throws
   */
  static async attach(link: SwdLink, { clock, clockHz = 4_000_000, signal }: AttachOptions): Promise<Nrf52> {
    const port = new DebugPort(link, clock);
    await port.connect(signal);
    const control = new ControlAp(port);
    await control.check();
    const chip = new Nrf52(port, control);
    await link.setClock(clockHz);
    if (await isReallyOpen(control)) chip.#identity = await identifySurely(chip.memory);
    return chip;
  }

  get identity(): ChipIdentity | undefined {
    return this.#identity;
  }

  /** `identity.deviceId`, if nothing is wrong. @throws what the link throws */
  async askIdAgain(): Promise<string> {
    return (await identify(this.memory)).deviceId;
  }

  get isLocked(): boolean {
    return this.#identity === undefined;
  }

  /** What opened a protected chip in this session: the erase alone, or the reset after it. */
  get openedBy(): 'erase' | 'reset' | undefined {
    return this.#openedBy;
  }

  get isErased(): boolean {
    return this.#isErased;
  }

  /**
   * Halt for a job. A reset before makes an end of transfers and of flash protection that the old firmware set up, but must not close the
   * port. The build of the chip predicts whether it would; what the chip does decides, and is remembered in `identity`.
   *
   * @returns whether it was reset
   * @throws  `target/locked`, `target/closed-by-reset`, `target/not-halted`
   */
  async haltForJob(): Promise<'reset' | 'in place'> {
    const identity = this.#identity;
    if (!identity) throw locked();
    if (!identity.relocks && !this.#openUntilReset) {
      if (await survivesReset(this.memory, this.control)) return 'reset';
      const opens = await askedUntil(() => this.control.isOpen(), OPENS_AGAIN_MS, this.port.clock);
      this.#identity = opens ? { ...identity, relocks: true } : undefined;
      if (!opens) throw closedByReset(identity.variant);
    }
    await haltInPlace(this.memory, identity.chip);
    return 'in place';
  }

  willBeWritten(): void {
    this.#isErased = false;
  }

  /**
   * Erase flash, UICR and RAM of a protected chip, which opens its port.
   *
   * Newer silicon is open from then to the next reset and would close with it; older silicon may open only with a reset. So
   * a reset is tried where the erase alone did not open it, and nowhere else.
   *
   * @throws `target/locked` without permission, `target/stays-locked`, `target/unknown-part`
   */
  unlock({ mayEraseAll }: ErasePermission): Promise<ChipIdentity> {
    const changes = new ChipChanges();
    return changes.toldBy(async () => {
      if (!mayEraseAll) throw locked();
      changes.chipErase = 'begun';
      await this.control.eraseAll();
      changes.chipErase = 'done';
      this.#openUntilReset = await this.control.isOpen();
      this.#openedBy = this.#openUntilReset ? 'erase' : 'reset';
      if (!this.#openUntilReset) {
        await this.control.reset();
        if (!(await this.control.isOpen())) throw staysLocked();
      }
      await haltCore(this.memory);
      this.#identity = await identifySurely(this.memory);
      this.#isErased = true;
      return this.#identity;
    });
  }

  /**
   * What is in the chip, by default its whole flash. The core runs on meanwhile: a node that writes may change under the reading.
   *
   * @param stretches  what to read; any address and length within flash, UICR or RAM
   * @throws `target/locked`
   */
  async readImage(
    stretches?: readonly Stretch[],
    options: { progress?: (doneBytes: number, totalBytes: number) => void; signal?: AbortSignal } = {},
  ): Promise<MemoryImage> {
    if (!this.#identity) throw locked();
    const wanted = stretches ?? [{ address: 0, length: this.#identity.chip.flashSize }];
    const totalBytes = wanted.reduce((sum, one) => sum + one.length, 0);
    const segments: Segment[] = [];
    let doneBytes = 0;
    for (const batch of batchesOf(wanted)) {
      const read = await this.memory.readStretches(batch, options.signal);
      segments.push(...read);
      doneBytes += read.reduce((sum, { bytes }) => sum + bytes.length, 0);
      options.progress?.(doneBytes, totalBytes);
    }
    return MemoryImage.of(segments);
  }

  /**
   * Whether flash holds these pages, told by hashes computed in the chip: some tenths of a second for all of it. The core is halted
   * for it and stays so until `restart` or `program`.
   *
   * @param pages  whole pages by rising address, one at least
   * @throws `target/locked`; `target/not-halted`, and then the core is left running
   */
  async compare(pages: readonly Segment[], options: CompareOptions = {}): Promise<Comparison> {
    if (!this.#identity) throw locked();
    const { memory } = this;
    const { chip } = this.#identity;
    try {
      await this.haltForJob();
    } catch (error) {
      await letGoOfCore(memory).catch(() => {}); // the first error is the one to tell
      throw error;
    }
    this.#isStopped = true;
    return comparePages({ memory, nvmc: new Nvmc(memory), pageSize: chip.pageSize }, pages, options);
  }

  /**
   * All of a node, read while it stands still; it runs on afterwards. See `readDonor`. A chip that is closed is restarted once, and caught
   * if its firmware opens the port: see `catchAtStart`.
   */
  async readDonor(options: DonorReadOptions = {}): Promise<DonorReading> {
    const isOpen = await this.control.isOpen(); // a firmware that was woken may have closed it since
    if (!isOpen) {
      options.signal?.throwIfAborted();
      await catchAtStart(this.memory, this.control);
      this.#isCaught = true;
      this.#identity = await identify(this.memory);
    }
    return readDonor(this, { ...options, wasClosed: this.#isCaught });
  }

  /** Do something while the core stands still where it is; it runs on afterwards, also where that fails. @throws `target/not-halted` */
  async whileHalted<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      await haltCore(this.memory);
      return await work();
    } finally {
      await letGoOfCore(this.memory).catch(() => {}); // the first error is the one to tell
    }
  }

  /**
   * Whether the firmware runs on after it stood still; one that does not, as its radio missed its moments, is restarted. This ends the
   * session.
   */
  async goesOn(): Promise<'runs on' | 'restarted'> {
    if (this.#isCaught) {
      await this.port.powerDown(); // it is in its start, and may close the port any moment
      return 'restarted';
    }
    const { flashSize } = this.#identity!.chip;
    const state = await watchCore(this.memory, { flashSize, ...LOOK_AFTER });
    if (state.kind !== 'runs') await resetAndRunCore(this.memory);
    await this.port.powerDown();
    return state.kind === 'runs' ? 'runs on' : 'restarted';
  }

  /** Reset a chip that `compare` has stopped, so that its firmware runs; others are left alone. This ends the session. */
  async restart(): Promise<void> {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    await resetAndRunCore(this.memory);
    await this.port.powerDown();
  }

  /** Make the chip hold this image and run it, see `programChip`. This ends the session: attach again for more. */
  program(image: MemoryImage, options: ProgramOptions = {}): Promise<ProgramReport> {
    this.#isStopped = false; // it is for the job to start it, where it comes to its end
    return programChip(this, image, options);
  }
}

/** Who takes an open chip for a closed one may erase it, so a chip has to say so twice. */
const isReallyOpen = async (control: ControlAp): Promise<boolean> =>
  (await control.isOpen()) || control.isOpen();

async function identifySurely(memory: MemAp): Promise<ChipIdentity> {
  const identity = await identify(memory);
  await assertSameChip(memory, identity);
  return identity;
}

/** Stretches in pieces that come to `READ_STEP` bytes together, no more. */
function* batchesOf(stretches: readonly Stretch[]): Iterable<readonly Stretch[]> {
  let batch: Stretch[] = [];
  let room = READ_STEP;
  for (const { address, length } of stretches) {
    for (let from = 0; from < length;) {
      const piece = { address: address + from, length: Math.min(room, length - from) };
      batch.push(piece);
      from += piece.length;
      room -= piece.length;
      if (room > 0) continue;
      yield batch;
      batch = [];
      room = READ_STEP;
    }
  }
  if (batch.length > 0) yield batch;
}
