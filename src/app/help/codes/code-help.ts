import type { CodesOf } from '../../../errors.ts';

/** What the help knows of one code: not what happened, which the message says with its values, but how one gets there. */
export interface CodeHelp {
  /** In a few words; a refusal stands under the same. */
  readonly title: string;
  /** What is behind it, and how one gets there. */
  readonly cause: string;
  /** What to do, one step after the other; none where nothing needs to be done. */
  readonly steps: readonly string[];
  /** Commands that belong to the steps. */
  readonly commands?: 'readout' | 'udev';
  /** The place in the help that tells more: `probes/windows`. */
  readonly more?: string;
}

/**
 * Help for every code of a room, and for none that it does not have: either is an error of types. Where something stops,
 * there is a step to take.
 *
 * @typeParam Errors        the functions of the room's `errors.ts`: `typeof errors`
 * @typeParam FindingCodes  what the room finds beside them
 */
export type HelpFor<Errors, FindingCodes extends string = never> = Readonly<
  Record<CodesOf<Errors>, CodeHelp & { readonly steps: readonly [string, ...string[]] }> &
    Record<Exclude<FindingCodes, CodesOf<Errors>>, CodeHelp>
>;

/** Steps that many codes share. */
export const READ_OUT = 'Read the whole flash out again, and the UICR if the tool can.';
export const GIVE_BOTH = 'Give the new dump here; the database stays.';
export const RESET_AND_PROVISION =
  'Reset the node (on the SDK’s examples: button 4), or erase the chip and program it again.';
export const PROVISION =
  'Provision it and configure it as the clones shall be: keys, bindings, publication, subscriptions.';
export const REPORT =
  'Report it with “Copy a report”, which holds no keys, and with what you did just before.';
