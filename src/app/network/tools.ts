/** What every tool of the network's page gets. */
import type { DatabaseView, GivenFile } from '../../worker/index.ts';
import type { NetworkState } from '../state/network.svelte.ts';

export interface ToolProps {
  readonly network: NetworkState;
  readonly database: DatabaseView;
  /** Go on with a changed database, and say what was done. */
  readonly goOn: (changed: GivenFile | undefined, notice: string) => Promise<void>;
}

/** Only a PyACI database has no list of addresses that go by the IV index. */
export const goesByIvIndex = ({ form }: DatabaseView): boolean => form !== 'pyaci';

/** A whole number as typed; `undefined` for anything else. */
export const wholeOf = (text: string): number | undefined =>
  /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined;
