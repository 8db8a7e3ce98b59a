/** The bench: boards get their identities, and the journal says which went where. */
export { againstJournal, examineBoard, type ExaminedBoard, type ExamineOptions } from './examine.ts';
export { Bench, type BenchSetup } from './bench.ts';
export { confirmedJobs } from './queue.ts';
export type { ChipBytes, ChipReader } from './chip-reader.ts';
export type {
  BenchPermissions,
  BenchView,
  Job,
  JobBoard,
  JobEvent,
  JobView,
  SlotJob,
  SlotStage,
  SlotState,
  SlotView,
} from './views.ts';
export { boardsGetLocked, type Need, type NeedKind } from './errors.ts';
export { Journal, type ImportReport, type JournalOptions } from './journal.ts';
export { isConfirmed, type IdentityAccount, type IdentityState } from './account.ts';
export { Ledger } from './ledger.ts';
export {
  MemoryStore,
  RECORD_KINDS,
  type IdentityRef,
  type JournalEntry,
  type JournalRecord,
  type JournalStore,
  type RecordKind,
} from './records.ts';
export { assertJournalSize, formatJournalCsv, formatJournalJson, parseJournal } from './journal-files.ts';
export {
  assertPlanIsCurrent,
  KeptRuns,
  type BenchLock,
  type BoardKind,
  type Glance,
  type HeldRun,
  type NewRun,
  type PlannedIdentity,
  type RunMark,
  type RunPlaces,
  type RunStore,
} from './kept-runs.ts';
export {
  PROOF_STEPS,
  PROOF_TIMES,
  type ProofLevel,
  type ProofResult,
  type ProofStep,
} from './proof-steps.ts';
export { paceOf, type Pace, type TimeSpan } from './pace.ts';
