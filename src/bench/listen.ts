/** The log of the firmware on a board, read as it comes, for as long as somebody listens. Its core is not stopped. */
import type { LogLine } from '../log-lines.ts';
import type { SwdLink } from '../probe/index.ts';
import { Nrf52 } from '../target/index.ts';
import { logClosed, noLogFound } from './proof-errors.ts';
import { Listener } from './proof.ts';
import type { SlotView } from './views.ts';
import type { Desk } from './visit.ts';

/** As many of a board's log as are kept. */
const LOG_LINES = 2_000;
const LISTEN_EVERY_MS = 100;

/** @throws `station/log-closed`, `station/no-log-found`, and what a probe throws before it is stopped */
export async function listenTo(
  link: SwdLink,
  { clock, rtt }: Pick<Desk, 'clock' | 'rtt'>,
  before: readonly LogLine[],
  show: (news: Partial<SlotView>) => void,
  signal: AbortSignal,
): Promise<void> {
  const target = await Nrf52.attach(link, { clock, signal });
  if (target.isLocked) throw logClosed();
  let lines = before;
  const log = (fresh: readonly LogLine[]) => {
    lines = [...lines, ...fresh].slice(-LOG_LINES);
    show({ log: lines });
  };
  try {
    const listener = new Listener(target, { clock, likelyRtt: rtt.likely, log, signal });
    const found = await listener.find(() => !signal.aborted);
    if (found.kind === 'found') rtt.likely = found.block.address;
    else if (!signal.aborted) throw noLogFound(found);
    show({ listening: true });
    while (!signal.aborted) {
      await listener.listen();
      await clock.sleep(LISTEN_EVERY_MS, signal).catch(() => {}); // it ends the loop
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    show({ listening: false });
    await target.port.powerDown().catch(() => {}); // the first error is the one to tell
  }
}
