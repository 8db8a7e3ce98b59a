/** A bench for the clones of a plan: journal, jobs, and where their images come from. */
import { systemClock } from '../../../clock.ts';
import { findChip, MemoryImage, type PackedPage, type Segment } from '../../../image/index.ts';
import { Bench, type Job, type JournalStore } from '../../../bench/index.ts';
import { newUuid } from '../../../mesh/index.ts';
import type { Platform } from '../../../probe/index.ts';
import { currentDate, randomBytes } from '../../browser/platform.ts';
import type { RunEnds } from '../../browser/bench-memory.ts';
import type { GroupView } from '../../../worker/index.ts';
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
  { engine, plan }: Pick<Parts, 'engine' | 'plan'>,
  { journal, network, hashes, platform, ends, probes }: NewBench,
): Promise<Bench> {
  const { clones, groups } = plan.view!;
  const packed = new Map<number, Promise<readonly PackedPage[]>>();
  const groupOf = (unicast: number) => clones.find((one) => one.unicast === unicast)?.group ?? 0;
  return Bench.open({
    store: journal,
    run: newUuid(randomBytes),
    now: currentDate,
    clock: systemClock,
    network,
    platform,
    ...ends,
    reader: engine.bytes,
    packed: ({ unicast }) => {
      const group = groupOf(unicast);
      const before = packed.get(group);
      if (before) return before;
      const pages = engine.plan.packedPages(group);
      packed.set(group, pages);
      pages.catch(() => packed.delete(group)); // the next board asks anew
      return pages;
    },
    jobs: clones.map(({ name, unicast, elementCount, group }, index): Job => ({
      ...kindOf(groups, group),
      name,
      unicast,
      elementCount,
      imageSha256: hashes[index]!,
      image: async () => imageOf(await engine.plan.image(index)),
    })),
    ...(probes && { probes }),
  });
}

/** Of which kind a clone is where there are several, and for which chip. */
function kindOf(groups: readonly GroupView[], group: number): Pick<Job, 'kind' | 'chip'> {
  const { chip } = groups[group]!;
  const known = chip.certain ? findChip(chip.name) : undefined;
  return {
    ...(groups.length > 1 && { kind: kindNames(groups)[group]! }),
    ...(known && { chip: known }),
  };
}

/** What the kinds of node of a run are called: by their donors, and by number where two have one name. */
export const kindNames = (groups: readonly GroupView[]): readonly string[] =>
  groups.map(({ name }, i) => {
    const before = groups.slice(0, i).filter((one) => one.name === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });

/** An image as it crosses from the engine. */
export const imageOf = ({ segments }: { readonly segments: readonly Segment[] }): MemoryImage =>
  MemoryImage.of(segments);
