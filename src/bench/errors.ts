/** What the bench has words for when something is wrong; what a proof says against a board stands in proof-errors.ts. */
import { hex } from '../bytes.ts';
import { KnownError, type ErrorReport, type Finding } from '../errors.ts';
import { elementsOf, formatRun, type HasElements } from '../mesh/index.ts';
import { thousands } from '../numbers.ts';
import type { IdentityAccount } from './account.ts';
import type { ProofLevel } from './proof-steps.ts';
import type { IdentityRef, JournalRecord } from './records.ts';

/** `0x0053–0x0055` */
export const rangeText = (node: HasElements): string => formatRun(elementsOf(node));

/** `light_0053 (0x0053–0x0055)` */
export const identityText = (identity: IdentityRef): string => `${identity.clone} (${rangeText(identity)})`;

/* The journal */

export const journalNotRead = (cause: unknown) =>
  new KnownError(
    'station/journal-not-read',
    withReason('The journal could not be read, so nobody knows which identities are taken.', cause),
    cause instanceof KnownError
      ? cause.hint
      : 'Reload the page. If it stays so, allow this page to keep data, or import the journal you exported last.',
    reasonOf(cause),
    { cause },
  );

export const journalNotWritten = (cause: unknown) =>
  new KnownError(
    'station/journal-not-written',
    withReason('The journal could not be written. No board is changed without it.', cause),
    cause instanceof KnownError
      ? cause.hint
      : 'Make room on the disk and allow this page to keep data, then try again.',
    reasonOf(cause),
    { cause },
  );

/* Whoever keeps the journal may know why, and what to do. */
const withReason = (text: string, cause: unknown) =>
  cause instanceof KnownError ? `${text} ${cause.message}` : text;
const reasonOf = (cause: unknown): { readonly reason?: string } =>
  cause instanceof KnownError ? { reason: cause.code } : {};

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
