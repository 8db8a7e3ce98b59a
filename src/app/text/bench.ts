/** What the bench says: one sentence on what to do next, a word for each state, and the journal in plain language. */
import type { ErrorReport } from '../../errors.ts';
import type { ProbeInfo } from '../../probe/index.ts';
import type { BenchView, JournalRecord, JobView, ProofStep, SlotState, SlotView } from '../../bench/index.ts';
import type { GlyphKind } from './glyph.ts';
import { counted, percent, sentence, spelled, timeLeft } from './words.ts';
import { shownName } from '../../visible.ts';

/** `7d2f…91c4` */
export const shortId = (id: string): string => (id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id);

/** All that a probe tells about itself: name, number, firmware, the chip that runs it, the voltage it measures. */
export function probeText({ title, serial, firmware, interfaceChip, targetMillivolts }: ProbeInfo): string {
  const parts = [
    `${title} ${serial}`.trim(),
    firmware,
    interfaceChip && `interface chip ${interfaceChip}`,
    targetMillivolts !== undefined && `target at ${(targetMillivolts / 1000).toFixed(1)} V`,
  ];
  return parts.filter(Boolean).join(', ');
}

const GLYPHS: Readonly<Record<SlotState, GlyphKind>> = {
  empty: 'wait',
  attaching: 'busy',
  asks: 'warn',
  working: 'busy',
  verified: 'ok',
  known: 'ok',
  failed: 'fail',
  skipped: 'skip',
  waiting: 'wait',
};
export const glyphOf = ({ state }: SlotView): GlyphKind => GLYPHS[state];

const WORDS: Readonly<Record<Exclude<SlotState, 'working'>, string>> = {
  empty: 'No board',
  attaching: 'Looking',
  asks: 'Your word',
  verified: 'Verified',
  known: 'Known',
  failed: 'Failed',
  skipped: 'Set aside',
  waiting: 'Waiting',
};
const STAGE_WORDS = {
  looking: 'Looking',
  comparing: 'Comparing',
  erasing: 'Erasing',
  writing: 'Writing',
  verifying: 'Verifying',
  proving: 'Proving',
};
export const wordOf = ({ state, stage }: SlotView): string =>
  state === 'working' ? STAGE_WORDS[stage ?? 'looking'] : WORDS[state];

/** What a job goes through, and how much of its time each takes: 0..100. */
export const STAGES = [
  { stage: 'erasing', name: 'erase', from: 0, to: 4 },
  { stage: 'writing', name: 'write', from: 4, to: 94 },
  { stage: 'verifying', name: 'verify', from: 94, to: 100 },
] as const;

/** How far the board of a slot is, 0..100. */
export function shareOf({ state, stage, doneBytes, totalBytes }: SlotView): number {
  if (state === 'verified') return 100;
  if (stage === 'proving') return 99;
  const now = STAGES.find((one) => one.stage === stage);
  return now ? Math.floor(now.from + ((now.to - now.from) * percent(doneBytes, totalBytes)) / 100) : 0;
}

/** What the tab says while boards are at work, `A 45 %, 11 of 20 verified`, and how far the whole run is, 0..100. */
export function workOf({ slots, counts, jobs }: BenchView): {
  readonly title: string;
  readonly share: number;
} {
  const working = slots.filter(({ state }) => state === 'working');
  const done = working.reduce((sum, slot) => sum + shareOf(slot), 0);
  const who = working.length > 1 ? counted(working.length, 'board') : (working[0]?.letter ?? '');
  const now = working.length > 0 ? `${who} ${Math.floor(done / working.length)} %, ` : '';
  return {
    title: `${now}${counts.verified} of ${jobs.length} verified`,
    share: percent(100 * counts.verified + done, 100 * jobs.length),
  };
}

/** `page 45 of 72` */
export function pagesOf({ stage, doneBytes, totalBytes }: SlotView, pageSize: number): string {
  if (stage !== 'writing' && stage !== 'verifying') return '';
  const pages = Math.ceil(totalBytes / pageSize);
  return `page ${Math.min(pages, Math.floor(doneBytes / pageSize) + 1)} of ${pages}`;
}

/** Whether the board can come off: nothing more will happen to it. */
export const isDone = ({ plugged, state }: SlotView): boolean =>
  plugged && (state === 'verified' || state === 'known' || state === 'skipped');

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });
const letters = (slots: readonly SlotView[]) => list.format(slots.map(({ letter }) => letter));
const be = (slots: readonly SlotView[]) => (slots.length > 1 ? 'are' : 'is');

/** Why the journal cannot be written, where the last attempt at a board was in vain for that. */
export const unkeptIn = ({ slots }: BenchView): ErrorReport | null =>
  slots.find(({ error }) => error?.code === 'station/journal-not-written')?.error ?? null;

/** The next step in one sentence, and what else is to be known. */
export function nextStep(view: BenchView): { readonly title: string; readonly more: string } {
  const { slots, counts, paused, jobs } = view;
  const inState = (...states: readonly SlotState[]) => slots.filter(({ state }) => states.includes(state));
  const asking = inState('asks');
  const failed = inState('failed');
  const gone = failed.filter(({ plugged }) => !plugged);
  const again = failed.filter(({ plugged }) => plugged);
  const done = slots.filter(isDone);
  const atWork = inState('working', 'attaching');
  const unkept = unkeptIn(view);

  const more = [
    asking.length > 0 && `${letters(asking)} ${asking.length > 1 ? 'wait' : 'waits'} for your word.`,
    done.length > 0 && `${letters(done)} ${be(done)} done, unplug ${done.length > 1 ? 'them' : 'it'}.`,
    again.length > 0 && `${letters(again)} failed and can be tried again.`,
    gone.length > 0 && `${letters(gone)} ${be(gone)} gone; plugged in again, each gets the same identity.`,
  ].filter((line) => line !== false);
  const say = (title: string, ...extra: string[]) => ({ title, more: [...more, ...extra].join(' ') });

  if (counts.verified === jobs.length)
    return say(
      jobs.length === 1 ? 'The clone is on its board' : `All ${counted(jobs.length, 'clone')} are on boards`,
      'Save the database, then finish.',
    );
  if (unkept) return say('Nothing more can be kept', 'No board is begun until it can be again.');
  if (paused)
    return say(
      atWork.length > 0 ? 'Pausing after these boards' : 'Paused',
      'No further board is begun until you go on.',
    );
  if (asking.length > 0) return say(`Board ${letters(asking.slice(0, 1))} needs your word`);
  if (counts.left > 0) {
    if (slots.every(({ plugged }) => !plugged) && counts.verified === 0 && failed.length === 0)
      return say('Plug in the first board');
    if (done.length > 0 || again.length > 0 || atWork.length === 0) return say('Plug in the next board');
    return say(
      atWork.length === 1
        ? 'A board is being written'
        : sentence(`${spelled(atWork.length, 'board')} are being written`),
      'Do not unplug. More boards may come.',
    );
  }
  if (atWork.length > 0) return say('The last boards are being written', 'Do not unplug.');
  const open = counts.failed;
  if (open > 0)
    return say(
      `${counted(open, 'board')} left to write again`,
      gone.length + again.length > 0 ? '' : 'Plug in the very board that failed: it gets the same identity.',
    );
  return say('Nothing is left to write', `${counted(counts.unavailable, 'clone')} cannot have a board.`);
}

/** `4.6 boards a minute, about 2 min left` */
export function paceText({ pace, counts, paused }: BenchView): string {
  if (!pace || paused || counts.verified === 0) return '';
  const rate = `${pace.boardsPerMinute.toFixed(1)} boards a minute`;
  return pace.msLeft > 0 ? `${rate}, ${timeLeft(pace.msLeft / 1000)}` : rate;
}

/** `20 of 20 verified, 1 failed` for those who listen. */
export const queueText = ({ jobs, counts }: BenchView): string =>
  `Queue of ${jobs.length}: ${counts.verified} verified, ${counts.failed} failed, ${counts.working} at work, ${counts.left} left`;

/** What became of a job, as the strip shows it. */
export type QueueMark = 'ok' | 'fail' | 'busy' | 'left' | 'off';
const MARKS: Readonly<Record<JobView['state'], QueueMark>> = {
  free: 'left',
  reserved: 'busy',
  writing: 'busy',
  verified: 'ok',
  locked: 'ok',
  maybe: 'fail',
  discarded: 'off',
  taken: 'off',
};
export const markOf = ({ state }: JobView): QueueMark => MARKS[state];

/** Where an identity is, in words. */
export function whereabouts({ state, chipId, error }: JobView): string {
  switch (state) {
    case 'free':
      return 'waits for a board';
    case 'reserved':
    case 'writing':
      return `is being written to chip ${shortId(chipId)}`;
    case 'verified':
    case 'locked':
      return `is on chip ${shortId(chipId)}`;
    case 'maybe':
      return `may be on chip ${shortId(chipId)}, in whole or in part`;
    case 'discarded':
      return 'is discarded';
    case 'taken':
      return error?.message ?? 'cannot have a board';
  }
}

/* The journal */

const KINDS: Readonly<Record<JournalRecord['kind'], { readonly glyph: GlyphKind; readonly word: string }>> = {
  unlocking: { glyph: 'warn', word: 'erasing a protected chip' },
  reserved: { glyph: 'wait', word: 'set aside' },
  writing: { glyph: 'busy', word: 'writing' },
  verified: { glyph: 'ok', word: 'verified' },
  locked: { glyph: 'ok', word: 'verified, then locked' },
  proved: { glyph: 'ok', word: 'proved' },
  disproved: { glyph: 'fail', word: 'proved wrong' },
  unprovable: { glyph: 'skip', word: 'not to be proved' },
  failed: { glyph: 'fail', word: 'failed' },
  released: { glyph: 'skip', word: 'free again' },
  discarded: { glyph: 'skip', word: 'discarded' },
};

/** The steps of proof, in words. */
export const PROOF_WORDS: Readonly<Record<ProofStep, string>> = {
  'read-back': 'every byte was read back',
  boot: 'what was read back boots as this node',
  runs: 'its firmware runs',
  log: 'it says so itself in its log',
  stays: 'its pages still say the same after a while',
};
const OBSTACLES: Readonly<Record<string, string>> = {
  'station/port-locked': 'the port was closed at the end, as you asked',
  'station/port-closed': 'the chip closes its port at a reset, and its firmware does not open it',
  'station/no-log': 'no log was found in its RAM',
  'station/torn-log': 'what looks like its log is torn',
  'station/misplaced-log': 'its log lies where the chip has no RAM',
  'station/silent-log': 'its log says nothing of its address',
};
/** `its firmware runs, 0.5 s`; with the reason where it was not passed. */
export const proofText = ({
  step,
  ms,
  reason,
}: {
  readonly step: ProofStep;
  readonly ms: number;
  readonly reason: string;
}): string =>
  [
    PROOF_WORDS[step],
    ...(reason ? [OBSTACLES[reason] ?? REASONS[reason] ?? reason] : [`${(ms / 1000).toFixed(2)} s`]),
  ].join(reason ? ': ' : ', ');

/** Reasons that deserve words of their own; others are shown by their code. */
const REASONS: Readonly<Record<string, string>> = {
  'probe/disconnected': 'cable lost',
  'station/changed-elsewhere': 'changed elsewhere',
  'station/erased': 'erased',
  'station/person': 'by your word',
  'station/replaced': 'replaced',
  'station/proof-boot': 'boots as another',
  'station/proof-changed': 'changed after its start',
  'station/proof-iv-index': 'IV index moved',
  'station/proof-log': 'says another address',
  'station/proof-not-running': 'does not run',
  'station/proof-replay': 'replay list forgotten',
  'station/proof-sequence-back': 'sequence number went back',
  'station/proof-sequence-jump': 'sequence number jumped',
  'station/stopped': 'stopped',
  'target/outside-memory': 'wrong chip',
  'target/verify-failed': 'differs',
  'target/wrong-chip': 'wrong chip',
};

export function recordText({ kind, result, imageSha256, proof }: JournalRecord): {
  readonly glyph: GlyphKind;
  readonly word: string;
  readonly detail: string;
} {
  const { glyph, word } = KINDS[kind];
  if (proof) return { glyph, word, detail: proofText({ ...proof, reason: result }) };
  const confirms = kind === 'verified' || kind === 'locked';
  return { glyph, word, detail: confirms ? imageSha256.slice(0, 8) : (REASONS[result] ?? result) };
}

/** What a slot's trouble is, what follows, and what to do: from its error, or from its cable. */
export function troubleOf(
  { letter, plugged, error, job, doneBytes, totalBytes }: SlotView,
  pageSize: number,
): { readonly what: string; readonly todo: string } | null {
  if (!error) return null;
  if (error.code !== 'probe/disconnected' || !job) return { what: error.message, todo: error.hint };
  const page = totalBytes > 1 ? ` at page ${Math.floor(doneBytes / pageSize) + 1}` : '';
  return {
    what: `Board ${letter} is gone${page}. It will not run.`,
    todo: plugged
      ? 'Its connection came back: write it again, it gets the same identity.'
      : 'Plug it in again and it gets the same identity.',
  };
}

/** A button that says what a person's yes does. */
export function answerTo({ needs, job, next }: SlotView, jobs: readonly JobView[]): string {
  if (!needs) return '';
  const { unicast: start, found } = needs.facts;
  const shown = (one: { readonly name: string } | null | undefined) => one && shownName(one.name);
  const own = shown(job);
  const named = shown(jobs.find((one) => one.unicast === start)) ?? own;
  const fresh = shown(next) ?? 'the next clone';
  switch (needs.kind) {
    case 'unlock':
      return named ? 'Erase this chip and see who it is' : `Erase this chip and write ${fresh}`;
    case 'erase-node':
      return `Erase this node and write ${own ?? fresh}`;
    case 'reflash-known':
      return found === 'same' ? `Write ${named ?? 'it'} once more` : `Write ${named ?? 'it'} again`;
    case 'replace-identity':
      return `Discard ${own ?? 'its identity'} and write ${fresh}`;
  }
}

/** The kinds of node of a run, and how many clones of each wait for a board. Empty where all are of one kind. */
export function kindsOf({ jobs }: Pick<BenchView, 'jobs'>): readonly {
  readonly kind: string;
  readonly chip: string;
  readonly left: number;
}[] {
  const kinds = new Map<string, { kind: string; chip: string; left: number }>();
  for (const { kind, chip, state } of jobs) {
    if (kind === undefined) continue;
    const known = kinds.get(kind) ?? { kind, chip: chip?.name ?? '', left: 0 };
    kinds.set(kind, { ...known, left: known.left + (state === 'free' ? 1 : 0) });
  }
  return [...kinds.values()];
}

/** Why a board gets no clone although it could have one. */
export function nothingLeft(
  view: Pick<BenchView, 'jobs' | 'chosenKind' | 'counts'>,
  chip: SlotView['chip'],
): string {
  if (view.counts.left === 0) return 'No clone is left for it.';
  const { chosenKind } = view;
  if (chosenKind === null) return `No clone for an ${chip?.name ?? 'nRF52'} is left.`;
  const kind = kindsOf(view).find((one) => one.kind === chosenKind);
  if (kind && kind.left > 0) return `Clones of ${shownName(chosenKind)} are for the ${kind.chip}.`;
  return `All clones of ${shownName(chosenKind)} have a board. Choose another kind of node above.`;
}
