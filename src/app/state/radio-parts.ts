/** What the pages of the kit know of each other, and of the page around them. */
import type { Clock } from '../../clock.ts';
import type { ErrorReport } from '../../errors.ts';
import type { BenchView } from '../../bench/index.ts';
import type { MeshDatabase } from '../../meshdb/index.ts';
import type { MeshKit } from '../../serial/index.ts';
import type { GivenFile } from '../../worker/index.ts';
import type { RecordSet } from '../browser/radio-memory.ts';
import type { RadioDesk } from '../demo/radio-desk.ts';
import type { AirRecords } from './air-records.svelte.ts';
import type { Parts } from './parts.ts';
import type { Question } from './questions.svelte.ts';
import type { Screen } from './route.svelte.ts';

export type RadioKind = 'serial' | 'virtual';

/** What the kit needs of the page around it. */
export interface RadioHost extends Pick<Parts, 'engine' | 'project' | 'plan' | 'announcements'> {
  readonly airRecords: AirRecords;
  readonly bench: { readonly view: BenchView | null; readonly desk: object | null } | null;
  /** Open files, and go to a screen with them. */
  open(files: readonly File[], goOn?: Screen): Promise<void>;
  /** The database was changed by what was done over the air: go on with it as it is now. */
  replaceDatabase(database: GivenFile): Promise<void>;
  mayDiscard(): Promise<boolean>;
  ask(question: Omit<Question, 'answer'>): Promise<boolean>;
  openDemo(files: readonly File[]): Promise<void>;
}

/** The kit, as those that work with it have it. */
export interface Radio {
  readonly isOn: boolean;
  readonly kind: RadioKind | null;
  readonly clock: Clock;
  /** There while the kit is virtual. */
  readonly desk: RadioDesk | null;
  error: ErrorReport | null;
  /** The device that joins, and its network's database. */
  readonly join: { readonly database: MeshDatabase | null };
  /** @returns whether the kit is on */
  connect(kind: RadioKind): Promise<boolean>;
  /** The kit with the keys of a network; the same one as long as the network is. */
  kitFor(database: MeshDatabase): MeshKit;
  readonly recordSet: RecordSet;
  /** Of the network, as far as it is known. */
  ivIndexOf(database: MeshDatabase): number;
  fail(error: unknown): void;
}
