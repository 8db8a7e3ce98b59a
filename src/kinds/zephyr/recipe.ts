/**
 * Clones of one donor: everything they share worked out once, and the few bytes that tell them apart.
 *
 * Below lie the donor's reading, the policy, the edits and the hygiene; above lies the room `clone`. It changes no image: patches
 * are its answer.
 */
import { equalBytes, hex, isFilledWith, toHex } from '../../bytes.ts';
import type { MemoryImage } from '../../image/index.ts';
import { isClear, isInRun, isUnicastRun, type Identity, type UnicastRun } from '../../mesh/index.ts';
import { Draft, type Reason } from '../draft.ts';
import { KeySearch, placesOf } from '../key-search.ts';
import type { CloneRecipe, KnownElsewhere } from '../image-kind.ts';
import { readArea, runOf, sharedKeys, type ZephyrDump, type ReadArea } from './zephyr-dump.ts';
import { changeValue, deleteSetting } from './edit.ts';
import * as errors from './errors.ts';
import type { ZephyrFinding } from './errors.ts';
import { formerKeys } from './former-keys.ts';
import { staleStretches } from './hygiene.ts';
import { dropOwnReplay, findSites, ownDestinations, type NonceSource } from './identity.ts';
import { keysInPlace } from './key-form.ts';
import { isProvisioned } from './node.ts';
import type { ClonePolicy } from './options.ts';
import { applyPolicy, type Changes } from './policy.ts';
import { rebuildArea } from './rebuild.ts';
import * as records from './records/index.ts';
import { KEY_OFFSET, KEY_SIZE, objectName } from './sealing.ts';
import type { Settings } from './settings.ts';
import type { Area } from './storage/log.ts';
import { PAGE_SIZE } from './storage/locate.ts';

/**
 * Work out everything that clones of this donor share under this policy.
 *
 * @param known  how many elements the node has, where its database says
 * @param nonce  of the seal of a clone's device key; follows from the key unless a test gives another
 */
export function makeRecipe(
  donor: ZephyrDump,
  policy: ClonePolicy,
  known: KnownElsewhere = {},
  nonce?: NonceSource,
): CloneRecipe {
  const { image } = donor;
  const { node: before, settings: stored } = donor.chosen!;
  const own = { ...runOf(before)!, ...(known.elementCount !== undefined && { count: known.elementCount }) };
  const deviceKey = before.deviceKey as Uint8Array;
  const { changes, notes } = sharedChanges(donor, policy);
  const draft = new Draft(image, PAGE_SIZE);
  const isRebuilt = writeShared(draft, donor, changes);
  for (const { address, length } of donor.emds)
    draft.fill(address, length, 0xff, policyReason('emergency data'));

  const kept = new Set(sharedKeys(before).map(toHex));
  const middle = reread(image.with(draft.changes), stored.mount.area);
  for (const { address, length } of staleStretches(middle.settings, kept))
    draft.fill(address, length, 0xff, { purpose: 'hygiene', what: 'what no firmware reads', secret: true });

  const base = image.with(draft.changes);
  const { node, settings } = reread(base, stored.mount.area);
  const movesOwn = policy.ownPublications === 'map';
  const sites = findSites(image, node, node.deviceKeyObject, own, movesOwn, nonce);
  const secrets = [deviceKey, ...sealedPart(before), ...formerKeys(donor.chosen!, kept)];
  const left = keysLeft(base, secrets, sites.places);
  const searches = secrets.map((secret) => new KeySearch(secret, base, left));
  const expected = (identity: Identity): Map<string, Uint8Array> => {
    const values = new Map([...settings.byName].map(([name, { value }]) => [name, value]));
    for (const [name, value] of sites.valuesFor(identity)) values.set(name, value);
    for (const source of node.replay.keys())
      if (isInRun(source, { ...own, start: identity.unicast })) values.delete(records.replayName(source));
    return values;
  };

  return {
    movesOwnPublications: movesOwn,
    shared: draft.patches(sites.places),
    notes: [...notes, ...(isRebuilt ? [REBUILT] : []), ...emdsNotes(donor), ...leftNotes(left)],
    patchesFor(identity) {
      checkIdentity(identity, own, deviceKey);
      return [
        ...sites.patchesFor(identity),
        ...dropOwnReplay(image, node, { ...own, start: identity.unicast }),
      ];
    },
    findingsFor: ({ unicast }) => publishesToItself(settings, own, { ...own, start: unicast }, movesOwn),
    check(clone, identity) {
      checkIdentity(identity, own, deviceKey);
      const booted = reread(clone, stored.mount.area);
      compare(booted, node.settings, expected(identity), identity);
      for (const search of searches) {
        const found = search.find(clone);
        if (found !== undefined)
          throw errors.wrongClone(`a device key of the donor still stands at ${hex(found)}`);
      }
    },
  };
}

/** The area where the donor has it, as a firmware would read it in this image. */
function reread(image: MemoryImage, { format, address, sectorSize, spacing, sectors }: Area): ReadArea {
  return readArea({
    format,
    address,
    sectorSize,
    spacing,
    sectors: sectors.map((sector) =>
      format.readSector(sector.address, image.read(sector.address, sectorSize), spacing),
    ),
  });
}

const policyReason = (what: string): Reason => ({ purpose: 'option', what });

function sharedChanges(
  { chosen }: ZephyrDump,
  policy: ClonePolicy,
): { changes: Changes; notes: readonly ZephyrFinding[] } {
  const { node } = chosen!;
  const { changes, notes } = applyPolicy(node, policy);
  if (policy.keys === 'as-stored' || node.keyForm !== 'key-store') return { changes, notes };
  return { changes: new Map([...changes, ...keysInPlace(node)]), notes };
}

/** @returns whether the area had to be written afresh */
function writeShared(draft: Draft, { chosen }: ZephyrDump, changes: Changes): boolean {
  const { settings } = chosen!;
  const { mount, byName } = settings;
  const inPlace = [...changes].every(
    ([name, value]) => value === null || value.length === byName.get(name)!.value.length,
  );
  if (inPlace) {
    for (const [name, value] of changes) {
      const setting = byName.get(name)!;
      const { row } = records.findRow(name);
      const edits = value ? changeValue(mount, setting.valueEntry, value) : deleteSetting(mount, setting);
      const reason = { ...policyReason(row.label), secret: records.keySpans(row, setting.value).length > 0 };
      for (const { address, bytes } of edits) draft.write(address, bytes, reason);
    }
    return false;
  }
  const sectors = rebuildArea(settings, changes);
  if (!sectors) throw errors.noRoom(mount.area.address);
  for (const { address, bytes } of sectors)
    draft.write(address, bytes, { purpose: 'option', what: 'settings written afresh', secret: true });
  return true;
}

/** What the donor's sealed device key looks like. */
function sealedPart({ net, settings }: ReadArea['node']): Uint8Array[] {
  if (!('id' in net!.deviceKey)) return [];
  const { value } = settings.byName.get(objectName(net!.deviceKey.id))!;
  return [value.subarray(KEY_OFFSET, KEY_OFFSET + KEY_SIZE)];
}

/** Places of the donor's device keys that something may need: outside its settings, or in a live setting of another meaning. */
function keysLeft(
  base: MemoryImage,
  secrets: readonly Uint8Array[],
  sites: readonly { readonly address: number; readonly length: number }[],
): number[] {
  const isSite = (at: number) => sites.some(({ address, length }) => at >= address && at < address + length);
  return secrets.flatMap((secret) => placesOf(base, secret)).filter((at) => !isSite(at));
}

const REBUILT: ZephyrFinding = {
  severity: 'warning',
  code: 'zephyr/area-rebuilt',
  message:
    'The keys take more room in their records than in a key store: the settings are written afresh in every clone.',
  hint: 'Only a firmware with CONFIG_BT_MESH_KEY_IMPORTER takes them over at its first boot; any other starts unprovisioned.',
};

function emdsNotes({ emds }: ZephyrDump): ZephyrFinding[] {
  return emds.map(({ address, length }) => ({
    severity: 'info',
    code: 'zephyr/emergency-data-erased',
    message: `The emergency data at ${hex(address)} (${length / 1024} KB), with the replay list in it, is erased in every clone.`,
    hint: '',
  }));
}

function leftNotes(left: readonly number[]): ZephyrFinding[] {
  if (left.length === 0) return [];
  return [
    {
      severity: 'warning',
      code: 'zephyr/key-left',
      message: `A device key of the donor also stands at ${left.map((address) => hex(address)).join(', ')}, outside the records of the mesh, and stays there in every clone.`,
      hint: 'Whoever reads a clone out can read it. If the application keeps it there, provision the donor anew after cloning.',
    },
  ];
}

function checkIdentity({ unicast, deviceKey }: Identity, own: UnicastRun, donorKey: Uint8Array): void {
  if (!isUnicastRun({ ...own, start: unicast })) throw errors.notUnicast(unicast, own.count);
  if (deviceKey.length !== KEY_SIZE)
    throw errors.badDeviceKey(`has ${deviceKey.length} bytes instead of ${KEY_SIZE}`);
  if (isFilledWith(deviceKey, 0x00) || isFilledWith(deviceKey, 0xff))
    throw errors.badDeviceKey('is all zeros or all ones');
  if (equalBytes(deviceKey, donorKey)) throw errors.badDeviceKey('is the one of the donor');
}

function publishesToItself(
  settings: Settings,
  donor: UnicastRun,
  clone: UnicastRun,
  movesOwn: boolean,
): ZephyrFinding[] {
  return ownDestinations(settings, clone)
    .map(({ value }) => records.destinationOf(value))
    .filter((address) => !(movesOwn && isInRun(address, donor)))
    .map((address) => ({
      severity: 'warning',
      code: 'zephyr/publishes-to-itself',
      message: `A clone at ${hex(clone.start, 4)} publishes to ${hex(address, 4)}, which is itself.`,
      hint: 'The donor publishes to that address as another node. Choose another address for this clone.',
    }));
}

/** @throws `zephyr/wrong-clone` unless exactly the expected settings are loaded, and give exactly this node */
function compare(
  { settings, node }: ReadArea,
  donor: Settings,
  expected: ReadonlyMap<string, Uint8Array>,
  { unicast, deviceKey }: Identity,
): void {
  const lost = [...expected.keys()].find((name) => !settings.byName.has(name));
  if (lost !== undefined) throw errors.wrongClone(`${lost} is not loaded`);
  for (const [name, { value }] of settings.byName) {
    const wanted = expected.get(name);
    if (!wanted) throw errors.wrongClone(`${name} is loaded, which was to go`);
    if (!equalBytes(value, wanted)) throw errors.wrongClone(`${name} is not as it should be`);
  }
  const area = settings.mount.area.address;
  if (settings.mount.writeSector !== donor.mount.writeSector)
    throw errors.wrongClone(`the settings at ${hex(area)} go on in another sector`);
  if (settings.problems.length > donor.problems.length)
    throw errors.wrongClone(`the settings at ${hex(area)} break a rule that the donor's keep`);
  if (!isProvisioned(node)) throw errors.wrongClone('it starts unprovisioned');
  if (node.net!.unicast !== unicast) throw errors.wrongClone('it has another address');
  if (!isClear(node.deviceKey!) || !equalBytes(node.deviceKey, deviceKey))
    throw errors.wrongClone('it has another device key');
}
