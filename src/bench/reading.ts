/** For those that read journals and drive no boards: the command line would otherwise carry all of the bench. */
export { isConfirmed } from './account.ts';
export { parseJournal } from './journal-files.ts';
export { Ledger } from './ledger.ts';
