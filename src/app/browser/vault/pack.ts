/**
 * Values as bytes, for what encrypts bytes: texts, numbers, lists and objects as JSON, and the byte arrays in them as they are.
 *
 *     length of the JSON, 4 bytes, little-endian │ JSON, UTF-8 │ the byte arrays, one behind the other
 *
 * The JSON is `{ "value": …, "bytes": [[path, length], …] }`; where a byte array was, the value has `null`.
 */
type Path = readonly (string | number)[];
type Place = readonly [path: Path, length: number];

const LENGTH_BYTES = 4;

/** @throws {TypeError} for what JSON cannot say: it would come back as something else */
export function packValue(value: unknown): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const bytes: Place[] = [];
  const lift = (found: unknown, path: Path): unknown => {
    if (found instanceof Uint8Array) {
      parts.push(found);
      bytes.push([path, found.length]);
      return null;
    }
    if (Array.isArray(found)) return found.map((member, i) => lift(member, [...path, i]));
    if (isPlain(found)) {
      const members = Object.entries(found).filter(([, member]) => member !== undefined);
      return Object.fromEntries(members.map(([name, member]) => [name, lift(member, [...path, name])]));
    }
    if (found === null || typeof found === 'string' || typeof found === 'boolean' || Number.isFinite(found))
      return found;
    throw new TypeError(`A ${typeof found} at ${path.join('.') || 'the top'} cannot be kept.`);
  };
  const lifted = lift(value, []);
  const json = new TextEncoder().encode(JSON.stringify({ value: lifted, bytes }));
  const packed = new Uint8Array(
    LENGTH_BYTES + json.length + parts.reduce((sum, { length }) => sum + length, 0),
  );
  new DataView(packed.buffer).setUint32(0, json.length, true);
  packed.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + json.length;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}

/** The value again. Bytes are trusted: they were packed here, and nobody changed them since. */
export function unpackValue(packed: Uint8Array): unknown {
  const { buffer, byteOffset, byteLength } = packed;
  let at = LENGTH_BYTES + new DataView(buffer, byteOffset, byteLength).getUint32(0, true);
  const { value, bytes } = JSON.parse(new TextDecoder().decode(packed.subarray(LENGTH_BYTES, at))) as {
    readonly value: unknown;
    readonly bytes: readonly Place[];
  };
  const root = { value };
  for (const [path, length] of bytes) {
    let target = root as Record<string | number, unknown>;
    let last: string | number = 'value';
    for (const member of path) {
      target = target[last] as typeof target;
      last = member;
    }
    target[last] = packed.slice(at, (at += length));
  }
  return root.value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
