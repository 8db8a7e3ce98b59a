/** What the pages of the radio know of each other, and of the page around them. */
import type { Clock } from '../../clock.ts';
import type { ErrorReport } from '../../errors.ts';
import type { BenchView } from '../../bench/index.ts';
import type { MeshBearer, ProvisioningBearer } from '../../mesh/index.ts';
import type { MeshDatabase } from '../../meshdb/index.ts';
import type { RadioRecord } from '../../on-air/index.ts';
import type { RadioDesk } from '../demo/radio-desk.ts';
import type { Parts } from './parts.ts';
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
export interface RadioHost extends Pick<
  Parts,
  'engine' | 'project' | 'plan' | 'announcements' | 'questions'
> {
  readonly bench: { readonly view: BenchView | null } | null;
  /** Open files, and go to a screen with them. */
  open(files: readonly File[], goOn?: Screen): Promise<void>;
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
  /** Addresses used and answers heard. */
  records: readonly RadioRecord[];
  /** The device that joins, and its network's database. */
  readonly join: { readonly database: MeshDatabase | null };
  /** @returns whether the radio is on */
  connect(kind: RadioKind, purpose?: RadioPurpose): Promise<boolean>;
  /** The radio with the keys of a network; the same bearer as long as the network is. */
  bearerFor(database: MeshDatabase): Promise<RadioBearer>;
  keepRecord(record: RadioRecord): Promise<void>;
  fail(error: unknown): void;
}
