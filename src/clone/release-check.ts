/** A person's word on the SDK release, held against the dump. Detection decides; the word is a cross-check. */
import type { Finding } from '../errors.ts';
import type { ImageReading } from '../kinds/index.ts';
import * as errors from './errors.ts';

/**
 * @param given  `3.2.0`
 * @returns      a warning where the dump speaks against it without proof
 * @throws       `clone/unknown-release`; `clone/contradicting-release` when the dump proves another
 */
export function checkRelease(reading: ImageReading, given: string): Finding[] {
  const known = reading.kind.releases;
  if (!known.includes(given)) throw errors.unknownRelease(given, known);
  const { likely, certain } = reading.releases;
  if (likely.length === 0) return [];
  if (likely.includes(given)) return [];
  if (certain) throw errors.contradictingRelease(given, likely);
  return [
    {
      severity: 'warning',
      code: 'clone/doubtful-release',
      message: `The dump looks like release ${likely.join(' or ')} rather than ${given}.`,
      hint: 'It was read as what it looks like.',
    },
  ];
}
