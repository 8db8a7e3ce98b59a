/** A bench for the clones of a plan: journal, jobs, and where their images come from. */
import { systemClock } from '../../../clock.ts';
import { findChip, MemoryImage, type PackedPage, type Segment } from '../../../image/index.ts';
import { Bench, type Job, type JournalStore } from '../../../bench/index.ts';
import type { Platform } from '../../../probe/index.ts';
import { currentDate } from '../../browser/platform.ts';
import type { RunEnds } from '../../browser/bench-memory.ts';
import type { Parts } from '../parts.ts';

export interface NewBench {
  readonly journal: JournalStore;
  /** meshUUID of the database: 32 hex digits in small letters. */
  readonly network: string;
  /** SHA-256 of each clone's image, by its place in the plan. */
  readonly hashes: readonly string[];
  readonly platform: Platform;
  /** What is proved of each board, and whether its port is closed for good. */
  readonly ends: RunEnds;
  /** Serial numbers of the probes that each have their own slot. */
  readonly probes?: readonly string[];
}

export function openBench(
  { engine, project, plan }: Pick<Parts, 'engine' | 'project' | 'plan'>,
  { journal, network, hashes, platform, ends, probes }: NewBench,
): Promise<Bench> {
  const { chip } = project.view.dump!;
  const known = chip.certain ? findChip(chip.name) : undefined;
  let packed: Promise<readonly PackedPage[]> | undefined;
  return Bench.open({
    store: journal,
    run: crypto.randomUUID(),
    now: currentDate,
    clock: systemClock,
    network,
    platform,
    ...ends,
    reader: engine.bytes,
    packed: () => (packed ??= engine.plan.packedPages()),
    jobs: plan.view!.clones.map(({ name, unicast, elementCount }, index): Job => ({
      name,
      unicast,
      elementCount,
      imageSha256: hashes[index]!,
      image: async () => imageOf(await engine.plan.image(index)),
    })),
    ...(known && { chip: known }),
    ...(probes && { probes }),
  });
}

/** An image as it crosses from the engine. */
export const imageOf = ({ segments }: { readonly segments: readonly Segment[] }): MemoryImage =>
  MemoryImage.of(segments);
