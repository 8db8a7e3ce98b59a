/**
 * What a proof says against a board, and why a log cannot be heard. Apart from the rest of the bench's words, as both are loaded when
 * they are asked for.
 */
import { hex } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import type { StartFault } from '../image/index.ts';
import type { LogWord } from '../log-lines.ts';
import { formatRun, type HasElements, type IvIndex, type UnicastRun } from '../mesh/index.ts';
import { thousands } from '../numbers.ts';
import type { RttSearch, RunningState } from '../target/index.ts';
import { rangeText } from './errors.ts';

const TAKE_OUT =
  'Write it once more. If it comes to the same, compare with another board of the same plan, and with the donor itself.';

export const notTheNode = (job: HasElements, found: UnicastRun | null) =>
  new KnownError(
    'station/proof-boot',
    found
      ? `What was read back of the board boots as ${formatRun(found)}, not as ${rangeText(job)}.`
      : `What was read back of the board does not boot as a provisioned node.`,
    'Press the clones again from a fresh dump. The board was not started.',
    { unicast: job.unicast, found: found?.start ?? 0 },
  );

const TROUBLES: Readonly<Record<Exclude<RunningState['kind'], 'runs'>, string>> = {
  lockup: 'its core is in lockup: a fault within a fault',
  fault: 'its core stays in the handler of a fault',
  resets: 'it resets itself again and again',
  stuck:
    'its core stays on one spot and does not sleep, as one that hangs does, or one that has switched itself off (System OFF) while it is looked at',
  elsewhere: 'its core does not run from flash',
  halted: 'its core is halted',
};
export const notRunning = (state: Exclude<RunningState, { kind: 'runs' }>) =>
  new KnownError(
    'station/proof-not-running',
    `The board was written and read back, but its firmware does not run: ${TROUBLES[state.kind]}.`,
    TAKE_OUT,
    {
      state: state.kind,
      ...('pc' in state && { pc: state.pc }),
      ...('times' in state && { times: state.times }),
    },
  );

export const logDisagrees = (job: HasElements, words: readonly LogWord[]) => {
  const other = words.find((word) => word.kind === 'address');
  return new KnownError(
    'station/proof-log',
    other && other.unicast !== job.unicast
      ? `The board says that it is ${hex(other.unicast, 4)}, and should be ${hex(job.unicast, 4)}.`
      : 'The board says in its log that it resets its node.',
    TAKE_OUT,
    { unicast: job.unicast, found: other?.unicast ?? 0 },
  );
};

/** What a start has done to a clone that it should not: each with words and a way out of its own. */
export function startChanged(job: HasElements, fault: StartFault) {
  switch (fault.kind) {
    case 'node':
      return stateChanged(job, fault.what);
    case 'sequence':
      return fault.to < fault.from ? sequenceWentBack(job, fault) : sequenceJumped(job, fault);
    case 'iv-index':
      return ivIndexMoved(job, fault);
    case 'replay':
      return replayForgotten(job, fault);
  }
}
type FaultOf<Kind extends StartFault['kind']> = Extract<StartFault, { readonly kind: Kind }>;

/** @param what  the name of what differs; never its value, which may be a key */
export const stateChanged = (job: HasElements, what: string) =>
  new KnownError(
    'station/proof-changed',
    `After its start the board is no longer the node ${rangeText(job)} as it was written: ${what}.`,
    'Look whether its firmware erases its state when it starts, as after a change of its version or its models. Read the donor after such a start.',
    { unicast: job.unicast, what },
  );

export const sequenceWentBack = ({ unicast }: HasElements, { from, to }: FaultOf<'sequence'>) =>
  new KnownError(
    'station/proof-sequence-back',
    `After its start the sequence number of ${hex(unicast, 4)} went back, from ${thousands(from)} to ${thousands(to)}, under the same IV index.`,
    'Others drop its messages until it has caught up. Look whether its firmware erases the page of its network state when it starts. Read the donor after such a start.',
    { unicast, from, to },
  );

export const sequenceJumped = ({ unicast }: HasElements, { from, to, most }: FaultOf<'sequence'>) =>
  new KnownError(
    'station/proof-sequence-jump',
    `After its start the sequence number of ${hex(unicast, 4)} went from ${thousands(from)} to ${thousands(to)}; a start takes it on by ${thousands(most)} at most.`,
    'It restarts again and again, or sends without a pause: open its log. A firmware that is built to set more numbers aside at a time does this by right; then prove it quickly.',
    { unicast, from, to, most },
  );

export const ivIndexMoved = ({ unicast }: HasElements, { from, to }: FaultOf<'iv-index'>) =>
  new KnownError(
    'station/proof-iv-index',
    `After its start the IV index of ${hex(unicast, 4)} is ${ivIndexText(to)}; it was written as ${ivIndexText(from)}, and no network takes a node from there to here.`,
    to.index < from.index || from.index === to.index
      ? 'It hears nobody under an index that is over. Look whether its firmware erases its network state when it starts.'
      : 'A node follows its network by 42 at most. Look whether its firmware falls back to a fixed value, or press the clones with the IV index of the network today.',
    { unicast, from: from.index, to: to.index },
  );

export const replayForgotten = ({ unicast }: HasElements, { source, from, to }: FaultOf<'replay'>) =>
  new KnownError(
    'station/proof-replay',
    to === null
      ? `After its start the node ${hex(unicast, 4)} has forgotten that it heard ${hex(source, 4)}, whose last message had the number ${thousands(from)}.`
      : `After its start the node ${hex(unicast, 4)} remembers of ${hex(source, 4)} the message ${thousands(to)}, and had heard ${thousands(from)} before.`,
    'It would take old messages for new ones, from whoever repeats them. Look whether its firmware erases its replay list when it starts; or press the clones with an empty one.',
    { unicast, source, from, to: to ?? 0 },
  );

const ivIndexText = ({ index, isUpdating }: IvIndex): string =>
  `${index}${isUpdating ? ' with an update in progress' : ''}`;

export const logClosed = () =>
  new KnownError(
    'station/log-closed',
    'The debug port of this board is closed, so its log cannot be read.',
    'Newer silicon closes it at every reset unless the firmware opens it. Use its serial port, where the firmware logs there.',
  );

export const noLogFound = (search: Exclude<RttSearch, { readonly kind: 'found' }>) =>
  new KnownError(
    'station/no-log-found',
    {
      absent: () =>
        'No log was found in the RAM of this board: its firmware does not use RTT, or has not begun to.',
      torn: ({ address }: Where) =>
        `What stands at ${hex(address, 8)} of its RAM looks like the beginning of a log, and is not one: it is torn, or left from another firmware.`,
      misplaced: ({ address, buffer }: Where) =>
        `The log that begins at ${hex(address, 8)} keeps its text at ${hex(buffer, 8)}, where this chip has no RAM: it is of a firmware for another chip.`,
    }[search.kind]({ address: 0, buffer: 0, ...search }),
    'Build the firmware with its log sent to RTT, or use its serial port where it logs there.',
    { kind: search.kind, ...('address' in search && { address: search.address }) },
  );
interface Where {
  readonly address: number;
  readonly buffer: number;
}
