/** What the page asks a service worker, and what it gets for an answer. */
export interface Answers {
  /** Of the page that it holds: `0.2.0`. */
  readonly version: string;
  /** Whether its host still has it, as far as that can be told: a host that does not answer may well have. */
  readonly isServed: boolean;
  /** How many other pages of Meshpress are open. It takes over only where there is none. */
  readonly takeOver: number;
}
export type OfflineQuestion = keyof Answers;

/** A host may have several Meshpresses in several folders, and one storage for all of them: names of the caches of one begin so. */
export const cachesOf = (base: string): string => `meshpress ${base} `;
