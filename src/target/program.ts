/**
 * The job: a chip of whatever past becomes exactly this image.
 *
 * In this order: check that the image fits, find out, plan (write-plan.ts), erase, write flash, read all of it back, UICR, protection,
 * reset. The UICR comes late because it tells the firmware where things are and may close the port; nothing resets the chip before
 * everything was read back, as on newer silicon the port is closed from then on.
 * Long because it is one job.
 */
import {
  FICR_START,
  UICR_END,
  UICR_START,
  foreignUicr,
  type Chip,
  type MemoryImage,
  type PackedPage,
  type Segment,
} from '../image/index.ts';
import { ChipChanges } from './chip-changes.ts';
import type { ControlAp } from './control-ap.ts';
import { haltInPlace, resetAndRunCore } from './core.ts';
import {
  foreignUicr as wrongUicr,
  locked,
  outsideMemory,
  unsteadyRead,
  verifyFailed,
  wrongChip,
} from './errors.ts';
import {
  firstDifference,
  writeDirectly,
  type FlashWriter,
  type OpenFlashWriter,
  type PageToWrite,
} from './flash-writer.ts';
import type { DebugPort } from './debug-port.ts';
import { assertSameChip, type ChipIdentity } from './identify.ts';
import { loaderWriter } from './loader-writer.ts';
import type { MemAp } from './mem-ap.ts';
import { Nvmc } from './nvmc.ts';
import type { LinkRate } from './transfers.ts';
import {
  bringsUicr,
  isErasedAlone,
  isWritten,
  pagesOf,
  planChipErase,
  planWrite,
  type ChipErase,
  type Found,
  type UicrWord,
  type WritePlan,
} from './write-plan.ts';
import { UICR_APPROTECT } from './registers.ts';

/** To erase a chip that protects what is on it. Made from a person's own choice, never by default. */
export interface ErasePermission {
  readonly mayEraseAll: boolean;
}

/** What the job needs of a chip behind a link. */
export interface ProgramTarget {
  readonly port: DebugPort;
  readonly control: ControlAp;
  readonly memory: MemAp;
  /** Unknown while the port is closed. */
  readonly identity: ChipIdentity | undefined;
  /** Flash and UICR are blank, as they were erased in this session. */
  readonly isErased: boolean;
  /** See `Nrf52.haltForJob`. */
  haltForJob(): Promise<'reset' | 'in place'>;
  /** To be told before anything is written. */
  willBeWritten(): void;
  /** See `Nrf52.unlock`. */
  unlock(permission: ErasePermission): Promise<ChipIdentity>;
}

export type ProgramStage = 'comparing' | 'erasing' | 'writing' | 'verifying';

export interface ProgramOptions {
  /** The chip that the image was made for; another one is refused. */
  readonly chip?: Chip;
  /** Needed where the chip is protected. */
  readonly permission?: ErasePermission;
  /** Close the debug port for good measure; only an erase of everything opens it again. */
  readonly lock?: boolean;
  /** The loader in RAM where it works, the debug port alone where not; another way may be given. */
  readonly writer?: OpenFlashWriter;
  /** Pages of the image that were packed beforehand; they go that way where the plan says so. */
  readonly packed?: readonly PackedPage[];
  /**
   * Is told what will be done, before anything but the protection of a protected chip is changed; where that cannot be known before
   * an erase, told again in what form pages go to the chip.
   */
  readonly planned?: (plan: WritePlan) => void;
  readonly progress?: (stage: ProgramStage, doneBytes: number, totalBytes: number) => void;
  /** A job before this one ended early on this chip: nothing on it is trusted, however it reads. */
  readonly unfinished?: UnfinishedJob;
  /** Told before anything is erased: all of a UICR whose words are to stay. A job that ends behind an erase takes them with it. */
  readonly keeps?: (uicr: Uint8Array) => void;
  /**
   * Told once all is written and read back, before the port is closed for good measure and the chip is started: what the chip holds
   * can be read here. What it throws ends the job.
   */
  readonly written?: () => Promise<void>;
  /** Clear RAM before the start, so that whatever is found there afterwards is the new firmware's. */
  readonly clearRam?: boolean;
  /** Ends the job between two packets. A chip that was erased by then holds a part of the image and must be programmed again. */
  readonly signal?: AbortSignal;
}

/** What is still known of a job that ended early. */
export interface UnfinishedJob {
  /** The UICR as it `keeps` it, where it came that far. */
  readonly uicr?: Uint8Array | undefined;
}

export interface ProgramReport {
  readonly identity: ChipIdentity;
  /** What was done. */
  readonly plan: WritePlan;
  /** Pages that were erased or written, of all pages. */
  readonly pagesWritten: number;
  readonly pages: number;
  /** Words of the UICR that the image defines and that are not erased. */
  readonly uicrWords: number;
}

/**
 * Afterwards the chip holds the image and nothing else.
 *
 * @throws `target/locked`, `target/wrong-chip`, `target/outside-memory` before anything is changed (a protected chip tells
 *         who it is only once it was erased); `target/verify-failed`, `target/not-halted`, `target/not-ready`, and what the
 *         link throws; each says what was changed by then, in words and as the fact `changed`
 */
export function programChip(
  target: ProgramTarget,
  image: MemoryImage,
  options: ProgramOptions,
): Promise<ProgramReport> {
  const changes = new ChipChanges();
  return changes.toldBy(() => new Job(target, image, options, changes).run(), options.signal);
}

class Job {
  readonly #nvmc: Nvmc;

  constructor(
    readonly target: ProgramTarget,
    readonly image: MemoryImage,
    readonly options: ProgramOptions,
    readonly changes: ChipChanges,
  ) {
    this.#nvmc = new Nvmc(target.memory);
  }

  async run(): Promise<ProgramReport> {
    const { target, image, options } = this;
    options.signal?.throwIfAborted();
    const identity = target.identity ?? (await this.#unlock());
    assertFits(image, identity, options.chip);

    if (target.isErased) this.changes.chipErase = 'done';
    const halted = await target.haltForJob();
    const unseen: ChipErase | null = target.isErased
      ? { reason: 'protected', by: 'control port' }
      : halted === 'in place'
        ? { reason: 'closes at reset', by: 'control port' }
        : null;
    await assertSameChip(target.memory, identity);
    const plan = await (unseen ? this.#writeUnseen(identity, unseen) : this.#writeCompared(identity));
    await assertSameChip(target.memory, identity);
    await this.#writeUicr(plan, this.options.written);
    this.changes.stage = 'start';
    await resetAndRunCore(target.memory, options.clearRam ? identity.chip.ramSize : undefined);
    await target.port.powerDown();
    const told = target.identity ?? identity; // what it does at a reset may be known better by now
    return {
      identity: told,
      plan,
      pagesWritten: plan.chipErase ? plan.pages.length : changedPages(plan),
      pages: plan.pages.length,
      uicrWords: plan.uicr.words.length,
    };
  }

  async #unlock(): Promise<ChipIdentity> {
    const { permission = { mayEraseAll: false } } = this.options;
    if (!permission.mayEraseAll) throw locked();
    this.changes.chipErase = 'begun';
    const identity = await this.#erasing(() => this.target.unlock(permission));
    this.changes.chipErase = 'done';
    return identity;
  }

  /** All of the chip is erased or will be, so there is nothing to compare with. */
  async #writeUnseen(identity: ChipIdentity, chipErase: ChipErase): Promise<WritePlan> {
    const { packed } = this.options;
    const canBeRead = chipErase.reason !== 'protected';
    const found: Found = { chipErase, ...(await this.#uicrToKeep(canBeRead)) };
    const plan = this.#plan(identity, found);
    if (canBeRead) {
      await this.#eraseChip(chipErase);
      await haltInPlace(this.target.memory, identity.chip);
    }
    return this.#withWriter(identity, async (writer) => {
      // only now is there a program in the chip, and known how fast the link to it is
      const asSent = writer.link && packed ? this.#plan(identity, found, writer.link) : plan;
      await this.#writeFlash(writer, asSent, identity.chip);
      return asSent;
    });
  }

  async #writeCompared(identity: ChipIdentity): Promise<WritePlan> {
    const { chip } = identity;
    const pages = pagesOf(this.image, chip);
    return this.#withWriter(identity, async (writer) => {
      const different = new Set<number>();
      let chipErase: ChipErase | null = { reason: 'unfinished', by: 'flash controller' };
      if (!this.options.unfinished) {
        for (const { address } of await this.#find(writer, 'comparing', pages)) different.add(address);
        chipErase = planChipErase(chip, pages, different);
      }
      const plan = this.#plan(
        identity,
        chipErase
          ? { chipErase, ...(await this.#uicrToKeep(true, writer)) }
          : { chipErase, different, uicr: await this.#readUicr(writer) },
        writer.link,
      );
      if (chipErase) await this.#eraseChip(chipErase);
      await this.#writeFlash(writer, plan, chip);
      return plan;
    });
  }

  #plan({ chip }: ChipIdentity, found: Found, link?: LinkRate): WritePlan {
    const { lock = false, packed = [], planned, signal } = this.options;
    const plan = planWrite(chip, this.image, found, { lock, packed, link });
    signal?.throwIfAborted();
    planned?.(plan);
    return plan;
  }

  /** @returns what `work` does; the core is halted and the flash controller closed afterwards, however it went */
  async #withWriter<T>({ chip }: ChipIdentity, work: (writer: FlashWriter) => Promise<T>): Promise<T> {
    const { memory } = this.target;
    const open = this.options.writer ?? loaderWriter;
    const writer = await open({ memory, nvmc: this.#nvmc, pageSize: chip.pageSize });
    const result = await work(writer).catch(async (error) => {
      await writer.close().catch(() => {}); // the first error is the one to tell
      throw error;
    });
    await writer.close();
    return result;
  }

  async #eraseChip({ by }: ChipErase): Promise<void> {
    this.options.signal?.throwIfAborted();
    this.changes.chipErase = 'begun';
    await this.#erasing(() =>
      by === 'control port' ? this.target.control.eraseAll() : this.#nvmc.eraseAll(),
    );
    this.changes.chipErase = 'done';
  }

  /** Write what the plan says, and read back what it says. */
  async #writeFlash(writer: FlashWriter, plan: WritePlan, chip: Chip): Promise<void> {
    const { signal } = this.options;
    const pages = pagesOf(this.image, chip);
    const packed = new Map(this.options.packed?.map((page) => [page.address, page]));
    const chosen = plan.pages.flatMap((planned, i): PageToWrite[] => {
      if (!isWritten(planned) && !isErasedAlone(planned)) return [];
      const isPacked = planned.transfer.form === 'packed';
      return [{ ...pages[i]!, ...(isPacked && { packed: packed.get(planned.address) }) }];
    });
    this.target.willBeWritten();
    this.changes.pagesToChange = chosen.length;
    this.changes.pagesDone(0);
    if (chosen.length > 0) {
      const telling = this.#telling('writing', chosen);
      await writer.write(
        chosen,
        plan.chipErase === null,
        (doneBytes) => {
          this.changes.pagesDone(doneBytes / chip.pageSize);
          telling(doneBytes);
        },
        signal,
      );
    }
    for (const page of await this.#find(writer, 'verifying', pages))
      assertEqual(page, await this.target.memory.readBytes(page.address, chip.pageSize, signal));
  }

  /**
   * Words one by one, after the flash was read back; the word that closes the port last, when nothing is to be looked at any more. All of
   * it is read back: what was found before may have been read wrong, and words that nobody wrote with it.
   */
  async #writeUicr(plan: WritePlan, written?: () => Promise<void>): Promise<void> {
    const { toErase, write, words } = plan.uicr;
    if (toErase.length > 0 || write.length > 0) this.changes.stage = 'uicr';
    if (toErase.length > 0) await this.#erasing(() => this.#nvmc.eraseUicr());
    const closes = ({ address }: UicrWord) => this.options.lock === true && address === UICR_APPROTECT;
    const first = write.filter((one) => !closes(one));
    const telling =
      changedPages(plan) === 0 && first.length > 0 ? this.#telling('writing', first.map(pieceOf)) : () => {}; // else it was told long ago
    await this.#writeWords(first);
    telling(4 * first.length);
    const wanted = new Uint8Array(UICR_REGISTERS).fill(0xff);
    for (const { address, bytes } of words.filter((one) => !closes(one)).map(pieceOf))
      if (address < UICR_START + UICR_REGISTERS) wanted.set(bytes, address - UICR_START);
    assertEqual({ address: UICR_START, bytes: wanted }, await this.#readRegisters());
    await written?.();
    const last = write.filter(closes);
    await this.#writeWords(last);
    for (const { address, bytes } of last.map(pieceOf))
      assertEqual({ address, bytes }, await this.target.memory.readBytes(address, bytes.length));
  }

  async #writeWords(words: readonly UicrWord[]): Promise<void> {
    if (words.length === 0) return;
    const { memory } = this.target;
    await writeDirectly({ memory, nvmc: this.#nvmc }, words.map(pieceOf), this.options.signal);
  }

  async #readUicr(writer: FlashWriter): Promise<Uint8Array> {
    const { keeps, signal } = this.options;
    const guesses = [this.image.read(UICR_START, UICR_LENGTH), blank(UICR_LENGTH)];
    const uicr = await writer.read(UICR_START, guesses, signal);
    if (!bringsUicr(this.image)) keeps?.(uicr);
    return uicr;
  }

  #readRegisters(): Promise<Uint8Array> {
    return this.target.memory.readBytes(UICR_START, UICR_REGISTERS, this.options.signal);
  }

  /** What an erase of everything would take along although the image has nothing in its place. Read twice, as it cannot be read again. */
  async #uicrToKeep(canBeRead: boolean, writer?: FlashWriter): Promise<{ readonly uicr?: Uint8Array }> {
    const { unfinished, keeps, signal } = this.options;
    if (bringsUicr(this.image)) return {};
    if (unfinished?.uicr) return { uicr: unfinished.uicr };
    if (!canBeRead) return {};
    const read = () => writer?.read(UICR_START, [blank(UICR_REGISTERS)], signal) ?? this.#readRegisters();
    const registers = await read();
    const differs = firstDifference(registers, await read());
    if (differs !== -1) throw unsteadyRead(1, UICR_START + differs);
    const uicr = blank(UICR_LENGTH);
    uicr.set(registers);
    keeps?.(uicr);
    return { uicr };
  }

  #find(writer: FlashWriter, stage: ProgramStage, pages: readonly Segment[]): Promise<Segment[]> {
    return writer.findDifferent(pages, this.#telling(stage, pages), this.options.signal);
  }

  async #erasing<T>(work: () => Promise<T>): Promise<T> {
    const { progress = () => {} } = this.options;
    progress('erasing', 0, 1);
    const result = await work();
    progress('erasing', 1, 1);
    return result;
  }

  #telling(stage: ProgramStage, some: readonly Segment[]): (doneBytes: number) => void {
    const { progress = () => {} } = this.options;
    const totalBytes = some.reduce((sum, { bytes }) => sum + bytes.length, 0);
    progress(stage, 0, totalBytes);
    return (doneBytes) => progress(stage, doneBytes, totalBytes);
  }
}

const pieceOf = ({ address, word }: UicrWord): Segment => ({
  address,
  bytes: new Uint8Array(Uint32Array.of(word).buffer),
});

/** Erased or written one by one. */
const changedPages = ({ pages }: WritePlan): number =>
  pages.filter(({ action }) => action !== 'leave').length;

/** No chip of the nRF52 has a register of the UICR behind these bytes. */
const UICR_REGISTERS = 0x400;
const UICR_LENGTH = UICR_END - UICR_START;
const blank = (length: number) => new Uint8Array(length).fill(0xff);

/** Factory information may be in a dump, belongs to the chip and is passed over. */
function assertFits(image: MemoryImage, { chip }: ChipIdentity, wanted: Chip | undefined): void {
  if (wanted && wanted.part !== chip.part) throw wrongChip(wanted.name, chip.name);
  const foreign = foreignUicr(image, chip);
  if (foreign) throw wrongUicr(chip.name, foreign.family, foreign.address);
  for (const { address, bytes } of image.runs) {
    const end = address + bytes.length;
    if (end <= chip.flashSize || (address >= FICR_START && end <= UICR_END)) continue;
    throw outsideMemory(Math.max(address, chip.flashSize), chip.name, chip.flashSize);
  }
}

function assertEqual(expected: Segment, found: Uint8Array): void {
  const at = firstDifference(expected.bytes, found);
  if (at !== -1) throw verifyFailed(expected.address + at, expected.bytes[at]!, found[at]!);
}
