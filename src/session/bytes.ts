/** Bytes of a donor and of its clones, those of keys hidden. */
import { patchesOf, type CloneGroup, type Donor, type PlannedClone } from '../clone/index.ts';
import { changesOf, type Patch, type Stretch } from '../image/index.ts';

/** Two rows of bytes; a byte that belongs to a key is `null` unless it was asked for. */
export interface BytesView {
  readonly address: number;
  readonly donor: readonly (number | null)[];
  readonly clone: readonly (number | null)[] | null;
  readonly changed: readonly boolean[];
}

export interface BytesRequest extends Stretch {
  /** Place in the run; without it, the donor that is looked at alone. */
  readonly clone?: number;
  readonly reveal?: boolean;
}

/** What a stretch of flash holds in the donor, and in one clone of its plan. */
export function bytesAt(
  { dump, reading }: Pick<Donor, 'dump' | 'reading'>,
  planned: { readonly group: CloneGroup; readonly clone: PlannedClone } | undefined,
  { address, length, reveal = false }: BytesRequest,
): BytesView {
  const { image } = dump;
  const before = image.read(address, length);
  const patches = planned ? patchesOf(planned.group.donor, planned.group.plan, planned.clone) : [];
  const after = planned ? image.with(changesOf(patches)).read(address, length) : null;
  const hidden = reveal ? new Uint8Array(length) : secretBytes(reading.secrets, patches, { address, length });
  const show = (bytes: Uint8Array) => Array.from(bytes, (byte, i) => (hidden[i] ? null : byte));
  return {
    address,
    donor: show(before),
    clone: after && show(after),
    changed: Array.from(before, (byte, i) => after !== null && after[i] !== byte),
  };
}

/** 1 for every byte of the stretch that is part of a key. */
function secretBytes(
  secrets: readonly Stretch[],
  patches: readonly Patch[],
  { address, length }: Stretch,
): Uint8Array {
  const hidden = new Uint8Array(length);
  const changed = patches.filter(({ secret }) => secret);
  const all = [
    ...secrets,
    ...changed.map((patch) => ({ address: patch.address, length: patch.after.length })),
  ];
  const clamp = (value: number) => Math.min(Math.max(value, 0), length);
  for (const secret of all)
    hidden.fill(1, clamp(secret.address - address), clamp(secret.address + secret.length - address));
  return hidden;
}
