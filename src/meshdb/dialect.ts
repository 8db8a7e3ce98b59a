/**
 * Whose hand a CDB is written in. It decides what a relay count means, and how what is added is written.
 *
 * Neither `version` nor the order of members is enough: iOS sorts its exports only since September 2020, its app's own
 * storage never is, and the Kotlin library does not sort either. Sources: IOS-nRF-Mesh-Library, history of
 * `MeshNetworkManager.export`; Kotlin-Mesh-Library, `RelayRetransmit.kt`; Android-nRF-Mesh-Library, `MeshNetworkDeserializer`.
 */
import { itemsOf, member, stringOf, wholeOf, type JsonObject } from './json.ts';

/** `pyaci`: interactive PyACI of the nRF5 SDK for Mesh. `cdb`: Mesh Configuration Database of the Bluetooth SIG. */
export type DatabaseFormat = 'pyaci' | 'cdb';

/**
 * `pyaci`: interactive PyACI. `android`, `ios`: the nRF Mesh app for that system. `kotlin`: the newer library for Android,
 * which counts as iOS does.
 */
export type DatabaseDialect = 'pyaci' | 'android' | 'ios' | 'kotlin';

/** @param isWrapped  whether the database lies in a `meshNetwork`, as in the storage of the iOS app */
export function recogniseDialect(root: JsonObject, isWrapped: boolean): 'android' | 'ios' | 'kotlin' {
  if (isWrapped) return 'ios';
  if (/\/meshprofile\//.test(stringOf(member(root, 'id')) ?? '')) return 'kotlin';
  // the others count transmissions, of which there is at least one
  if (countsRetransmissions(root)) return 'android';
  if (isSorted(root)) return 'ios';
  return startsLikeAndroid(root) || hasNulls(root) ? 'android' : 'ios';
}

const countsRetransmissions = (root: JsonObject): boolean =>
  itemsOf(member(root, 'nodes')).some((node) => {
    const relay = member(node, 'relayRetransmit');
    return wholeOf(member(relay, 'count')) === 0 && (wholeOf(member(relay, 'interval')) ?? 0) > 0;
  });

/** iOS sorts the members of every object without regard to case. */
function isSorted(root: JsonObject): boolean {
  const keys = root.keys.map((key) => key.toLowerCase());
  return keys.every((key, i) => i === 0 || keys[i - 1]! <= key);
}

/** Android writes its members one by one, these first. */
const startsLikeAndroid = ({ keys }: JsonObject): boolean =>
  ['$schema', 'id', 'version'].every((key, i) => keys[i] === key);

/** Android writes `null` for what a node has not told; iOS leaves it out. */
const hasNulls = (root: JsonObject): boolean =>
  itemsOf(member(root, 'nodes')).some(
    (node) =>
      node.kind === 'object' && node.values.some((value) => value.kind === 'literal' && value.value === null),
  );
