/**
 * Which release wrote an image. None says so; what its records look like narrows it down, and the rest is habit: how many
 * areas, which limits, which SoftDevice. Every reason is kept in words.
 *
 * Source: section 8 of docs/flash-format.md.
 */
import type { ReleaseGuess } from '../image-kind.ts';
import { isUnformatted, type AreaLog, type Entry } from './container.ts';
import type { Firmware } from '../firmware.ts';
import { coreRows, decodeEntry, dsmRowsA, findRow, type DsmLimits, type EntryRows } from './records/index.ts';
import {
  findRelease,
  isFamilyB,
  RELEASES,
  ROLE_TITLES,
  rowsOf,
  type Release,
  type Role,
} from './releases.ts';

export interface Evidence {
  readonly areas: readonly { readonly role: Role; readonly log: AreaLog }[];
  readonly isFamilyB: boolean;
  readonly pageSize: number;
  readonly firmware: Firmware;
  /** A person's word. */
  readonly known: string | undefined;
}

/** A piece of evidence, and the releases it speaks for. */
interface Clue {
  readonly says: string;
  readonly fits: (release: Release) => boolean;
  /** Whether it rules the others out, or how much it counts where others do not. */
  readonly weight: 'decides' | number;
}

export function guessRelease(evidence: Evidence): ReleaseGuess {
  const known = evidence.known === undefined ? undefined : findRelease(evidence.known);
  if (known) return { likely: [known.id], certain: true, reasons: ['chosen by hand'] };
  if (evidence.areas.every(({ log }) => log.pages.every(({ entries }) => entries.length === 0)))
    return { likely: [], certain: false, reasons: ['it holds no record that would tell the release'] };
  const clues = cluesOf(evidence);
  let candidates = RELEASES.filter((release) => isFamilyB(release) === evidence.isFamilyB);
  for (const clue of clues.filter(({ weight }) => weight === 'decides')) {
    const left = candidates.filter(clue.fits);
    if (left.length > 0) candidates = left;
  }
  const points = (release: Release) =>
    clues.reduce((sum, { weight, fits }) => sum + (weight !== 'decides' && fits(release) ? weight : 0), 0);
  // newest first among equals: a node still in service has most likely been kept up to date
  const likely = candidates.toReversed().sort((a, b) => points(b) - points(a));
  return {
    likely: likely.map(({ id }) => id),
    certain: likely.length === 1,
    reasons: [
      evidence.isFamilyB
        ? 'its records have the form of 4.0.0 and later'
        : 'its records have the form of 3.2.0 and earlier',
      ...clues.map(({ says }) => says),
    ],
  };
}

const since = (first: string) => (release: Release) => indexOf(release.id) >= indexOf(first);
const before = (first: string) => (release: Release) => indexOf(release.id) < indexOf(first);
const indexOf = (id: string) => RELEASES.findIndex((release) => release.id === id);

function cluesOf(evidence: Evidence): Clue[] {
  const entriesOf = (role: Role) =>
    evidence.areas
      .filter((area) => area.role === role)
      .flatMap(({ log }) => log.pages.flatMap(({ entries }) => entries));
  const { softDevice } = evidence.firmware;
  const clues: (Clue | false | undefined)[] = [
    softDevice && {
      says: `SoftDevice ${softDevice.name}`,
      fits: (release) => release.softDevices.includes(softDevice.id),
      weight: 2,
    },
    ...(evidence.isFamilyB ? cluesOfB(evidence, entriesOf) : cluesOfA(evidence, entriesOf)),
  ];
  return clues.filter((clue) => clue !== false && clue !== undefined);
}

type EntriesOf = (role: Role) => readonly Entry[];

function cluesOfA({ areas, pageSize }: Evidence, entriesOf: EntriesOf): (Clue | false | undefined)[] {
  const tails = entriesOf('access')
    .filter(({ handle, lengthWords }) => lengthWords >= 6 && (handle === 0 || handle >> 12 === 2))
    .map(({ payload }) => payload.subarray(-4));
  const early = tails.some(([first]) => first! > 1);
  const defaultTtl = tails.some(([, second]) => second === 0xff);
  const limits = limitsOf(entriesOf('dsm'));
  const hasCore = areas.some(({ role }) => role === 'core-options');
  const lateOption = entriesOf('core-options').some(({ handle }) => handle >= 0x0220);
  return [
    pageSize === 0x400 && {
      says: 'pages of 1024 bytes, as on the nRF51',
      fits: before('2.0.0'),
      weight: 'decides',
    },
    tails.length > 0 && {
      says: early
        ? 'models say their TTL first, as before 3.0.0'
        : 'models say their credentials first, as from 3.0.0 on',
      fits: early ? before('3.0.0') : since('3.0.0'),
      weight: 'decides',
    },
    {
      says: hasCore ? 'an area for core options, from 2.2.0 on' : 'no area for core options, before 2.2.0',
      fits: hasCore ? since('2.2.0') : before('2.2.0'),
      weight: hasCore ? 'decides' : 1,
    },
    lateOption && {
      says: 'options of friend or health, from 3.2.0 on',
      fits: since('3.2.0'),
      weight: 'decides',
    },
    limits && {
      says: `room for ${limits.appKeys} AppKeys, as in light switches ${limits.appKeys > 1 ? 'from' : 'before'} 3.0.0`,
      fits: limits.appKeys > 1 ? since('3.0.0') : before('3.0.0'),
      weight: 1,
    },
    isBareNode(areas, entriesOf('dsm')) && {
      says: 'a device key and no model stored, as 1.0.x leaves it after provisioning',
      fits: before('2.0.0'),
      weight: 1,
    },
    tails.length === 0 && {
      says: 'no model stored, as before 3.2.0 until a node is configured',
      fits: before('3.2.0'),
      weight: 1,
    },
    tails.length > 0 &&
      !early && {
        says: defaultTtl
          ? 'models with 255 for the default TTL, as from 3.2.0 on'
          : 'models with the TTL itself by default, as before 3.2.0',
        fits: defaultTtl ? since('3.2.0') : before('3.2.0'),
        weight: 1,
      },
  ];
}

/**
 * From 2.0.0 on the configuration server is bound to the device key, and stored, in one go with provisioning; nodes that hold
 * keys of others are provisioners of their own and prove nothing.
 */
function isBareNode(areas: Evidence['areas'], deviceState: readonly Entry[]): boolean {
  const access = areas.find(({ role }) => role === 'access');
  const keys = deviceState.filter((entry) => decodeEntry(dsmRowsA.devkey, entry) !== undefined);
  const formatted = access?.log.pages.every(({ page }) => !isUnformatted(page.bytes)) ?? false;
  return keys.length === 1 && formatted && access!.log.pages.every(({ entries }) => entries.length === 0);
}

function limitsOf(entries: readonly Entry[]): DsmLimits | undefined {
  const row = RELEASES[0]!.dsm.metadata;
  const entry = entries.findLast(({ handle, lengthWords }) => handle === row.first && lengthWords === 4);
  return entry && row.layoutOf(entry.lengthWords)?.decode(entry.payload);
}

function cluesOfB({ areas }: Evidence, entriesOf: EntriesOf): (Clue | false | undefined)[] {
  const newest = RELEASES.at(-1)!;
  const cached = areas.find(({ role }) => role === 'replay-cache' || role === 'emergency-cache');
  const sevenCounts = entriesOf('models').some(
    ({ handle, lengthWords }) => handle === 1 && lengthWords === 5,
  );
  const defaultTtl = entriesOf('access').some(({ handle }) => handle === 0x4000);
  const padding = paddingOf(newest, entriesOf);
  return [
    padding !== undefined && {
      says:
        padding === 'leftover'
          ? 'unused bytes of records hold leftovers of RAM, as before 4.1.0'
          : 'unused bytes of records are blank, as from 4.1.0 on',
      fits: padding === 'leftover' ? before('4.1.0') : since('4.1.0'),
      weight: 'decides',
    },
    sevenCounts && { says: 'seven counts of models, from 5.0.0 on', fits: since('5.0.0'), weight: 'decides' },
    defaultTtl && {
      says: 'a default TTL in the access area, from 5.0.0 on',
      fits: since('5.0.0'),
      weight: 'decides',
    },
    {
      says: cached
        ? `an area that can be the ${ROLE_TITLES[cached.role]} of 5.0.0`
        : 'no area for caches, before 5.0.0',
      fits: cached ? since('5.0.0') : before('5.0.0'),
      weight: 'decides',
    },
  ];
}

/** What stands in the bytes between the end of a record and the next whole word. */
function paddingOf(release: Release, entriesOf: EntriesOf): 'leftover' | 'blank' | undefined {
  let seen = false;
  for (const role of ['dsm', 'net-state', 'access', 'core-options'] as const) {
    const rows: EntryRows = rowsOf(release, role, coreRows(2));
    for (const { handle, lengthWords, payload } of entriesOf(role)) {
      const layout = findRow(rows, handle)?.layoutOf(lengthWords);
      if (!layout || layout.lengthWords !== lengthWords) continue;
      for (const byte of payload.subarray(layout.size)) {
        if (byte !== 0xff) return 'leftover';
        seen = true;
      }
    }
  }
  return seen ? 'blank' : undefined;
}

/** What an image without records is read by: a release with no more than every one has. */
const PLAINEST = RELEASES.find(({ id }) => id === '2.1.1')!;

/** The likeliest, where anything tells. */
export const releaseOf = ({ likely }: ReleaseGuess): Release =>
  (likely[0] === undefined ? undefined : findRelease(likely[0])) ?? PLAINEST;
