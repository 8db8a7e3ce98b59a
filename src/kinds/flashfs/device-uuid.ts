/**
 * What a board calls itself while it is not provisioned.
 *
 * Source: nRF5 SDK for Mesh, mesh/core/src/nrf_mesh_configure.c (1.0.0..5.0.0) and examples/common/src/mesh_app_utils.c
 * (2.0.0..2.2.0; other prefixes up to 3.1.0); docs/database-formats.md.
 */
import { toHex } from '../../bytes.ts';
import type { FactoryIds } from '../../image/index.ts';
import { markVersion4, withDashes } from '../../mesh/index.ts';
import type { DeviceUuid } from '../image-kind.ts';

/** What the SDK's examples of 2.0.0 to 3.1.0 put in front of the DEVICEID. */
const EXAMPLE_PREFIX = Uint8Array.of(0x00, 0x59, 0xff, 0xff, 0, 0, 0, 0);

/**
 * By the rule of one release; an application that sets a UUID of its own is not covered.
 *
 * @param release  `5.0.0`
 * @param prefix   first half of the UUID, used in 2.0.0 to 3.1.0 where it is the application's choice
 * @returns        36 characters, in small letters with dashes
 */
export function uuidFromFactoryIds(ids: FactoryIds, release: string, prefix = EXAMPLE_PREFIX): string {
  const { isAtLeast } = versionOf(release);
  const uuid = new Uint8Array(16);
  const view = new DataView(uuid.buffer);
  const putWords = (offset: number, words: readonly [number, number]) =>
    words.forEach((word, i) => view.setUint32(offset + 4 * i, word, true));
  if (takesPrefix(release)) {
    uuid.set(prefix.subarray(0, 8));
    putWords(8, ids.deviceId);
  } else {
    putWords(0, ids.deviceId);
    putWords(8, ids.deviceAddress);
  }
  return withDashes(toHex(isAtLeast(4, 1) ? markVersion4(uuid) : uuid));
}

/** @param releases  those that the firmware may be of; they must agree on one rule */
export function deviceUuidOf(releases: readonly string[], ids: FactoryIds): DeviceUuid | null {
  const uuids = new Set(releases.map((release) => uuidFromFactoryIds(ids, release)));
  const [uuid, ...others] = uuids;
  if (uuid === undefined || others.length > 0) return null;
  return { uuid, certain: !releases.some(takesPrefix) };
}

function takesPrefix(release: string): boolean {
  const { isAtLeast } = versionOf(release);
  return isAtLeast(2, 0) && !isAtLeast(3, 2);
}

function versionOf(release: string) {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return {
    isAtLeast: (otherMajor: number, otherMinor: number) => (major - otherMajor || minor - otherMinor) >= 0,
  };
}
