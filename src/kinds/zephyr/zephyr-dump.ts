/**
 * One dump, understood: the area that holds the node, what its firmware loads from it, and whether clones can be made.
 *
 * Below lie storage, settings and node; above lie the words for people and the recipe. It changes nothing.
 */
import { isFilledWith } from '../../bytes.ts';
import type { KnownError } from '../../errors.ts';
import type { MemoryImage, Stretch } from '../../image/index.ts';
import { isClear, isUnicastRun, type StoredKey, type UnicastRun } from '../../mesh/index.ts';
import { findEmds } from './emds.ts';
import * as errors from './errors.ts';
import { findFcbSectors } from './fcb.ts';
import { isProvisioned, readNode, type MeshNode } from './node.ts';
import { readSettings, textOf, type Settings } from './settings.ts';
import { lengthOf, type Area } from './storage/log.ts';
import { findAreas, findWideSectors, PAGE_SIZE } from './storage/locate.ts';
import { mount, valueOf } from './storage/mount.ts';

/** An area with what a firmware would make of it. */
export interface ReadArea {
  readonly area: Area;
  readonly settings: Settings;
  readonly node: MeshNode;
}

export interface ZephyrDump {
  readonly image: MemoryImage;
  /** Every log in the dump, by rising address. */
  readonly areas: readonly ReadArea[];
  /** The one that the node lives in; that of an unprovisioned node is the first with settings. */
  readonly chosen: ReadArea | undefined;
  readonly fcbSectors: readonly number[];
  readonly emds: readonly Stretch[];
  readonly refusal: KnownError | undefined;
}

/** @returns `undefined` when nothing in the dump is the storage of a Zephyr firmware */
export function readZephyrDump(image: MemoryImage): ZephyrDump | undefined {
  const areas = findAreas(image).map(readArea);
  const fcbSectors = findFcbSectors(image);
  const wideSectors = findWideSectors(image);
  if (areas.length + fcbSectors.length + wideSectors.length === 0) return undefined;
  const chosen = choose(areas);
  const pages = areas.flatMap(({ area }) => pagesOf({ address: area.address, length: lengthOf(area) }));
  return {
    image,
    areas,
    chosen,
    fcbSectors,
    emds: findEmds(image, new Set([...pages, ...fcbSectors])),
    refusal: judge(areas, chosen, fcbSectors, wideSectors),
  };
}

export function readArea(area: Area): ReadArea {
  const settings = readSettings(mount(area));
  return { area, settings, node: readNode(settings) };
}

export const pagesOf = ({ address, length }: Stretch): number[] =>
  Array.from({ length: Math.ceil(length / PAGE_SIZE) }, (_, index) => address + index * PAGE_SIZE);

const holdsMesh = ({ settings }: ReadArea): boolean =>
  [...settings.byName.keys()].some((name) => name.startsWith('bt/mesh/'));
const holdsTraces = ({ settings: { mount } }: ReadArea): boolean =>
  mount.superseded.some((entry) => textOf(valueOf(mount, entry) ?? entry.data)?.startsWith('bt/mesh/'));

/** The most of a node that there is: provisioned, with records of the mesh, with traces of them, with settings at all. */
function choose(areas: readonly ReadArea[]): ReadArea | undefined {
  const isNode = ({ node }: ReadArea) => isProvisioned(node);
  const isSettings = ({ settings }: ReadArea) => settings.byName.size > 0;
  for (const wanted of [isNode, holdsMesh, holdsTraces, isSettings]) {
    const found = areas.find(wanted);
    if (found) return found;
  }
  return areas[0];
}

/** Why no clone can be made of it; the most fundamental reason first. */
function judge(
  areas: readonly ReadArea[],
  chosen: ReadArea | undefined,
  fcbSectors: readonly number[],
  wideSectors: readonly number[],
): KnownError | undefined {
  const donors = areas.filter(({ node }) => isProvisioned(node));
  if (donors.length > 1) return errors.twoDonors(donors.map(({ area }) => area.address));
  if (donors.length === 0) {
    const elsewhere = judgeElsewhere(chosen, fcbSectors, wideSectors);
    if (elsewhere) return elsewhere;
  }
  return judgeNode(chosen!);
}

/** Storage that is recognised and not read holds the node, where nothing that is read does. */
function judgeElsewhere(
  chosen: ReadArea | undefined,
  [fcb]: readonly number[],
  [wide]: readonly number[],
): KnownError | undefined {
  if (chosen && holdsMesh(chosen)) return undefined;
  if (fcb !== undefined) return errors.fcbStorage(fcb);
  if (wide !== undefined) return errors.wideStorage(wide);
  return undefined;
}

function judgeNode(read: ReadArea): KnownError | undefined {
  const { area, settings, node } = read;
  if (settings.mount.writeSector === undefined)
    return errors.noWriteSector(area.address, area.sectors.length);
  if (!isProvisioned(node)) {
    if (node.net) return errors.halfProvisioned(area.address, 'there is an address and no network key');
    if (node.netKeys.size > 0)
      return errors.halfProvisioned(area.address, 'there is a network key and no address');
    if (holdsMesh(read) || holdsTraces(read)) return errors.nodeReset(area.address);
    if (settings.byName.size === 0 && settings.mount.newest.size > 0)
      return errors.noSettings([area.address]);
    return errors.neverProvisioned(area.address);
  }
  const { unicast } = node.net!;
  const run = runOf(node)!;
  if (!isUnicastRun(run)) return errors.notUnicast(run.start, run.count);
  for (const [what, key, id] of ownKeys(node)) {
    if (key === 'sealed') return errors.keysSealed(what);
    if (key === 'absent') return errors.keysElsewhere(what, id);
  }
  const deviceKey = node.deviceKey as Uint8Array;
  if (isFilledWith(deviceKey, deviceKey[0]!)) return errors.blankDeviceKey(unicast);
  return undefined;
}

/** The node's addresses, as many as are known of. */
export const runOf = ({ net, elementCount }: MeshNode): UnicastRun | undefined =>
  net && { start: net.unicast, count: elementCount };

/** Every key the node uses: in words, as the dump gives it, and its id in a key store. */
function* ownKeys({ net, deviceKey, netKeys, appKeys }: MeshNode): Iterable<[string, StoredKey, number]> {
  const idOf = (reference: object) => ('id' in reference ? (reference.id as number) : 0);
  yield ['its device key', deviceKey!, idOf(net!.deviceKey)];
  for (const [index, { key, updatedKey, record }] of netKeys) {
    yield [`NetKey ${index}`, key, idOf(record.key)];
    if (updatedKey) yield [`the new NetKey ${index}`, updatedKey, idOf(record.updatedKey!)];
  }
  for (const [index, { key, updatedKey, record }] of appKeys) {
    yield [`AppKey ${index}`, key, idOf(record.key)];
    if (updatedKey) yield [`the new AppKey ${index}`, updatedKey, idOf(record.updatedKey!)];
  }
}

/** Keys of the node's present life that its clones hold as well: network and application keys. */
export function sharedKeys({ netKeys, appKeys }: MeshNode): Uint8Array[] {
  return [...netKeys.values(), ...appKeys.values()]
    .flatMap(({ key, updatedKey }) => [key, updatedKey])
    .filter((key) => key !== undefined)
    .filter(isClear);
}
