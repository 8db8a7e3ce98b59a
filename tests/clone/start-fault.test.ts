/** A node before and after its firmware started: what a start may move on, and what it may not, for both kinds of image. */
import { describe, expect, test } from 'vitest';
import { findStartFault } from '../../src/clone/index.ts';
import type { MemoryImage, NodeState } from '../../src/image/index.ts';
import { readImage, type ImageReading } from '../../src/kinds/index.ts';
import { sequenceBlockOf } from '../../src/kinds/sequence-block.ts';
import * as flash from '../kinds/flashfs/area-writer.ts';
import * as zephyr from '../kinds/zephyr/area-writer.ts';

const faultOf = (before: MemoryImage, after: MemoryImage, starts = 1) =>
  findStartFault(readImage(before), readImage(after), starts);

const { le16, le32, sequenceB, ivB, invalid, withArea, withEntries, switchB, NET_STATE, CORE } = flash;

describe('a node of the nRF5 SDK for Mesh', () => {
  const item = (index: number, source: number, sequence: number, iv = 5): flash.EntrySpec => ({
    handle: 1 + index,
    payload: [...le32(sequence), ...le16(source), ...le16(iv)],
  });
  const segmentation = (index: number): flash.EntrySpec => ({ handle: 0x29 + index, payload: le16(7) });
  const beacon: flash.EntrySpec = { handle: 0x0106, payload: [0] };
  interface Look {
    readonly net?: readonly flash.EntrySpec[];
    readonly heard?: readonly flash.EntrySpec[];
    readonly core?: readonly flash.EntrySpec[];
  }
  const heardOf = [item(0, 0x20, 100), item(1, 0x30, 300), segmentation(0), segmentation(1)];
  const at = ({ net = [ivB(5), sequenceB(0x2000)], heard = heardOf, core = [beacon] }: Look = {}) =>
    flash.imageOf({
      recoveryPage: 0x7f000,
      areas: [
        ...withEntries(withArea(switchB(), NET_STATE, { entries: net }), CORE, ...core),
        { entries: heard },
        {},
      ],
    });
  const before = at();
  const next = (sequence: number, synchro = 1) => [
    ivB(5),
    invalid(sequenceB(0x2000)),
    sequenceB(sequence, synchro),
  ];

  test.each<[string, Look]>([
    ['as it was', {}],
    ['with the next block of numbers, which every start sets aside', { net: next(0x4000) }],
    ['with a message heard since', { heard: [item(0, 0x20, 101), ...heardOf.slice(1)] }],
    [
      'with somebody heard since',
      { heard: [item(0, 0x40, 1), item(1, 0x20, 100), item(2, 0x30, 300), ...[0, 1, 2].map(segmentation)] },
    ],
    ['in an update of the IV index', { net: [ivB(6, 1, 2), sequenceB(0x4000, 2)] }],
    ['on the next IV index, its numbers begun anew', { net: [ivB(6, 0, 2), sequenceB(0x2000, 2)] }],
    ['42 IV indexes on, as far as recovery goes', { net: [ivB(47, 0, 2), sequenceB(0x2000, 2)], heard: [] }],
  ])('is the same %s', (_, look) => {
    expect(faultOf(before, at(look))).toBeUndefined();
  });

  test.each<[string, Look, object]>([
    ['whose numbers went back', { net: next(0) }, { kind: 'sequence', from: 0x2000, to: 0 }],
    [
      'whose numbers are lost, as their record belongs to another IV index',
      { net: next(0x4000, 9) },
      { kind: 'sequence', to: 0 },
    ],
    [
      'whose numbers jumped',
      { net: next(0x6000) },
      { kind: 'sequence', from: 0x2000, to: 0x6000, most: 0x2000 },
    ],
    [
      'whose IV index went back',
      { net: [ivB(4), sequenceB(0x4000)] },
      { kind: 'iv-index', from: { index: 5 }, to: { index: 4 } },
    ],
    [
      'that is back in an update which is over',
      { net: [ivB(5, 1), sequenceB(0x4000)] },
      { kind: 'iv-index', to: { index: 5, isUpdating: true } },
    ],
    [
      'whose IV index is beyond recovery',
      { net: [ivB(48, 0, 2), sequenceB(0x2000, 2)] },
      { kind: 'iv-index', to: { index: 48 } },
    ],
    [
      'that begins anew without its network state',
      { net: [] },
      { kind: 'iv-index', from: { index: 5 }, to: { index: 0 } },
    ],
    [
      'that remembers an older message',
      { heard: [item(0, 0x20, 99), ...heardOf.slice(1)] },
      { kind: 'replay', source: 0x20, from: 100, to: 99 },
    ],
    ['that forgot whom it heard', { heard: [] }, { kind: 'replay', source: 0x20, from: 100, to: null }],
    [
      'that forgot one on the next IV index, whose messages count still',
      { net: [ivB(6, 0, 2), sequenceB(0x2000, 2)], heard: [] },
      { kind: 'replay', source: 0x20 },
    ],
    ['that lost a setting', { core: [] }, { kind: 'node', what: expect.stringContaining('secure network') }],
    [
      'that has another one',
      { core: [{ ...beacon, payload: [1] }] },
      { kind: 'node', what: expect.stringContaining('secure network') },
    ],
  ])('%s is caught', (_, look, fault) => {
    expect(faultOf(before, at(look))).toMatchObject(fault);
  });

  test('that restarted once more has set aside a block more', () => {
    expect(faultOf(before, at({ net: next(0x6000) }), 2)).toBeUndefined();
    expect(faultOf(before, at({ net: next(0x8000) }), 2)).toMatchObject({ kind: 'sequence', most: 0x4000 });
  });

  test('whose firmware sets more aside at a time, as its log shows, may do so', () => {
    const block = 0x4000;
    const log = (last: number) => [
      ivB(5),
      ...Array.from({ length: last }, (_, i) => invalid(sequenceB(block * i))).slice(1),
      sequenceB(block * last),
    ];
    expect(faultOf(at({ net: log(3) }), at({ net: log(4) }))).toBeUndefined();
    expect(faultOf(at({ net: log(3) }), at({ net: log(5) }))).toMatchObject({ most: block });
  });
});

describe.each(['nvs', 'zms'] as const)('a node of the nRF Connect SDK on %s', (format) => {
  /** Settings in the order of their ids; what changed is written behind what was. */
  const log = (...changes: readonly zephyr.SettingsSpec[]) => {
    const all = zephyr.light();
    const names = Object.keys(all);
    const later = changes.flatMap((change) =>
      Object.entries(change).map(([name, data]) => ({
        id: zephyr.idsOf(format, names.indexOf(name)).value,
        data,
      })),
    );
    return zephyr.imageOf(
      zephyr.lightArea(format, all, {
        sectors: [
          { entries: [...zephyr.store(format, all), ...later] },
          { blank: true },
          { blank: true },
          { blank: true },
        ],
      }),
    );
  };
  const seq = (value: number) => ({ 'bt/mesh/Seq': [...le16(value & 0xffff), value >>> 16] });
  const iv = (index: number, flags = 0) => ({ 'bt/mesh/IV': [...le32(index), flags] });
  const heard = (sequence: number, old = 0) => ({ 'bt/mesh/RPL/1': [...le16(sequence), 0, old] });
  const before = log();

  test.each<[string, zephyr.SettingsSpec]>([
    ['as it was', {}],
    ['after its first message', seq(0x200)],
    ['with a message heard since', heard(8)],
    ['in an update of the IV index, its numbers stored with it', { ...iv(6, 1), ...seq(0x1ff) }],
    ['on the next IV index', { ...iv(6), ...seq(0), ...heard(7, 1) }],
    ['on the next IV index, its replay list stored before that', heard(7, 1)],
    ['with what its application keeps', { 'app/boots': [2, 0, 0, 0] }],
    ['with another hash of its services', { 'bt/hash': zephyr.key(0x40) }],
  ])('is the same %s', (_, change) => {
    expect(faultOf(before, log(change))).toBeUndefined();
  });

  test.each<[string, zephyr.SettingsSpec, object]>([
    ['whose numbers went back', seq(0), { kind: 'sequence', from: 0x1ff, to: 0x7f }],
    ['whose numbers are deleted', { 'bt/mesh/Seq': [] }, { kind: 'sequence', to: 0 }],
    ['whose numbers jumped', seq(0x300), { kind: 'sequence', from: 0x1ff, to: 0x37f, most: 0x80 }],
    ['whose IV index went back', iv(3), { kind: 'iv-index', to: { index: 3 } }],
    ['whose IV index is gone', { 'bt/mesh/IV': [] }, { kind: 'iv-index', to: { index: 0 } }],
    ['whose IV index is beyond recovery', iv(60), { kind: 'iv-index', to: { index: 60 } }],
    ['that remembers an older message', heard(6), { kind: 'replay', source: 1, from: 7, to: 6 }],
    ['that forgot whom it heard', { 'bt/mesh/RPL/1': [] }, { kind: 'replay', source: 1, to: null }],
    [
      'that has another key',
      { 'bt/mesh/AppKey/0': [0, 0, 0, ...zephyr.key(0x55), ...zephyr.zeros(16)] },
      { kind: 'node', what: 'its application keys differ' },
    ],
  ])('%s is caught', (_, change, fault) => {
    expect(faultOf(before, log(change))).toMatchObject(fault);
  });

  test('whose firmware stores its number more rarely, as its log shows, may go on by as much', () => {
    const rare = [seq(0x800), seq(0xc00), seq(0x1000)];
    expect(faultOf(log(...rare), log(...rare, seq(0x1400)))).toBeUndefined();
    expect(faultOf(log(...rare), log(...rare, seq(0x1800)))).toMatchObject({ most: 0x400 });
  });
});

test('the gravest is told: who it is before what its numbers are', () => {
  const reading = { settled: {}, evidence: [], sequenceBlock: 128 } as unknown as ImageReading;
  const with_ = (state: Partial<NodeState>): ImageReading => ({ ...reading, settled: state as NodeState });
  const was = { ivIndex: 5, ivUpdateInProgress: false, nextSequenceNumber: 9, provisioned: true };
  expect(findStartFault(with_(was), with_({ ...was, provisioned: false, ivIndex: 0 }), 1)).toEqual({
    kind: 'node',
    what: 'it is not provisioned any more',
  });
});

test('a block of numbers is what is usual, or the smallest rise that was seen twice', () => {
  expect(sequenceBlockOf([], 128)).toBe(128);
  expect(sequenceBlockOf([0, 4096], 128)).toBe(128);
  expect(sequenceBlockOf([0, 4096, 8192], 128)).toBe(4096);
  expect(sequenceBlockOf([0, 64, 128], 128)).toBe(128);
  expect(sequenceBlockOf([0, 128, 256, 4352, 8448], 128)).toBe(128);
});
