/**
 * What each area of a stack is for: by what its entries look like, and by its place where it holds none.
 *
 * Source: section 2.4 of docs/flash-format.md.
 */
import { readAreaLog, type Entry, type Page } from './container.ts';
import { unwrap } from './boot.ts';
import type { Role } from './releases.ts';

/** Whether an entry may be a record of this kind of area, in any release, by handle and length alone. */
type Fits = (handle: number, lengthWords: number, entry: Entry) => boolean;
const range = (handle: number, first: number, last: number) => handle >= first && handle <= last;

const FITS: Readonly<Partial<Record<Role, Fits>>> = {
  'net-state': (handle, words) => (handle === 1 ? words === 2 : range(handle, 2, 4) && words === 3),
  dsm(handle, words) {
    switch (handle >> 12) {
      case 0:
        return (handle === 1 && words === 4) || (handle === 2 && words === 2);
      case 1:
        return words === 2;
      case 2:
        return words === 5;
      case 3:
        return words === 6 || words === 10;
      case 4:
        return words === 6 || words === 10 || words === 11;
      default:
        return range(handle, 0x5000, 0x5fff) && words === 6;
    }
  },
  access(handle, words) {
    switch (handle >> 12) {
      case 0:
        return handle === 1 && words === 3;
      case 1:
        return words === 2;
      case 2:
        return words >= 6;
      case 3:
        return words >= 2;
      default:
        return handle === 0x4000 && words === 2;
    }
  },
  'core-options': (handle) => range(handle, 0x0100, 0x024f),
  models: (handle, words) => (handle === 1 ? words === 3 || words === 5 : range(handle, 0x1000, 0x26ff)),
  'replay-cache': (handle, words) =>
    handle === 1 ? words === 3 : range(handle, 2, 0xff) && (words === 2 || words === 3),
  'emergency-cache': (handle, words, entry) =>
    range(handle, 0x0001, 0x0fff) &&
    words >= 3 &&
    WRAPPED.some((role) => {
      const record = unwrap(entry, role);
      return record !== undefined && fits(role, record);
    }),
};
const WRAPPED: readonly Role[] = ['net-state', 'dsm', 'access', 'core-options', 'models', 'replay-cache'];
const ROLES: readonly Role[] = [...WRAPPED, 'emergency-cache'];

const fits = (role: Role, entry: Entry): boolean =>
  FITS[role]?.(entry.handle, entry.lengthWords, entry) ?? false;

/** Entries that speak for an area in this role, less those that speak against it. Items of caches count from 1. */
function scoreOf(role: Role, live: readonly Entry[]): number {
  if (role === 'unknown') return 0;
  const counts = role === 'replay-cache' || role === 'emergency-cache';
  if (counts && !live.some(({ handle }) => handle === 1)) return -live.length;
  return live.reduce((sum, entry) => sum + (fits(role, entry) ? 1 : -1), 0);
}

const liveOf = (pages: readonly Page[]): readonly Entry[] =>
  readAreaLog(pages, { iteration: 'page-by-page' }).live;

/** The one role that most live entries fit; `undefined` where there are none, or where several roles fit as well. */
export function contentRole(pages: readonly Page[]): Role | undefined {
  const live = liveOf(pages);
  const scores = ROLES.map((role) => scoreOf(role, live)).sort((a, b) => b - a);
  const best = scores[0]!;
  return best > 0 && scores[1]! < best ? ROLES.find((role) => scoreOf(role, live) === best) : undefined;
}

/** Stacks that releases build, from the recovery page down; areas of the application lie below, or above the emergency cache. */
const CORE_STACK: readonly Role[] = ['net-state', 'dsm', 'access', 'core-options'];
const PATTERNS_A: readonly (readonly Role[])[] = [CORE_STACK.slice(0, 3), CORE_STACK];
const PATTERNS_B: readonly (readonly Role[])[] = [
  CORE_STACK,
  [...CORE_STACK, 'models'],
  [...CORE_STACK, 'replay-cache', 'emergency-cache'],
  [...CORE_STACK, 'models', 'replay-cache', 'emergency-cache'],
  [...CORE_STACK, 'replay-cache', 'unknown', 'emergency-cache'],
  [...CORE_STACK, 'models', 'replay-cache', 'unknown', 'emergency-cache'],
];

/**
 * Roles of the areas of a stack.
 *
 * @param areas   pages of each area, from the recovery page down
 * @param isFamilyB  whether the records are those of 4.0.0 and later, which have more areas than four
 */
export function classify(areas: readonly (readonly Page[])[], isFamilyB: boolean): Role[] {
  const live = areas.map(liveOf);
  const rated = (isFamilyB ? PATTERNS_B : PATTERNS_A).map((pattern) => {
    const roles = areas.map((_, index): Role => pattern[index] ?? 'unknown');
    return {
      roles,
      score: roles.reduce((sum, role, area) => sum + scoreOf(role, live[area]!), 0),
      // of patterns that explain the areas equally well, the likeliest has as many
      distance: Math.abs(pattern.length - areas.length),
    };
  });
  rated.sort((a, b) => b.score - a.score || a.distance - b.distance);
  const [best] = rated;
  if (best!.roles.every((role, area) => role === 'unknown' || scoreOf(role, live[area]!) >= 0))
    return best!.roles;
  return byContent(areas);
}

/** Areas out of the usual order, such as those a 4.x firmware took over from a 3.x map: each by what it holds. */
function byContent(areas: readonly (readonly Page[])[]): Role[] {
  const taken = new Set<Role>();
  return areas.map((pages) => {
    const role = contentRole(pages);
    if (!role || taken.has(role)) return 'unknown';
    taken.add(role);
    return role;
  });
}
