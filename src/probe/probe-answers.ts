/**
 * What only hardware can tell about a probe (docs/probes.md, "What only hardware can tell"), asked of the one that is plugged in.
 *
 * Nothing of it changes a chip: ids are read, and one address where nothing is.
 */
import type { Clock } from '../clock.ts';
import { KnownError } from '../errors.ts';
import { readDp, type ProbeAnswer, type SwdLink } from './swd-link.ts';

const ROUNDS = 100;
/** A read of DPIDR, which any chip answers in any state. */
const DPIDR = readDp(0x0);

/** Ask the questions of every probe, and those that its kind adds. */
export async function askProbe(link: SwdLink, clock: Clock): Promise<readonly ProbeAnswer[]> {
  const single: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const startMs = clock.now();
    await link.transfer([DPIDR]);
    single.push(clock.now() - startMs);
  }
  const startMs = clock.now();
  await link.transfer(Array.from({ length: 10 * ROUNDS }, () => DPIDR));
  const togetherMs = clock.now() - startMs;
  single.sort((a, b) => a - b);
  const at = (share: number) => `${single[Math.floor(share * (ROUNDS - 1))]!.toFixed(2)} ms`;
  return [
    {
      question: 'round trip of one request',
      answer: `median ${at(0.5)}, fastest ${at(0)}, slowest ${at(1)}`,
    },
    { question: 'reads of DPIDR in one list', answer: `${(togetherMs / (10 * ROUNDS)).toFixed(3)} ms each` },
    { question: 'requests under way', answer: `${link.info.packetCount} of ${link.info.packetSize} bytes` },
    ...((await link.answers?.()) ?? []),
  ];
}

/** An experiment that may fail, which is an answer too. */
export async function answerOf(question: string, experiment: () => Promise<string>): Promise<ProbeAnswer> {
  try {
    return { question, answer: await experiment() };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return { question, answer: `${error.code}: ${error.message}` };
  }
}
