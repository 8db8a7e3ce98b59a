/** A clone proves over the air that it answers as planned, over any bearer. */
export { askNode, QUICK, SLOW, PLAIN, type NodeReport, type Try } from './ask-node.ts';
export { proveClones, type Proof, type ProofEvent, type ProofOptions } from './prove.ts';
export {
  isGood,
  questionsFor,
  type CloneToProve,
  type ExpectedModel,
  type OnAirResult,
  type ProofLevel,
  type ProofQuestion,
  type Verdict,
} from './results.ts';
export { cloneOf } from './from-database.ts';
export {
  formatRadioRecord,
  ownAddressesIn,
  parseRadioJournal,
  resultsIn,
  type RadioRecord,
} from './journal.ts';
