import type { OnAirResult } from '../../on-air/index.ts';

/** A clone on the on-air page: what is known of it. */
export interface OnAirRow {
  readonly name: string;
  readonly unicast: number;
  readonly elementCount: number;
  readonly state: 'waiting' | 'asking' | 'put-off' | 'known';
  readonly result: OnAirResult | null;
}
