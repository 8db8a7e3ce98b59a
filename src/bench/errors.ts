/** Everything the bench has words for when something is wrong. Long because it is the wording of one room, kept together. */
import { hex } from '../bytes.ts';
import { KnownError, type ErrorReport, type Finding } from '../errors.ts';
import type { StartFault } from '../image/index.ts';
import type { LogWord } from '../log-lines.ts';
import { elementsOf, formatRun, type HasElements, type IvIndex, type UnicastRun } from '../mesh/index.ts';
import type { RttSearch, RunningState } from '../target/index.ts';
import type { IdentityAccount } from './account.ts';
import type { ProofLevel } from './proof-steps.ts';
import type { IdentityRef, JournalRecord } from './records.ts';

/** `0x0053–0x0055` */
const rangeText = (node: HasElements): string => formatRun(elementsOf(node));

/** `light_0053 (0x0053–0x0055)` */
export const identityText = (identity: IdentityRef): string => `${identity.clone} (${rangeText(identity)})`;

/* The journal */

export const journalNotRead = (cause: unknown) =>
  new KnownError(
    'station/journal-not-read',
    'The journal could not be read, so nobody knows which identities are taken.',
    'Reload the page. If it stays so, allow this page to keep data, or import the journal you exported last.',
    {},
    { cause },
  );

export const journalNotWritten = (cause: unknown) =>
  new KnownError(
    'station/journal-not-written',
    'The journal could not be written. No board is changed without it.',
    'Make room on the disk and allow this page to keep data, then try again.',
    {},
    { cause },
  );

export const badJournal = (place: string, problem: string) =>
  new KnownError(
    'station/bad-journal',
    `This is no journal of Meshpress. ${place}: ${problem}.`,
    'Choose a CSV or JSON file that was exported from a journal and not changed since.',
    { place, problem },
  );

export const journalTooLarge = (what: 'bytes' | 'records', found: number, limit: number) =>
  new KnownError(
    'station/journal-too-large',
    `This file has ${found} ${what}; a journal has ${limit} at most. Nothing of it was taken over.`,
    'Choose a file that was exported from one journal. Several go in one after another.',
    { what, found, limit },
  );

export const otherTab = () =>
  new KnownError(
    'station/other-tab',
    'Another tab has the bench.',
    'Go on in that tab, or close it and try again.',
  );

/* The run that is kept */

export const runIsKept = () =>
  new KnownError(
    'station/run-kept',
    'A run that was begun in another tab is kept here. Nothing of it was changed, and yours was not begun.',
    'Go on with that run; or save it as a file and put it away; or forget it. Then begin yours.',
  );

export const runGone = () =>
  new KnownError(
    'station/run-gone',
    'The run is no longer kept: it was finished or forgotten in another tab.',
    'Plan clones, and begin another run.',
  );

export const runChanged = () =>
  new KnownError(
    'station/run-changed',
    'The run that is kept is not as it was shown: another tab went on with it, or began another. Nothing was done.',
    'Look at what is kept now, then say again what becomes of it.',
  );

/** @param taken  planned clones, at least one */
export const planOutdated = (taken: readonly Pick<IdentityRef, 'unicast' | 'elementCount'>[]) =>
  new KnownError(
    'station/plan-outdated',
    `Since these clones were planned, addresses of ${taken.length} of them came onto boards as other clones: ${allOf(taken.map(rangeText))}.`,
    'Plan again: these addresses are left out then. Clones that were pressed have to be pressed again.',
    { clones: taken.length, unicast: taken[0]!.unicast },
  );

/* What a person may not ask of the bench */

export const inWork = (identity: IdentityRef) =>
  new KnownError(
    'station/in-work',
    `${identityText(identity)} is being written.`,
    'Wait until its board is done, or stop.',
    { unicast: identity.unicast },
  );

export const chipAtWork = (chipId: string) =>
  new KnownError(
    'station/chip-at-work',
    `Chip ${chipId} is being served through another probe.`,
    'Unplug one of the two probes from the board.',
    { chipId },
  );

export const benchBusy = () =>
  new KnownError(
    'station/busy',
    'Boards are being written.',
    'Wait until they are done, or stop, then try again.',
  );

export const notOnChip = (identity: IdentityRef, chipId: string) =>
  new KnownError(
    'station/not-on-chip',
    `The journal does not say that ${identityText(identity)} may be on chip ${chipId}.`,
    'Compare the chip id with the journal.',
    { unicast: identity.unicast, chipId },
  );

export const unknownIdentity = (unicast: number) =>
  new KnownError(
    'station/unknown-identity',
    `Neither journal nor queue knows an identity ${hex(unicast, 4)} in this network.`,
    'Choose one that is listed.',
    { unicast },
  );

export const queuedTwice = (identity: IdentityRef, other: IdentityRef) =>
  new KnownError(
    'station/queued-twice',
    `${identityText(identity)} and ${identityText(other)} share an address.`,
    'Plan the clones again; each needs addresses of its own.',
    { unicast: identity.unicast, other: other.unicast },
  );

/* Why a job cannot have a board */

export const addressTaken = (job: IdentityRef, holder: IdentityAccount) =>
  new KnownError(
    'station/address-taken',
    `${identityText(job)} shares an address with ${identityText(holder)}, which the journal says is ${stateText(holder)}.`,
    'Plan this clone again, with the addresses of the journal left out.',
    { unicast: job.unicast, holder: holder.unicast },
  );

export const otherImage = (job: IdentityRef, { chipId }: IdentityAccount) =>
  new KnownError(
    'station/other-image',
    `Chip ${chipId} has ${identityText(job)} with another image, so another device key or firmware.`,
    'Plug that board in and write it again, or plan this clone with other addresses.',
    { unicast: job.unicast, chipId },
  );

export const imageDiffers = (job: IdentityRef) =>
  new KnownError(
    'station/image-differs',
    `The image made for ${identityText(job)} is not the one that was announced.`,
    'Press the clones again. Nothing was written.',
    { unicast: job.unicast },
  );

export const stopped = () =>
  new KnownError(
    'station/stopped',
    'You stopped the bench while this board was being written. It will not run.',
    'Write it again; it gets the same identity.',
  );

/* Proof */

const TAKE_OUT =
  'Write it once more. If it comes to the same, compare with another board of the same plan, and with the donor itself.';

export const notTheNode = (job: HasElements, found: UnicastRun | null) =>
  new KnownError(
    'station/proof-boot',
    found
      ? `What was read back of the board boots as ${formatRun(found)}, not as ${rangeText(job)}.`
      : `What was read back of the board does not boot as a provisioned node.`,
    'Press the clones again from a fresh dump. The board was not started.',
    { unicast: job.unicast, found: found?.start ?? 0 },
  );

const TROUBLES: Readonly<Record<Exclude<RunningState['kind'], 'runs'>, string>> = {
  lockup: 'its core is in lockup: a fault within a fault',
  fault: 'its core stays in the handler of a fault',
  resets: 'it resets itself again and again',
  stuck:
    'its core stays on one spot and does not sleep, as one that hangs does, or one that has switched itself off (System OFF) while it is looked at',
  elsewhere: 'its core does not run from flash',
  halted: 'its core is halted',
};
export const notRunning = (state: Exclude<RunningState, { kind: 'runs' }>) =>
  new KnownError(
    'station/proof-not-running',
    `The board was written and read back, but its firmware does not run: ${TROUBLES[state.kind]}.`,
    TAKE_OUT,
    {
      state: state.kind,
      ...('pc' in state && { pc: state.pc }),
      ...('times' in state && { times: state.times }),
    },
  );

export const logDisagrees = (job: HasElements, words: readonly LogWord[]) => {
  const other = words.find((word) => word.kind === 'address');
  return new KnownError(
    'station/proof-log',
    other && other.unicast !== job.unicast
      ? `The board says that it is ${hex(other.unicast, 4)}, and should be ${hex(job.unicast, 4)}.`
      : 'The board says in its log that it resets its node.',
    TAKE_OUT,
    { unicast: job.unicast, found: other?.unicast ?? 0 },
  );
};

/** What a start has done to a clone that it should not: each with words and a way out of its own. */
export function startChanged(job: HasElements, fault: StartFault) {
  switch (fault.kind) {
    case 'node':
      return stateChanged(job, fault.what);
    case 'sequence':
      return fault.to < fault.from ? sequenceWentBack(job, fault) : sequenceJumped(job, fault);
    case 'iv-index':
      return ivIndexMoved(job, fault);
    case 'replay':
      return replayForgotten(job, fault);
  }
}
type FaultOf<Kind extends StartFault['kind']> = Extract<StartFault, { readonly kind: Kind }>;

/** @param what  the name of what differs; never its value, which may be a key */
export const stateChanged = (job: HasElements, what: string) =>
  new KnownError(
    'station/proof-changed',
    `After its start the board is no longer the node ${rangeText(job)} as it was written: ${what}.`,
    'Look whether its firmware erases its state when it starts, as after a change of its version or its models. Read the donor after such a start.',
    { unicast: job.unicast, what },
  );

export const sequenceWentBack = ({ unicast }: HasElements, { from, to }: FaultOf<'sequence'>) =>
  new KnownError(
    'station/proof-sequence-back',
    `After its start the sequence number of ${hex(unicast, 4)} went back, from ${thousands(from)} to ${thousands(to)}, under the same IV index.`,
    'Others drop its messages until it has caught up. Look whether its firmware erases the page of its network state when it starts. Read the donor after such a start.',
    { unicast, from, to },
  );

export const sequenceJumped = ({ unicast }: HasElements, { from, to, most }: FaultOf<'sequence'>) =>
  new KnownError(
    'station/proof-sequence-jump',
    `After its start the sequence number of ${hex(unicast, 4)} went from ${thousands(from)} to ${thousands(to)}; a start takes it on by ${thousands(most)} at most.`,
    'It restarts again and again, or sends without a pause: open its log. A firmware that is built to set more numbers aside at a time does this by right; then prove it quickly.',
    { unicast, from, to, most },
  );

export const ivIndexMoved = ({ unicast }: HasElements, { from, to }: FaultOf<'iv-index'>) =>
  new KnownError(
    'station/proof-iv-index',
    `After its start the IV index of ${hex(unicast, 4)} is ${ivIndexText(to)}; it was written as ${ivIndexText(from)}, and no network takes a node from there to here.`,
    to.index < from.index || from.index === to.index
      ? 'It hears nobody under an index that is over. Look whether its firmware erases its network state when it starts.'
      : 'A node follows its network by 42 at most. Look whether its firmware falls back to a fixed value, or press the clones with the IV index of the network today.',
    { unicast, from: from.index, to: to.index },
  );

export const replayForgotten = ({ unicast }: HasElements, { source, from, to }: FaultOf<'replay'>) =>
  new KnownError(
    'station/proof-replay',
    to === null
      ? `After its start the node ${hex(unicast, 4)} has forgotten that it heard ${hex(source, 4)}, whose last message had the number ${thousands(from)}.`
      : `After its start the node ${hex(unicast, 4)} remembers of ${hex(source, 4)} the message ${thousands(to)}, and had heard ${thousands(from)} before.`,
    'It would take old messages for new ones, from whoever repeats them. Look whether its firmware erases its replay list when it starts; or press the clones with an empty one.',
    { unicast, source, from, to: to ?? 0 },
  );

const thousands = (value: number): string => value.toLocaleString('en');
const ivIndexText = ({ index, isUpdating }: IvIndex): string =>
  `${index}${isUpdating ? ' with an update in progress' : ''}`;

export const logClosed = () =>
  new KnownError(
    'station/log-closed',
    'The debug port of this board is closed, so its log cannot be read.',
    'Newer silicon closes it at every reset unless the firmware opens it. Use its serial port, where the firmware logs there.',
  );

export const noLogFound = (search: Exclude<RttSearch, { readonly kind: 'found' }>) =>
  new KnownError(
    'station/no-log-found',
    {
      absent: () =>
        'No log was found in the RAM of this board: its firmware does not use RTT, or has not begun to.',
      torn: ({ address }: Where) =>
        `What stands at ${hex(address, 8)} of its RAM looks like the beginning of a log, and is not one: it is torn, or left from another firmware.`,
      misplaced: ({ address, buffer }: Where) =>
        `The log that begins at ${hex(address, 8)} keeps its text at ${hex(buffer, 8)}, where this chip has no RAM: it is of a firmware for another chip.`,
    }[search.kind]({ address: 0, buffer: 0, ...search }),
    'Build the firmware with its log sent to RTT, or use its serial port where it logs there.',
    { kind: search.kind, ...('address' in search && { address: search.address }) },
  );
interface Where {
  readonly address: number;
  readonly buffer: number;
}

/* Journals that contradict each other */

/** As many as a person reads. */
const MOST_LISTED = 8;
function allOf(texts: readonly string[]): string {
  const more = texts.length - MOST_LISTED;
  return more > 0 ? `${texts.slice(0, MOST_LISTED).join(', ')} and ${more} more` : texts.join(' and ');
}

const twoIdentitiesText = (chipId: string, accounts: readonly IdentityRef[]) =>
  `The journal says that chip ${chipId} carries ${allOf(accounts.map(identityText))}.`;
const TWO_IDENTITIES_HINT = 'Discard the one that it does not carry.';
const identityTwiceText = (account: IdentityAccount) =>
  `The journal says that ${identityText(account)} is on the chips ${allOf(account.chips)}.`;
const IDENTITY_TWICE_HINT =
  'Say of which chip it is not on, then erase that board: two nodes must not share an address.';

export const twoIdentities = (chipId: string, accounts: readonly IdentityRef[]) =>
  new KnownError('station/two-identities', twoIdentitiesText(chipId, accounts), TWO_IDENTITIES_HINT, {
    chipId,
  });

export const identityTwice = (account: IdentityAccount) =>
  new KnownError('station/identity-twice', identityTwiceText(account), IDENTITY_TWICE_HINT, {
    unicast: account.unicast,
  });

const conflict = (code: StationFindingCode, message: string, hint: string): StationFinding => ({
  severity: 'error',
  code,
  message,
  hint,
});
export const conflictFindings = {
  identityTwice: (account: IdentityAccount) =>
    conflict('station/identity-twice', identityTwiceText(account), IDENTITY_TWICE_HINT),
  chipTwice: (chipId: string, accounts: readonly IdentityRef[]) =>
    conflict('station/two-identities', twoIdentitiesText(chipId, accounts), TWO_IDENTITIES_HINT),
  overlap: (one: IdentityAccount, other: IdentityAccount) =>
    conflict(
      'station/addresses-overlap',
      `${identityText(one)} and ${identityText(other)} share an address; the journal says ${stateText(one)} and ${stateText(other)}.`,
      'Discard one of them and erase its board.',
    ),
  recordDiffers: ({ run, number }: JournalRecord) =>
    conflict(
      'station/record-differs',
      `Record ${number} of run ${run} says something else in the imported journal.`,
      'Ours was kept. Somebody changed one of the two.',
    ),
};

function stateText({ state, chips }: IdentityAccount): string {
  if (state === 'maybe') return `maybe on chip ${chips.join(' or ')}`;
  return chips.length > 0 ? `${state} on chip ${chips.join(' and ')}` : state;
}

/* What is on a board */

export const lockedOnLook = () =>
  new KnownError(
    'station/locked-board',
    'The chip is protected, so nothing on it can be read: neither who it is nor what it carries.',
    'Nothing was changed. Its node goes on as before. Only an erase of everything opens the port; ask it over the air instead.',
  );

export const notAsJournal = (
  account: IdentityAccount,
  chipId: string,
  found: string | null,
): StationFinding => ({
  severity: 'warning',
  code: 'station/not-as-journal',
  message: `The journal says that chip ${chipId} carries ${identityText(account)}, ${stateText(account)}; the board ${found ? `is ${found}` : 'carries no provisioned node'}.`,
  hint: 'It was written or reset elsewhere. Press it again at the bench, or say there that the identity is not on this chip.',
});

export const wasHalted = (): StationFinding => ({
  severity: 'info',
  code: 'station/read-halted',
  message:
    'Its firmware was writing to its flash while it was read: two readings differed. It was halted, read again, and runs on.',
  hint: 'What is told here is from the last reading. A radio that stood still for a moment may have missed messages.',
});

/* What only a person can decide */

export type NeedKind = 'unlock' | 'erase-node' | 'reflash-known' | 'replace-identity';

/** A question to a person: what is the case, and what "yes" would do. */
export interface Need extends Omit<ErrorReport, 'code'> {
  readonly kind: NeedKind;
}

const need = (kind: NeedKind, message: string, hint: string, facts: Need['facts'] = {}): Need => ({
  kind,
  message,
  hint,
  facts,
});

/** @param likely  who it is if this probe is part of the board it was last seen with */
export const unlockNeed = (likely: IdentityAccount | undefined): Need =>
  likely
    ? need(
        'unlock',
        `The chip is protected and does not say who it is. Behind this probe there was ${identityText(likely)}, ${stateText(likely)}.`,
        `Erase the chip, and write ${likely.clone} again if it is that board. Everything on it is lost.`,
        { unicast: likely.unicast, chipId: likely.chipId },
      )
    : need(
        'unlock',
        'The chip is protected: who it is can be read only once everything on it is erased.',
        'Erase the chip and write the next clone. Everything on it is lost, its old identity too.',
      );

export const eraseNodeNeed = (unicast: number, elementCount: number): Need =>
  need(
    'erase-node',
    `The board already carries a provisioned node, ${hex(unicast, 4)}, that this journal did not put there.`,
    'Erase it and write the next clone. That node is lost.',
    { unicast, elementCount },
  );

export const reflashNeed = (account: IdentityAccount, found: 'same' | 'other-image' | 'changed'): Need =>
  need(
    'reflash-known',
    {
      same: `The board is ${identityText(account)}, ${stateText(account)}.`,
      'other-image': `The board is ${identityText(account)}, and carries another image of it than the one in the queue.`,
      changed: `The journal says that the board is ${identityText(account)}, but it holds something else now.`,
    }[found],
    `Write ${account.clone} again with the same identity, or take the next board.`,
    { unicast: account.unicast, found },
  );

export const replaceNeed = (account: IdentityAccount): Need =>
  need(
    'replace-identity',
    `The board is ${identityText(account)}, ${stateText(account)}, which is not in the queue.`,
    `Discard ${account.clone} for good and write the next clone, or take another board.`,
    { unicast: account.unicast, network: account.network },
  );

/** A run whose boards are locked at their end, before it is begun. */
export const boardsGetLocked = (clones: number, level: ProofLevel): StationFinding => ({
  severity: 'warning',
  code: 'station/boards-get-locked',
  message: `${clones === 1 ? 'The clone is' : `All ${thousands(clones)} clones are`} locked at the end of writing, and a locked clone can only be erased.`,
  hint: `Over its debug port it can be neither read, nor compared, nor written again; an erase takes everything, its identity too. Over the air it stays reachable.${
    level === 'full'
      ? ' What a running chip shows cannot be proved then: those steps are told as impossible.'
      : ''
  }`,
});

/** The code of every finding. */
export type StationFindingCode =
  | 'station/boards-get-locked'
  | 'station/addresses-overlap'
  | 'station/not-as-journal'
  | 'station/read-halted'
  | 'station/record-differs'
  | 'station/identity-twice'
  | 'station/two-identities';
export type StationFinding = Finding<StationFindingCode>;

/** Why an identity was given up, as the journal has it. */
export type DiscardReason =
  'station/person' | 'station/replaced' | 'station/erased' | 'station/changed-elsewhere';
