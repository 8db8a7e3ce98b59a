/**
 * One visit to one board: find out who it is, decide what it becomes, make it so.
 *
 * Below lie probe and target; above lies the bench, which keeps the visits of one probe in a line. A visit never waits for a
 * person: where one has to decide it ends with the question, lets go of the board, and the bench makes another visit when
 * there is an answer. So a board that was exchanged meanwhile is met as what it is.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { KnownError } from '../errors.ts';
import type { MemoryImage, PackedPage } from '../image/index.ts';
import type { LogLine } from '../log-lines.ts';
import { openProbe, type Platform, type SwdLink } from '../probe/index.ts';
import { Nrf52, type Comparison, type ProgramOptions, type ProgramStage } from '../target/index.ts';
import { findNode, type ChipReader } from './chip-reader.ts';
import { compareBeginning, compareWhole } from './compare.ts';
import {
  chipAtWork,
  eraseNodeNeed,
  identityTwice,
  imageDiffers,
  reflashNeed,
  replaceNeed,
  twoIdentities,
  unlockNeed,
  type Need,
  type NeedKind,
} from './errors.ts';
import { isConfirmed, type IdentityAccount } from './account.ts';
import type { Ledger } from './ledger.ts';
import type { Proof } from './proof.ts';
import type { ProofLevel, ProofResult } from './proof-steps.ts';
import { refOf, type IdentityRef, type JournalEntry } from './records.ts';
import type { BenchPermissions, Job, JobBoard, SlotJob, SlotView } from './views.ts';

/** What all visits of a bench share. */
export interface Desk {
  readonly clock: Clock;
  readonly platform: Platform;
  readonly reader: ChipReader;
  readonly ledger: Ledger;
  /** Chips that a visit is under way to: two probes may be wired to one chip. */
  readonly occupied: Set<string>;
  /** See `Journal.append`. */
  append(entry: JournalEntry): Promise<void>;
  /** Close the debug port of each board once it is verified. */
  readonly protect: boolean;
  readonly proof: ProofLevel;
  /** Where the log of the firmware was found last: all clones have the same. */
  readonly rtt: { likely: number | undefined };
  /** UICRs of boards that keep their own, from the erase of everything to the end of the job: by chip. A reload forgets them. */
  readonly keptUicr: Map<string, Uint8Array>;
  readonly writer?: ProgramOptions['writer'];
  /** Pages that the image of a job shares with others of its kind, packed once for all of them. */
  readonly packed?: (job: Pick<Job, 'unicast'>) => Promise<readonly PackedPage[]>;
  permissions(): BenchPermissions;
  jobOf(identity: Pick<IdentityRef, 'network' | 'unicast'>): Job | undefined;
  identityOf(job: Job): IdentityRef;
}

/** What a person has allowed for the board behind one probe. */
export interface Grants {
  readonly kinds: ReadonlySet<NeedKind>;
  /** The chip that was there when they were asked; empty while it did not say. */
  readonly chipId: string;
}
export const NO_GRANTS: Grants = { kinds: new Set(), chipId: '' };

export type VisitOutcome =
  | { readonly kind: 'verified' }
  | { readonly kind: 'asks' | 'known'; readonly need: Need }
  | { readonly kind: 'nothing-left' };

export interface VisitOptions {
  readonly device: USBDevice;
  readonly grants: Grants;
  readonly clockHz?: number;
  readonly signal: AbortSignal;
  readonly tell: (news: Partial<SlotView>) => void;
  /** Who a new board here becomes: a job of the queue whose identity is free. */
  readonly nextJob: () => Job | undefined;
}

/** @throws whatever ended the visit early, once the journal was told what may be on the board by then */
export async function visit(desk: Desk, options: VisitOptions): Promise<VisitOutcome> {
  const link = await openProbe(options.device, { clock: desk.clock, platform: desk.platform });
  try {
    options.tell({ probe: link.info });
    const target = await Nrf52.attach(link, {
      clock: desk.clock,
      signal: options.signal,
      ...(options.clockHz !== undefined && { clockHz: options.clockHz }),
    });
    const outcome = await new BoardVisit(desk, options, target, link).run().catch(async (error) => {
      await target.restart().catch(() => {}); // the first error is the one to tell
      throw error;
    });
    await target.restart();
    return outcome;
  } finally {
    await link.close();
  }
}

class BoardVisit {
  /** The chip was erased in this visit, with permission: nothing on it is worth a question any more. */
  #erased = false;
  #grants: ReadonlySet<NeedKind>;

  constructor(
    readonly desk: Desk,
    readonly options: VisitOptions,
    readonly target: Nrf52,
    readonly link: SwdLink,
  ) {
    this.#grants = options.grants.kinds;
  }

  get probe(): string {
    return this.link.info.serial;
  }

  async run(): Promise<VisitOutcome> {
    const end = this.target.isLocked ? await this.#unlock() : undefined;
    if (end) return end;
    const { deviceId, chip } = this.target.identity!;
    this.options.tell({ chip: { id: deviceId, name: chip.name } });
    const { occupied } = this.desk;
    if (occupied.has(deviceId)) throw chipAtWork(deviceId);
    occupied.add(deviceId);
    try {
      return await this.#serve(deviceId);
    } finally {
      occupied.delete(deviceId);
    }
  }

  async #serve(deviceId: string): Promise<VisitOutcome> {
    const { chipId } = this.options.grants;
    if (chipId !== '' && chipId !== deviceId) this.#grants = NO_GRANTS.kinds; // said of another board
    const held = this.#heldBy(deviceId);
    if (!held) return this.#serveNew();
    this.options.tell({ job: slotJob(held) });
    const job = this.desk.jobOf(held);
    const found = isConfirmed(held.state) ? await this.#compare(held, job) : 'same';
    if (found !== 'same') {
      const reason = this.#erased ? 'station/erased' : 'station/changed-elsewhere';
      await this.desk.append(this.#entry('failed', held, held.imageSha256, reason));
    }
    return job ? this.#serveKnown(held, job, found) : this.#serveStranger(this.#heldBy(deviceId)!);
  }

  /** A protected chip says who it is only once it is erased. */
  async #unlock(): Promise<VisitOutcome | undefined> {
    const likely = this.#likely();
    if (!likely && !this.options.nextJob()) return { kind: 'nothing-left' };
    const standing = this.desk.permissions().lockedChips && !(likely && isConfirmed(likely.state));
    if (!this.#grants.has('unlock') && !standing) return { kind: 'asks', need: unlockNeed(likely) };
    this.options.signal.throwIfAborted();
    await this.desk.append(this.#entry('unlocking', null));
    this.options.tell({ state: 'working', stage: 'erasing', doneBytes: 0, totalBytes: 1 });
    await this.target.unlock({ mayEraseAll: true });
    this.options.tell({ openedBy: this.target.openedBy ?? null });
    this.#erased = true;
    return undefined;
  }

  /** Who is there if this probe is part of a board: then it was only ever seen with one chip. */
  #likely(): IdentityAccount | undefined {
    const { ledger } = this.desk;
    const chips = ledger.chipsBehind(this.probe);
    const held = chips.length === 1 ? ledger.onChip(chips[0]!) : [];
    return held.length === 1 ? held[0] : undefined;
  }

  #heldBy(chipId: string): IdentityAccount | undefined {
    const held = this.desk.ledger.onChip(chipId);
    if (held.length > 1) throw twoIdentities(chipId, held);
    if (held[0] && held[0].chips.length > 1) throw identityTwice(held[0]);
    return held[0];
  }

  /** A chip that the journal does not know, or to which it gives no identity. */
  async #serveNew(): Promise<VisitOutcome> {
    if (!this.options.nextJob()) return { kind: 'nothing-left' };
    return (await this.#askAboutNode()) ?? this.#writeNext();
  }

  /** A chip whose identity is not in the queue. */
  async #serveStranger(held: IdentityAccount): Promise<VisitOutcome> {
    const need = replaceNeed(held);
    if (!this.options.nextJob())
      return isConfirmed(held.state) ? { kind: 'known', need } : { kind: 'nothing-left' };
    if (!this.#grants.has('replace-identity')) return { kind: 'asks', need };
    return (await this.#askAboutNode(held.unicast)) ?? this.#writeNext(held);
  }

  /** A chip that has an identity of the queue, or has a part of it. */
  async #serveKnown(held: IdentityAccount, job: Job, found: Comparison): Promise<VisitOutcome> {
    if (isConfirmed(held.state) && found !== 'blank' && !this.#grants.has('reflash-known')) {
      const otherImage = found === 'same' && job.imageSha256 !== null && held.imageSha256 !== job.imageSha256;
      const need = reflashNeed(held, otherImage ? 'other-image' : found);
      return { kind: need.facts['found'] === 'same' ? 'known' : 'asks', need };
    }
    return (await this.#askAboutNode(job.unicast)) ?? this.#write(job, { fresh: false });
  }

  /** Only the very image that was verified tells about all of a chip. */
  async #compare({ imageSha256 }: IdentityAccount, job: Job | undefined): Promise<Comparison> {
    if (this.#erased) return 'blank';
    const { signal } = this.options;
    const { writer } = this.desk;
    const image = await job?.image(this.#board());
    if (!image || hashOf(image) !== imageSha256) return compareBeginning(this.target, image, { signal });
    return compareWhole(this.target, image, this.desk.reader, {
      signal,
      ...(writer && { writer }),
    });
  }

  /** @param own  unicast address of a node that the journal put there, perhaps in part */
  async #askAboutNode(own?: number): Promise<VisitOutcome | undefined> {
    if (this.#erased || this.desk.permissions().provisionedNodes) return undefined;
    if (this.#grants.has('erase-node') || this.#grants.has('reflash-known')) return undefined;
    const { tell, signal } = this.options;
    const node = await findNode(this.target, this.target.identity!.chip, this.desk.reader, {
      progress: (doneBytes, totalBytes) => tell({ stage: 'looking', doneBytes, totalBytes }),
      signal,
    });
    if (!node || node.start === own) return undefined;
    return { kind: 'asks', need: eraseNodeNeed(node.start, node.count) };
  }

  async #writeNext(instead?: IdentityAccount): Promise<VisitOutcome> {
    this.options.signal.throwIfAborted();
    const job = this.options.nextJob(); // asked again: another board may have got the one seen before
    if (!job) return { kind: 'nothing-left' };
    await this.desk.append(this.#entry('reserved', this.desk.identityOf(job)));
    return this.#write(job, { fresh: true, instead });
  }

  /**
   * @param fresh    reserved in this visit, so free again as long as nothing was begun
   * @param instead  of what the chip carries so far, which is given up for good
   */
  async #write(
    job: Job,
    { fresh, instead }: { readonly fresh: boolean; readonly instead?: IdentityAccount | undefined },
  ): Promise<VisitOutcome> {
    const { desk, target } = this;
    const { tell, signal } = this.options;
    const identity = desk.identityOf(job);
    const { deviceId } = target.identity!;
    const isUnfinished =
      desk.ledger.mayBeHalfErased(this.probe) ||
      desk.ledger.onChip(deviceId).some(({ state }) => !isConfirmed(state));
    tell({
      state: 'working',
      job: slotJob(identity),
      stage: 'comparing',
      doneBytes: 0,
      totalBytes: 1,
    });
    let announced = false;
    let begun = false; // the target refuses a chip before it tells of any progress
    let imageSha256 = job.imageSha256 ?? '';
    try {
      const image = await job.image(this.#board());
      imageSha256 = hashOf(image);
      if (job.imageSha256 !== null && imageSha256 !== job.imageSha256) throw imageDiffers(identity);
      const packed = await desk.packed?.(job);
      const proof = await this.#proofOf(identity, image, imageSha256);
      signal.throwIfAborted();
      if (instead) await desk.append(this.#entry('discarded', instead, '', 'station/replaced'));
      await desk.append(this.#entry('writing', identity, imageSha256));
      announced = true;
      let verifyMs = desk.clock.now();
      let last: ProgramStage | undefined;
      await target.program(image, {
        ...(job.chip && { chip: job.chip }),
        ...(desk.writer && { writer: desk.writer }),
        ...(packed && { packed }),
        lock: desk.protect,
        signal,
        clearRam: desk.proof === 'full' && !desk.protect,
        ...(isUnfinished && { unfinished: { uicr: desk.keptUicr.get(deviceId) } }),
        keeps: (uicr) => desk.keptUicr.set(deviceId, uicr),
        ...(proof && {
          written: () => proof.beforeStart(target, desk.clock.now() - verifyMs),
        }),
        planned: (plan) => tell({ plan }),
        progress: (stage, doneBytes, totalBytes) => {
          begun = true;
          if (stage !== last) verifyMs = desk.clock.now();
          last = stage;
          tell({ stage, doneBytes, totalBytes });
        },
      });
      await proof?.afterStart(() => Nrf52.attach(this.link, { clock: desk.clock, signal, ...this.#speed() }));
      desk.rtt.likely = proof?.rtt ?? desk.rtt.likely;
    } catch (error) {
      const result = error instanceof KnownError ? error.code : 'bug/unexpected';
      if (fresh && !begun) await desk.append(this.#entry('released', identity, '', result));
      else if (announced) {
        await desk.append(this.#entry('failed', identity, imageSha256, result));
        const chipId = await this.#otherChip(error);
        if (chipId) await desk.append({ ...this.#entry('failed', identity, imageSha256, result), chipId });
      }
      throw error;
    }
    desk.keptUicr.delete(deviceId);
    const uuid = await desk.reader.deviceUuid({
      ids: target.identity!.factoryIds,
      unicast: identity.unicast,
    });
    await desk.append({
      ...this.#entry(desk.protect ? 'locked' : 'verified', identity, imageSha256),
      ...(uuid !== null && { uuid }),
    });
    return { kind: 'verified' };
  }

  /** Of a chip that says another id after a job than before: the other, where it stays with it. Then nobody knows which of them was written. */
  async #otherChip(error: unknown): Promise<string | undefined> {
    if (!(error instanceof KnownError && error.code === 'target/other-chip')) return undefined;
    const now = await this.target.askIdAgain().catch(() => undefined); // the first error is the one to tell
    return now === this.target.identity!.deviceId ? undefined : now;
  }

  #speed(): { readonly clockHz?: number } {
    const { clockHz } = this.options;
    return clockHz === undefined ? {} : { clockHz };
  }

  /** Its code is loaded with the first board that is to be proved, before anything is changed on it. */
  async #proofOf(identity: IdentityRef, image: MemoryImage, imageSha256: string): Promise<Proof | undefined> {
    const { desk } = this;
    if (desk.proof === 'none') return undefined;
    const { Proof } = await import('./proof.ts');
    const { tell, signal } = this.options;
    const results: ProofResult[] = [];
    const log: LogLine[] = [];
    return new Proof({
      level: desk.proof,
      clock: desk.clock,
      reader: desk.reader,
      job: identity,
      image,
      locks: desk.protect,
      likelyRtt: desk.rtt.likely,
      signal,
      record: async (result) => {
        const { step, outcome, reason, ms } = result;
        await desk.append({
          ...this.#entry(PROOF_KINDS[outcome], identity, imageSha256, reason),
          proof: { step, ms },
        });
        results.push(result);
        tell({ proof: [...results] });
      },
      log: (lines) => {
        log.push(...lines);
        tell({ log: [...log] });
      },
      progress: (doneBytes, totalBytes) => tell({ stage: 'proving', doneBytes, totalBytes }),
    });
  }

  #board(): JobBoard {
    const { deviceId, chip } = this.target.identity!;
    return { chipId: deviceId, chip };
  }

  #entry(
    kind: JournalEntry['kind'],
    identity: IdentityRef | null,
    imageSha256 = '',
    result = '',
  ): JournalEntry {
    const chipId = this.target.identity?.deviceId ?? '';
    return { kind, identity: identity && refOf(identity), chipId, probe: this.probe, imageSha256, result };
  }
}

const PROOF_KINDS = { passed: 'proved', failed: 'disproved', impossible: 'unprovable' } as const;

const slotJob = ({ network, clone, unicast, elementCount }: IdentityRef): SlotJob => ({
  network,
  name: clone,
  unicast,
  elementCount,
});

/** As the renderer of clones counts it: the bytes of an image by rising address, gaps left out. */
function hashOf(image: MemoryImage): string {
  const hash = sha256.create();
  for (const { bytes } of image.runs) hash.update(bytes);
  return toHex(hash.digest());
}
