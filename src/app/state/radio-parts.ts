/** What the pages of the radio know of each other, and of the page around them. */
import type { Clock } from '../../clock.ts';
import type { ErrorReport } from '../../errors.ts';
import type { BenchView } from '../../bench/index.ts';
import type { MeshBearer, ProvisioningBearer } from '../../mesh/index.ts';
import type { MeshDatabase } from '../../meshdb/index.ts';
import type { GivenFile } from '../../worker/index.ts';
import type { RecordSet } from '../browser/radio-memory.ts';
import type { RadioDesk } from '../demo/radio-desk.ts';
import type { AirRecords } from './air-records.svelte.ts';
import type { Parts } from './parts.ts';
import type { Question } from './questions.svelte.ts';
import type { Screen } from './route.svelte.ts';

/** A kit on a serial port or this computer's Bluetooth, each real or virtual. */
export type RadioKind = 'serial' | 'virtual' | 'bluetooth' | 'virtual-bluetooth';
export type RadioWay = 'kit' | 'bluetooth';
/** What a node is wanted for: to join, or to be the way to all others. A list of the browser shows such nodes alone. */
export type RadioPurpose = 'join' | 'reach';
/** Reaches nodes and brings devices in. */
export type RadioBearer = MeshBearer & ProvisioningBearer;

export const wayOf = (kind: RadioKind): RadioWay =>
  kind === 'serial' || kind === 'virtual' ? 'kit' : 'bluetooth';
export const isVirtual = (kind: RadioKind): boolean => kind === 'virtual' || kind === 'virtual-bluetooth';

/** What the radio needs of the page around it. */
export interface RadioHost extends Pick<Parts, 'engine' | 'project' | 'plan' | 'announcements' | 'events'> {
  readonly airRecords: AirRecords;
  /** What is on the page is for trying. */
  readonly demo: string | null;
  readonly bench: { readonly view: BenchView | null; readonly desk: object | null } | null;
  /** Open files, and go to a screen with them. */
  open(files: readonly File[], goOn?: Screen): Promise<void>;
  /** The database was changed by what was done over the air: go on with it as it is now. */
  replaceDatabase(database: GivenFile): Promise<void>;
  mayDiscard(): Promise<boolean>;
  ask(question: Omit<Question, 'answer'>): Promise<boolean>;
  openDemo(files: readonly File[]): Promise<void>;
}

/** The radio, as those that work with it have it. */
export interface Radio {
  readonly isOn: boolean;
  readonly way: RadioWay | null;
  purpose: RadioPurpose;
  /** What happens is of no network of anybody's. */
  readonly isVirtual: boolean;
  readonly clock: Clock;
  /** There while the radio is virtual. */
  readonly desk: RadioDesk | null;
  error: ErrorReport | null;
  /** The device that joins, and its network's database. */
  readonly join: { readonly database: MeshDatabase | null };
  /** @returns whether the radio is on */
  connect(kind: RadioKind, purpose?: RadioPurpose): Promise<boolean>;
  /** The radio with the keys of a network; the same bearer as long as the network is. */
  bearerFor(database: MeshDatabase): Promise<RadioBearer>;
  readonly recordSet: RecordSet;
  /** Of the network, as far as it is known. */
  ivIndexOf(database: MeshDatabase): number;
  fail(error: unknown): void;
}
