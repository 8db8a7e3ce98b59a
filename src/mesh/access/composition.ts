/** Composition data page 0: what a node is made of. Source: Bluetooth Mesh Profile 1.0.1, section 4.2.1.1. */
import { concatenate, struct, u16, u8 } from '../../bytes.ts';
import { modelId, type ModelId } from './fields.ts';

const header = struct({ cid: u16, pid: u16, vid: u16, crpl: u16, features: u16 });
const elementHeader = struct({ location: u16, sigModels: u8, vendorModels: u8 });

const FEATURES = ['relay', 'proxy', 'friend', 'lowPower'] as const;
export type Feature = (typeof FEATURES)[number];

export interface CompositionElement {
  /** GATT Bluetooth namespace descriptor. */
  readonly location: number;
  /** Those of the Bluetooth SIG first, as the node lists them. */
  readonly models: readonly ModelId[];
}
export interface Composition {
  readonly cid: number;
  readonly pid: number;
  readonly vid: number;
  /** Sources that its replay list holds. */
  readonly crpl: number;
  /** What it can do; whether a feature is on is not told. */
  readonly features: Readonly<Record<Feature, boolean>>;
  readonly elements: readonly CompositionElement[];
}

/**
 * Read composition data page 0.
 *
 * @param data  what follows the page number in Composition Data Status
 * @returns     nothing when it is cut in the middle of an element
 */
export function parseComposition(data: Uint8Array): Composition | undefined {
  if (data.length < header.size) return undefined;
  const { features, ...ids } = header.decode(data);
  const elements: CompositionElement[] = [];
  let at = header.size;
  while (at < data.length) {
    if (at + elementHeader.size > data.length) return undefined;
    const { location, sigModels, vendorModels } = elementHeader.decode(data, at);
    at += elementHeader.size;
    const models: ModelId[] = [];
    for (let i = 0; i < sigModels + vendorModels; i++) {
      const size = i < sigModels ? 2 : 4;
      if (at + size > data.length) return undefined;
      models.push(modelId.decode(data.subarray(at, at + size))!);
      at += size;
    }
    elements.push({ location, models });
  }
  return {
    ...ids,
    features: Object.fromEntries(
      FEATURES.map((feature, bit) => [feature, (features >> bit) % 2 === 1]),
    ) as Record<Feature, boolean>,
    elements,
  };
}

/** The way back, for nodes that are made of code. */
export function formatComposition(composition: Composition): Uint8Array {
  const features = FEATURES.reduce(
    (bits, name, bit) => bits | (composition.features[name] ? 1 << bit : 0),
    0,
  );
  return concatenate([
    header.encode({ ...composition, features }),
    ...composition.elements.flatMap(({ location, models }) => {
      const vendor = models.filter((model) => model.length === 8);
      const sig = models.filter((model) => model.length !== 8);
      return [
        elementHeader.encode({ location, sigModels: sig.length, vendorModels: vendor.length }),
        ...[...sig, ...vendor].map(modelId.encode),
      ];
    }),
  ]);
}
