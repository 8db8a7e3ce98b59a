/**
 * Flash images from lists of entries, written after the format document and without the code under test.
 *
 * A stack is a list of areas from the recovery page down, as firmwares build it.
 */
import { MemoryImage, type Segment } from '../../../src/image/index.ts';

export interface EntrySpec {
  readonly handle: number;
  readonly payload: readonly number[];
}
export interface AreaSpec {
  readonly entries?: readonly EntrySpec[];
  readonly pages?: number;
  /** Leave the log as a power loss before its seal would. */
  readonly unsealed?: boolean;
  /** Not even formatted. */
  readonly blank?: boolean;
}
export interface StackSpec {
  readonly recoveryPage: number;
  readonly areas: readonly AreaSpec[];
  readonly pageSize?: number;
  /** Bytes of the recovery page from its start. */
  readonly recovery?: Uint8Array;
}

export const le16 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];
export const le32 = (value: number): number[] => [...le16(value & 0xffff), ...le16(value >>> 16)];
/** 16 bytes counting up from `first`, as in the worked dumps. */
export const key = (first: number): number[] => Array.from({ length: 16 }, (_, i) => (first + i) & 0xff);
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

const SEAL = [0xff, 0xff, 0xff, 0x7f];
const PADDING = [0xff, 0xff, 0x00, 0x7f];

const entryBytes = ({ handle, payload }: EntrySpec): number[] => {
  const padded = [...payload, ...new Array<number>((4 - (payload.length % 4)) % 4).fill(0xff)];
  return [...le16(1 + padded.length / 4), ...le16(handle), ...padded];
};

/** Pages of one area, as one stretch of bytes. */
export function writeArea(
  { entries = [], pages = 1, unsealed, blank }: AreaSpec,
  pageSize = 0x1000,
): Uint8Array {
  const area = new Uint8Array(pages * pageSize).fill(0xff);
  if (blank) return area;
  for (let page = 0; page < pages; page++) area.set([8, 4, 16, 16, pages, page], page * pageSize);
  let at = 8;
  for (const bytes of entries.map(entryBytes)) {
    const room = pageSize - (at % pageSize);
    if (room < bytes.length) {
      area.set(PADDING, at);
      at += room + 8;
    }
    area.set(bytes, at);
    at += bytes.length;
    if (at % pageSize === 0) at += 8;
  }
  if (entries.length > 0 && !unsealed) area.set(SEAL, at);
  return area;
}

/** The segments of a stack and its recovery page. */
export function writeStack({ recoveryPage, areas, pageSize = 0x1000, recovery }: StackSpec): Segment[] {
  const blankPage = new Uint8Array(pageSize).fill(0xff);
  if (recovery) blankPage.set(recovery);
  const segments: Segment[] = [{ address: recoveryPage, bytes: blankPage }];
  let address = recoveryPage;
  for (const area of areas) {
    const bytes = writeArea(area, pageSize);
    address -= bytes.length;
    segments.push({ address, bytes });
  }
  return segments;
}

export const imageOf = (stack: StackSpec, ...more: Segment[]): MemoryImage =>
  MemoryImage.of([...writeStack(stack), ...more]);

/** Flash contents that say where a bootloader starts. */
export const uicrWithBootloader = (address: number): Segment => ({
  address: 0x10001000,
  bytes: Uint8Array.from([...new Array<number>(0x14).fill(0xff), ...le32(address)]),
});
export const softDevice = (id: number): Segment => ({
  address: 0x3000,
  bytes: Uint8Array.from([0x14, 0xff, 0xff, 0xff, ...le32(0x51b1e5db), ...le32(0x26000), ...le16(id)]),
});

// Records

export const unicast = (start: number, count = 1): EntrySpec => ({
  handle: 0x0002,
  payload: [...le16(start), ...le16(count)],
});
export const limits = (...counts: readonly [number, number, number, number, number]): EntrySpec => ({
  handle: 0x0001,
  payload: counts.flatMap(le16),
});
export const devkey = (index: number, owner: number, bytes: readonly number[]): EntrySpec => ({
  handle: 0x5000 + index,
  payload: [...le16(owner), 0, 0, ...bytes],
});
export const address = (index: number, value: number): EntrySpec => ({
  handle: 0x1000 + index,
  payload: le16(value),
});
export const label = (index: number, bytes: readonly number[]): EntrySpec => ({
  handle: 0x2000 + index,
  payload: bytes,
});
export const subnetA = (index: number, bytes: readonly number[]): EntrySpec => ({
  handle: 0x3000 + index,
  payload: [...le16(index), 0, ...bytes, 0],
});
export const appkeyA = (index: number, bytes: readonly number[]): EntrySpec => ({
  handle: 0x4000 + index,
  payload: [...le16(index), 0, 0, ...bytes],
});
export const subnetB = (
  index: number,
  bytes: readonly number[],
  phase = 0,
  updated: readonly number[] = zeros(16),
): EntrySpec => ({
  handle: 0x3000 + index,
  payload: [...le16(index), phase, ...bytes, ...updated, 0],
});
export const appkeyB = (index: number, bytes: readonly number[]): EntrySpec => ({
  handle: 0x4000 + index,
  payload: [...le16(index), 0, 0, 0, ...bytes, ...zeros(16), 0],
});
export const sequenceA = (nextBlock: number): EntrySpec => ({ handle: 0x0001, payload: le32(nextBlock) });
export const ivA = (ivIndex: number, inProgress = 0): EntrySpec => ({
  handle: 0x0002,
  payload: [...le32(ivIndex), inProgress, 0, 0, 0],
});
export const sequenceB = (nextBlock: number, synchro = 1): EntrySpec => ({
  handle: 0x0003,
  payload: [...le32(nextBlock), synchro],
});
export const ivB = (ivIndex: number, state = 0, synchro = 1): EntrySpec => ({
  handle: 0x0004,
  payload: [...le32(ivIndex), state, 0, 0, synchro],
});
export const accessLimits = (lists: number, elements: number, models: number): EntrySpec => ({
  handle: 0x0001,
  payload: [lists, elements, models].flatMap(le16),
});
export interface ModelSpec {
  readonly modelId: number;
  readonly companyId?: number;
  readonly bound?: number;
  readonly publishKey?: number;
  readonly publishAddress?: number;
  readonly element?: number;
  readonly list?: number;
  readonly tail: readonly [number, number, number, number];
}
export const model = (index: number, spec: ModelSpec): EntrySpec => ({
  handle: 0x2000 + index,
  payload: [
    ...le16(spec.companyId ?? 0xffff),
    ...le16(spec.modelId),
    ...le16(spec.publishKey ?? 0xffff),
    ...le16(spec.publishAddress ?? 0xffff),
    ...le32(spec.bound ?? 0),
    ...le16(spec.element ?? 0),
    ...le16(spec.list ?? 1),
    ...spec.tail,
  ],
});
/** @param handles  of the DSM addresses the list holds */
export const subscriptionList = (index: number, handles: readonly number[]): EntrySpec => ({
  handle: 0x3000 + index,
  payload: le32(~handles.reduce((bits, handle) => bits | (1 << handle), 0)),
});

/** An entry as it stays behind when it is invalidated. */
export const invalid = ({ payload }: EntrySpec): EntrySpec => ({ handle: 0, payload });

export const DEVICE_KEY = key(0xd0);
export const NET_KEY = key(0xa0);
export const APP_KEY = key(0xb0);

/** Model tails by release: TTL 255 everywhere. */
export const TAIL_1 = [0xff, 0, 0, 0] as const;
export const TAIL_3 = [0, 0xff, 0, 0] as const;

/** A configured light switch of 3.x, as areas. */
export const switchA3 = (start = 0x0010): AreaSpec[] => [
  { entries: [ivA(5), sequenceA(0x2000)] },
  {
    entries: [
      limits(4, 8, 1, 3, 1),
      unicast(start),
      subnetA(0, NET_KEY),
      devkey(0, start, DEVICE_KEY),
      appkeyA(0, APP_KEY),
      address(0, 0xc000),
    ],
  },
  {
    entries: [
      accessLimits(3, 1, 3),
      subscriptionList(0, [0]),
      model(0, { modelId: 0, bound: 0x100, list: 3, tail: TAIL_3 }),
      model(1, { modelId: 2, list: 3, tail: TAIL_3 }),
      model(2, { modelId: 0x1000, bound: 1, list: 0, tail: TAIL_3 }),
    ],
  },
  {},
];

/** The same of 1.x and 2.x, where one AppKey fits and there is no core area. */
export const switchA2 = (start = 0x0010): AreaSpec[] => [
  { entries: [ivA(5), sequenceA(0x2000)] },
  {
    entries: [
      limits(1, 1, 1, 3, 1),
      unicast(start),
      subnetA(0, NET_KEY),
      devkey(0, start, DEVICE_KEY),
      appkeyA(0, APP_KEY),
      address(0, 0xc000),
    ],
  },
  {
    entries: [
      accessLimits(1, 1, 2),
      model(0, { modelId: 0, bound: 0x2, tail: TAIL_1 }),
      model(1, { modelId: 0, companyId: 0x59, bound: 1, publishKey: 0, publishAddress: 0, tail: TAIL_1 }),
    ],
  },
];

/** The same of 4.1.0 and later; the areas of 5.0.0 can be put below. */
export const switchB = (start = 0x0010): AreaSpec[] => [
  { entries: [ivB(5), sequenceB(0x2000)] },
  {
    entries: [
      limits(4, 8, 1, 3, 1),
      unicast(start),
      subnetB(0, NET_KEY),
      devkey(0, start, DEVICE_KEY),
      appkeyB(0, APP_KEY),
      address(0, 0xc000),
    ],
  },
  {
    entries: [
      accessLimits(3, 1, 3),
      subscriptionList(0, [0]),
      model(0, { modelId: 0, bound: 0x100, list: 3, tail: TAIL_3 }),
      model(1, { modelId: 2, list: 3, tail: TAIL_3 }),
      model(2, { modelId: 0x1000, bound: 1, list: 0, tail: TAIL_3 }),
    ],
  },
  {},
  {},
];

/** A stack with one of its areas replaced. */
export const withArea = (areas: readonly AreaSpec[], index: number, area: AreaSpec): AreaSpec[] =>
  areas.map((one, i) => (i === index ? area : one));
/** A stack with entries put at the end of one of its areas. */
export const withEntries = (
  areas: readonly AreaSpec[],
  index: number,
  ...entries: readonly EntrySpec[]
): AreaSpec[] =>
  withArea(areas, index, { ...areas[index], entries: [...(areas[index]?.entries ?? []), ...entries] });
export const NET_STATE = 0;
export const DSM = 1;
export const ACCESS = 2;
export const CORE = 3;
