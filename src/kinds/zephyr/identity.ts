/**
 * The few settings that make a clone another node than its donor, and their bytes where they lie.
 *
 * Below lie the records and the edits; above lies the recipe.
 */
import type { MemoryImage, Patch, PatchPurpose } from '../../image/index.ts';
import { isInRun, type Identity, type UnicastRun } from '../../mesh/index.ts';
import { changeValue, deleteSetting, type Change } from './edit.ts';
import type { MeshNode } from './node.ts';
import * as records from './records/index.ts';
import {
  NONCE_SIZE,
  nonceFor,
  objectName,
  sealObject,
  SEALED_OFFSET,
  uidOf,
  type KeyObject,
} from './sealing.ts';
import type { Setting, Settings } from './settings.ts';

/** How the seal of a clone's device key comes by its nonce; a test gives another. */
export type NonceSource = (uid: Uint8Array, deviceKey: Uint8Array) => Uint8Array;

const NET = 'bt/mesh/Net';
const DESTINATIONS = /^bt\/mesh\/([sv]\/[0-9a-f]+\/pub|HBPub)$/;

/** A setting of which a part differs between clones. */
interface Site {
  readonly setting: Setting;
  /** Parts of the value, in words; what else changes with them goes by the first of these names. */
  readonly parts: readonly Part[];
  readonly purpose: PatchPurpose;
  valueFor(identity: Identity): Uint8Array;
}
interface Part {
  readonly offset: number;
  readonly length: number;
  readonly what: string;
  readonly secret: boolean;
}

/** The donor's publications and heartbeats to its own elements. */
export const ownDestinations = ({ byName }: Settings, own: UnicastRun): Setting[] =>
  [...byName.values()].filter(
    ({ name, value }) =>
      DESTINATIONS.test(name) &&
      value.length >= records.DESTINATION_SIZE &&
      isInRun(records.destinationOf(value), own),
  );

/** The element that is to the clone what `address` is to the donor. */
export const moveAddress = (address: number, own: UnicastRun, to: number): number =>
  isInRun(address, own) ? address - own.start + to : address;

export interface IdentitySites {
  /** Every setting that clones have for themselves, by name. */
  valuesFor(identity: Identity): ReadonlyMap<string, Uint8Array>;
  patchesFor(identity: Identity): Patch[];
  /** Where the patches lie, for whoever writes what clones share. */
  readonly places: readonly { readonly address: number; readonly length: number }[];
}

/**
 * @param donor     for the bytes before
 * @param node      the clone to be, still with the donor's identity
 * @param object    what the device key is sealed in, where it is
 * @param movesOwn  whether publications to the node's own elements move with it
 */
export function findSites(
  donor: MemoryImage,
  node: MeshNode,
  object: KeyObject | undefined,
  own: UnicastRun,
  movesOwn: boolean,
  nonce: NonceSource = nonceFor,
): IdentitySites {
  const { settings } = node;
  const sites = [
    ...identitySites(node, object, nonce),
    ...(movesOwn ? ownDestinations(settings, own).map((setting) => destinationSite(setting, own)) : []),
  ];
  const changesOf = (site: Site, identity: Identity) =>
    changeValue(settings.mount, site.setting.valueEntry, site.valueFor(identity));
  const patchesOf = (identity: Identity) =>
    sites.flatMap((site) => changesOf(site, identity).flatMap((change) => toPatches(donor, site, change)));
  const sample: Identity = { unicast: own.start, deviceKey: new Uint8Array(16) };
  return {
    valuesFor: (identity) => new Map(sites.map((site) => [site.setting.name, site.valueFor(identity)])),
    patchesFor: patchesOf,
    places: patchesOf(sample).map(({ address, before }) => ({ address, length: before.length })),
  };
}

function identitySites(
  { settings, net }: MeshNode,
  object: KeyObject | undefined,
  nonce: NonceSource,
): Site[] {
  const setting = settings.byName.get(NET)!;
  const { deviceKey } = net!;
  const address: Part = { offset: 0, length: 2, what: 'first unicast address', secret: false };
  if ('key' in deviceKey) {
    const key: Part = { offset: 2, length: deviceKey.key.length, what: 'device key', secret: true };
    return [
      {
        setting,
        purpose: 'identity',
        parts: [address, key],
        valueFor: ({ unicast, deviceKey: own }) => records.encodeNet(unicast, own),
      },
    ];
  }
  const sealed = settings.byName.get(objectName(deviceKey.id))!;
  const uid = uidOf(sealed.name)!;
  // flags and size stay as they are
  const offset = SEALED_OFFSET - NONCE_SIZE;
  const seal = { offset, length: sealed.value.length - offset, what: 'sealed device key', secret: true };
  return [
    {
      setting,
      purpose: 'identity',
      parts: [address],
      valueFor: ({ unicast }) => records.encodeStoredNet(unicast, deviceKey.id),
    },
    {
      setting: sealed,
      purpose: 'identity',
      parts: [seal],
      valueFor: ({ deviceKey: own }) => sealObject(uid, object!, own, nonce(uid, own)),
    },
  ];
}

function destinationSite(setting: Setting, own: UnicastRun): Site {
  const part = { offset: 0, length: records.DESTINATION_SIZE, what: 'own publication', secret: false };
  return {
    setting,
    purpose: 'option',
    parts: [part],
    valueFor: ({ unicast }) =>
      records.withDestination(setting.value, moveAddress(records.destinationOf(setting.value), own, unicast)),
  };
}

/** The same places for every identity: a value by its parts, an entry or a checksum whole. */
function toPatches(donor: MemoryImage, { parts, purpose }: Site, { part, address, bytes }: Change): Patch[] {
  const patch = (offset: number, length: number, what: string, secret: boolean): Patch => ({
    address: address + offset,
    before: donor.read(address + offset, length).slice(),
    after: bytes.slice(offset, offset + length),
    purpose,
    what,
    secret,
  });
  if (part === 'value')
    return parts.map(({ offset, length, what, secret }) => patch(offset, length, what, secret));
  const secret = parts.some((one) => one.secret); // the checksum of a key tells of it
  return [patch(0, bytes.length, `entry of the ${parts.map(({ what }) => what).join(' and ')}`, secret)];
}

/** The replay list's entries about addresses that the clone has itself. */
export function dropOwnReplay(donor: MemoryImage, { settings, replay }: MeshNode, own: UnicastRun): Patch[] {
  return [...replay.keys()]
    .filter((source) => isInRun(source, own))
    .flatMap((source) => deleteSetting(settings.mount, settings.byName.get(records.replayName(source))!))
    .map(({ address, bytes }) => ({
      address,
      before: donor.read(address, bytes.length).slice(),
      after: bytes,
      purpose: 'option',
      what: 'replay list about the clone itself',
      secret: false,
    }));
}
