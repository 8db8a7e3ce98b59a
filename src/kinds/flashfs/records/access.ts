/**
 * Records of the access layer: models, what they are bound to, and what they hear.
 *
 * Sources: nRF5 SDK for Mesh, mesh/access/include/access_internal.h (1.0.0..3.2.0), mesh_opt_access.h (4.0.0..5.0.0).
 */
import { bytes, hex, struct, u16, u8 } from '../../../bytes.ts';
import { WORD_SIZE } from '../container.ts';
import { block, growingRow, layout, many, one, row } from './row.ts';

const accessMetadata = struct({ subscriptionLists: u16, elements: u16, models: u16 });
const elementRecord = struct({ location: u16 });
const defaultTtlRecord = struct({ ttl: u8 });

const modelHead = {
  companyId: u16,
  modelId: u16,
  publishKeyHandle: u16,
  publishAddressHandle: u16,
};
const modelLinks = { element: u16, subscriptionList: u16 };
/** The last word of a model record, by release. */
const modelTails = {
  v1: { publishTtl: u8, publishPeriod: u8, padding: bytes(2) },
  v2: { publishTtl: u8, publishPeriod: u8, retransmit: u8, padding: u8 },
  v3: { friendship: u8, publishTtl: u8, publishPeriod: u8, retransmit: u8 },
};
export type ModelTail = keyof typeof modelTails;
/** Length of a model record whose bound keys fit one word; every 32 further keys take another. */
const MODEL_WORDS = 6;

export interface ModelRecord {
  readonly companyId: number;
  readonly modelId: number;
  readonly publishKeyHandle: number;
  readonly publishAddressHandle: number;
  /** Bit k is set when the key with DSM handle k is bound. */
  readonly boundKeys: Uint8Array;
  readonly element: number;
  readonly subscriptionList: number;
  readonly publishTtl: number;
}

const modelRow = (tail: ModelTail) =>
  growingRow<ModelRecord>(
    'model',
    block(0x2000),
    MODEL_WORDS,
    (lengthWords) =>
      layout(
        struct({
          ...modelHead,
          boundKeys: bytes(WORD_SIZE * (lengthWords - MODEL_WORDS + 1)),
          ...modelLinks,
          ...(modelTails[tail] as (typeof modelTails)['v2']),
        }),
      ),
    (model) =>
      `${model.companyId === 0xffff ? '' : `company ${hex(model.companyId, 4)} `}model ${hex(model.modelId, 4)} on element ${model.element}`,
  );

/** Bit k is clear when the list holds the DSM address handle k. */
const subscriptionListRow = growingRow<{ readonly inverted: Uint8Array }>(
  'subscription list',
  block(0x3000),
  2,
  (lengthWords) => layout(struct({ inverted: bytes(WORD_SIZE * (lengthWords - 1)) })),
  ({ inverted }) => {
    const handles = setBits(inverted.map((byte) => ~byte));
    return handles.length === 0 ? 'empty' : `address handles ${handles.join(', ')}`;
  },
);

/** Positions of the bits that are set, counted from the first byte's lowest. */
export function setBits(bitmap: Uint8Array): number[] {
  const bits: number[] = [];
  for (const [index, byte] of bitmap.entries()) {
    for (let bit = 0; byte >> bit !== 0; bit++) if ((byte >> bit) & 1) bits.push(8 * index + bit);
  }
  return bits;
}

const accessRows = (tail: ModelTail) => ({
  metadata: row('access limits', one(0x0001), [layout(accessMetadata)], (limits) =>
    [
      many(limits.subscriptionLists, 'subscription list'),
      many(limits.elements, 'element'),
      many(limits.models, 'model'),
    ].join(', '),
  ),
  element: row(
    'element',
    block(0x1000),
    [layout(elementRecord)],
    ({ location }) => `location ${hex(location, 4)}`,
  ),
  model: modelRow(tail),
  subscriptionList: subscriptionListRow,
});
export const accessRowsV1 = accessRows('v1');
export const accessRowsV2 = accessRows('v2');
export const accessRowsV3 = accessRows('v3');
/** 5.0.0 adds the node's default TTL. */
export const accessRowsV5 = {
  ...accessRowsV3,
  defaultTtl: row('default TTL', one(0x4000), [layout(defaultTtlRecord)], ({ ttl }) => String(ttl)),
};
export type AccessRows = typeof accessRowsV1 & Partial<typeof accessRowsV5>;
