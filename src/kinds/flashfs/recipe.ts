/**
 * Clones of one donor: everything they share worked out once, and the few bytes that tell them apart.
 *
 * Below lie the donor's reading, its repairs, the policy and the hygiene; above lies the room `clone`. It changes no image:
 * patches are its answer.
 */
import { equalBytes, hex, isFilledWith, toHex } from '../../bytes.ts';
import { isInRun, isUnicastRun, type Identity, type UnicastRun } from '../../mesh/index.ts';
import type { CloneRecipe } from '../image-kind.ts';
import { simulateBoot, type FirmwareState } from './boot.ts';
import { firstDifference } from '../compare-states.ts';
import { PAGE_METADATA_SIZE, walkPage } from './container.ts';
import { recoveredPage } from './recovery-page.ts';
import type { Draft } from '../draft.ts';
import { KeySearch, placesOf } from '../key-search.ts';
import { ownKeyOf, type JudgedDump } from './judged-dump.ts';
import * as errors from './errors.ts';
import {
  blankRecoveryPage,
  blankStaleEntries,
  blankStrayKey,
  findStrayRecords,
  staleKeys,
} from './hygiene.ts';
import { findOwnPublications, findSites, moveAddress, patchOf, u16Bytes } from './identity-sites.ts';
import type { ClonePolicy } from './options.ts';
import { applyPolicy, entriesOf, SEQUENCE_END } from './policy.ts';
import { coreRowsFor, KEY_SIZE } from './records/index.ts';
import { replayPatches, withoutReplayOf } from './replay-cache.ts';
import { readAreas, settle } from './settle.ts';
import type { FlashfsFinding as Finding } from './errors.ts';

/** Work out everything that clones of this donor share under this policy. */
export function makeRecipe(donor: JudgedDump, policy: ClonePolicy): CloneRecipe {
  const { image, release } = donor;
  const stack = donor.location.stack!;
  const { draft, areas: settledAreas, boot: settled } = settle(image, stack, release, donor.areas);
  const unicast = settled.state.unicast!;
  const { nextSequenceNumber } = settled.state;
  if (nextSequenceNumber >= SEQUENCE_END && policy.sequence !== 'reset')
    throw errors.sequenceUsedUp(nextSequenceNumber);
  const deviceKey = ownKeyOf(settled.state)!.key;

  const core = coreRowsFor(entriesOf(settledAreas, 'core-options'));
  const notes = applyPolicy(draft, policy, release, settledAreas, core);
  for (const { role, log } of readAreas(draft, release, donor.areas)) {
    if (role === 'dsm' || role === 'emergency-cache') blankStaleEntries(draft, log);
  }
  blankRecoveryPage(draft, stack.recovery);
  const areas = readAreas(draft, release, donor.areas);
  const sites = findSites(image, entriesOf(areas, 'dsm'), unicast.start);
  const { strays, left } = keysElsewhere(donor, draft, deviceKey, sites.keys);
  for (const address of strays) blankStrayKey(draft, address);

  const publications =
    policy.ownPublications === 'map' ? findOwnPublications(image, entriesOf(areas, 'dsm'), unicast) : [];
  const replay = areas.find(({ role }) => role === 'replay-cache')?.log.live ?? [];
  const moved = (address: number, to: number) =>
    policy.ownPublications === 'map' ? moveAddress(address, unicast, to) : address;
  const booted = simulateBoot(release, areas).state;
  const remoteOwners = booted.deviceKeys.map(({ owner }) => owner).filter((owner) => owner !== unicast.start);
  const pointer = draft.read(stack.recovery.address).slice(0, 4);
  const search = new KeySearch(deviceKey, image.with(draft.changes), left);

  return {
    movesOwnPublications: policy.ownPublications === 'map',
    ivIndex: booted.ivIndex,
    shared: draft.patches([...sites.starts, ...sites.owners, ...sites.keys, ...publications]),
    notes: [...notes, ...keyNotes(strays, left)],
    patchesFor(identity) {
      checkIdentity(identity, unicast, deviceKey, remoteOwners);
      const start = u16Bytes(identity.unicast);
      const key = identity.deviceKey.slice();
      return [
        ...sites.starts.map((site) => patchOf(site, start)),
        ...sites.owners.map((site) => patchOf(site, start)),
        ...sites.keys.map((site) => patchOf(site, key)),
        ...publications.map((site) => patchOf(site, u16Bytes(moved(site.value, identity.unicast)))),
        ...replayPatches(image, replay, identity.unicast, unicast.count),
      ];
    },
    findingsFor({ unicast: start }) {
      const own = { start, count: unicast.count };
      const foreign = booted.addresses.filter(
        (address) => moved(address, start) === address && isInRun(address, own),
      );
      return foreign.map((address) => ({
        severity: 'warning',
        code: 'flashfs/publishes-to-itself',
        message: `A clone at ${hex(start, 4)} publishes to ${hex(address, 4)}, which is itself.`,
        hint: 'The donor publishes to that address as another node. Choose another address for this clone.',
      }));
    },
    check(clone, identity) {
      checkIdentity(identity, unicast, deviceKey, remoteOwners);
      const cloned = readAreas(clone, release, donor.areas);
      for (const [index, { role, log, pages }] of cloned.entries()) {
        for (const [page, { address, bytes }] of pages.entries()) {
          const expected = donor.areas[index]!.pages[page]!.bytes.subarray(0, PAGE_METADATA_SIZE);
          if (!equalBytes(bytes.subarray(0, PAGE_METADATA_SIZE), expected)) {
            throw errors.wrongClone(`the page at ${hex(address)} is another's`);
          }
        }
        if (log.damage && role !== 'unknown') {
          throw errors.wrongClone(`the page at ${hex(log.damage.page)} is damaged`);
        }
      }
      if (!equalBytes(clone.read(stack.recovery.address, pointer.length), pointer)) {
        throw errors.wrongClone('the recovery page has another state');
      }
      const boot = simulateBoot(release, cloned);
      if (boot.stopsOn) throw errors.wrongClone('its firmware stops at the first boot');
      const difference = firstDifference(expectedState(booted, unicast, identity, moved), boot.state);
      if (difference !== undefined) throw errors.wrongClone(`${difference} is not as it should be`);
      const found = search.find(clone);
      if (found !== undefined)
        throw errors.wrongClone(`the donor's device key still stands at ${hex(found)}`);
    },
  };
}

/**
 * Copies of the donor's key, and of keys it had before, outside the areas in use: those that may be blanked, and places of its
 * key that something may need.
 */
function keysElsewhere(
  donor: JudgedDump,
  draft: Draft,
  key: Uint8Array,
  sites: readonly { readonly address: number }[],
) {
  const { areas, location, image } = donor;
  const { recovery, pageSize } = location.stack!;
  const inUse = areas.flatMap(({ pages }) => pages).map(({ address }) => address);
  const isInUse = (address: number) => inUse.some((page) => address >= page && address < page + pageSize);
  const keys = staleKeys(
    areas.filter(({ role }) => role === 'dsm').flatMap(({ log }) => log.pages),
    [
      walkPage(recoveredPage(image, recovery.address, pageSize)),
      ...location.others.flatMap((stack) => stack.areas.flatMap(({ pages }) => pages.map(walkPage))),
    ],
  );
  const clean = image.with(draft.changes);
  const strays = findStrayRecords(clean, keys.add(toHex(key))).filter((address) => !isInUse(address));
  const known = new Set([...strays, ...sites.map(({ address }) => address)]);
  return { strays, left: placesOf(clean, key).filter((address) => !known.has(address)) };
}

function keyNotes(strays: readonly number[], left: readonly number[]): Finding[] {
  const list = (addresses: readonly number[]) => addresses.map((address) => hex(address)).join(', ');
  return [
    ...(left.length === 0
      ? []
      : [
          {
            severity: 'warning',
            code: 'flashfs/key-left',
            message: `The donor's device key also stands at ${list(left)}, outside the records of the mesh, and stays there in every clone.`,
            hint: 'Whoever reads a clone out can read it. If the application keeps it there, provision the donor anew after cloning.',
          } as const,
        ]),
    ...(strays.length === 0
      ? []
      : [
          {
            severity: 'info',
            code: 'flashfs/key-blanked',
            message: `Old copies of the donor's device keys at ${list(strays)} are blanked in every clone.`,
            hint: '',
          } as const,
        ]),
  ];
}

function checkIdentity(
  { unicast: start, deviceKey: key }: Identity,
  { count }: UnicastRun,
  donorKey: Uint8Array,
  remoteOwners: readonly number[],
): void {
  if (!isUnicastRun({ start, count })) throw errors.notUnicast(start, count);
  if (key.length !== KEY_SIZE) throw errors.badDeviceKey(`has ${key.length} bytes instead of ${KEY_SIZE}`);
  if (isFilledWith(key, 0x00) || isFilledWith(key, 0xff))
    throw errors.badDeviceKey('is all zeros or all ones');
  if (equalBytes(key, donorKey)) throw errors.badDeviceKey('is the one of the donor');
  const rival = remoteOwners.find((owner) => isInRun(owner, { start, count }));
  if (rival !== undefined) throw errors.collision(start, count, rival);
}

/** The donor's state under another identity. */
function expectedState(
  donor: FirmwareState,
  { start, count }: UnicastRun,
  { unicast, deviceKey }: Identity,
  moved: (address: number, to: number) => number,
): FirmwareState {
  const move = <T>(address: T) => (typeof address === 'number' ? moved(address, unicast) : address);
  return {
    ...donor,
    unicast: { start: unicast, count },
    deviceKeys: donor.deviceKeys.map((one) =>
      one.owner === start ? { ...one, owner: unicast, key: deviceKey } : one,
    ),
    addresses: donor.addresses.map(move),
    models: donor.models.map((model) =>
      model.publish
        ? { ...model, publish: { ...model.publish, address: move(model.publish.address) } }
        : model,
    ),
    ...(donor.replayCache && { replayCache: withoutReplayOf(donor.replayCache, unicast, count) }),
  };
}
