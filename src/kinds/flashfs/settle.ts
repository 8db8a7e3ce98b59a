/** A donor after every repair that its firmware makes by itself: what clones are made of. */
import type { MemoryImage } from '../../image/index.ts';
import { simulateBoot, type Boot, type BootArea } from './boot.ts';
import { readAreaLog, type Page } from './container.ts';
import type { Stack } from './discovery.ts';
import { Draft } from './draft.ts';
import type { LocatedArea } from './locate.ts';
import type { Release } from './releases.ts';
import { finishDefragmentation, mendLog } from './repair.ts';

export interface ReadArea extends BootArea {
  readonly pages: readonly Page[];
}

/** The areas of a donor, or of a clone of it, with pages from any source. */
export function readAreas(
  source: Pick<MemoryImage, 'read'>,
  { rules }: Release,
  areas: readonly Pick<LocatedArea, 'role' | 'pages'>[],
): ReadArea[] {
  return areas.map(({ role, pages: known }) => {
    const pages = known.map(({ address, bytes }) => ({ address, bytes: source.read(address, bytes.length) }));
    return { role, pages, log: readAreaLog(pages, rules) };
  });
}

export interface Settled {
  readonly draft: Draft;
  readonly areas: readonly ReadArea[];
  readonly boot: Boot;
}

export function settle(
  image: MemoryImage,
  stack: Stack,
  release: Release,
  areas: readonly (LocatedArea & BootArea)[],
): Settled {
  const draft = new Draft(image, stack.pageSize);
  finishDefragmentation(draft, stack, areas);
  for (const { role, log, pages } of readAreas(draft, release, areas)) {
    if (role !== 'unknown') mendLog(draft, log, pages.at(-1)!.address + stack.pageSize);
  }
  const settled = readAreas(draft, release, areas);
  return { draft, areas: settled, boot: simulateBoot(release, settled) };
}
