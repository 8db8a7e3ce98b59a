import { hex } from '../../bytes.ts';

/**
 * Names of the models the Bluetooth SIG defines, by model id.
 * Source: Mesh Profile 1.0.1 section 4.2 (foundation models), Mesh Model 1.0.1 section 7 (all others).
 */
const SIG_MODELS: Readonly<Record<number, string>> = {
  0x0000: 'Configuration Server',
  0x0001: 'Configuration Client',
  0x0002: 'Health Server',
  0x0003: 'Health Client',
  0x1000: 'Generic OnOff Server',
  0x1001: 'Generic OnOff Client',
  0x1002: 'Generic Level Server',
  0x1003: 'Generic Level Client',
  0x1004: 'Generic Default Transition Time Server',
  0x1005: 'Generic Default Transition Time Client',
  0x1006: 'Generic Power OnOff Server',
  0x1007: 'Generic Power OnOff Setup Server',
  0x1008: 'Generic Power OnOff Client',
  0x1009: 'Generic Power Level Server',
  0x100a: 'Generic Power Level Setup Server',
  0x100b: 'Generic Power Level Client',
  0x100c: 'Generic Battery Server',
  0x100d: 'Generic Battery Client',
  0x100e: 'Generic Location Server',
  0x100f: 'Generic Location Setup Server',
  0x1010: 'Generic Location Client',
  0x1011: 'Generic Admin Property Server',
  0x1012: 'Generic Manufacturer Property Server',
  0x1013: 'Generic User Property Server',
  0x1014: 'Generic Client Property Server',
  0x1015: 'Generic Property Client',
  0x1100: 'Sensor Server',
  0x1101: 'Sensor Setup Server',
  0x1102: 'Sensor Client',
  0x1200: 'Time Server',
  0x1201: 'Time Setup Server',
  0x1202: 'Time Client',
  0x1203: 'Scene Server',
  0x1204: 'Scene Setup Server',
  0x1205: 'Scene Client',
  0x1206: 'Scheduler Server',
  0x1207: 'Scheduler Setup Server',
  0x1208: 'Scheduler Client',
  0x1300: 'Light Lightness Server',
  0x1301: 'Light Lightness Setup Server',
  0x1302: 'Light Lightness Client',
  0x1303: 'Light CTL Server',
  0x1304: 'Light CTL Setup Server',
  0x1305: 'Light CTL Client',
  0x1306: 'Light CTL Temperature Server',
  0x1307: 'Light HSL Server',
  0x1308: 'Light HSL Setup Server',
  0x1309: 'Light HSL Client',
  0x130a: 'Light HSL Hue Server',
  0x130b: 'Light HSL Saturation Server',
  0x130c: 'Light xyL Server',
  0x130d: 'Light xyL Setup Server',
  0x130e: 'Light xyL Client',
  0x130f: 'Light LC Server',
  0x1310: 'Light LC Setup Server',
  0x1311: 'Light LC Client',
};

/** Foundation models are in every node; they do not say what it is for. */
const LAST_FOUNDATION_MODEL = 0x0fff;

interface ModelId {
  /** 16 bits; none where the image names a model by its place alone. */
  readonly modelId?: number;
  /** SIG models have none. */
  readonly companyId?: number;
  readonly place?: { readonly list: 'sig' | 'vendor'; readonly index: number };
}

/** `Generic OnOff Client`, `Vendor model 0x0059 / 0x0001`, `Model 0x7777`, `SIG model 2 of its element`. */
export function modelName({ modelId, companyId, place }: ModelId): string {
  if (modelId === undefined)
    return `${place?.list === 'vendor' ? 'Vendor' : 'SIG'} model ${place?.index ?? 0} of its element`;
  if (companyId !== undefined) return `Vendor model ${hex(companyId, 4)} / ${hex(modelId, 4)}`;
  return SIG_MODELS[modelId] ?? `Model ${hex(modelId, 4)}`;
}

/** Whether the model says what a node is for. */
export const tellsPurpose = ({ modelId, companyId }: ModelId): boolean =>
  companyId !== undefined || (modelId !== undefined && modelId > LAST_FOUNDATION_MODEL);
