/** What lies around the areas of a node: SoftDevice, bootloader, the chip itself, and areas that nothing claims. */
import { describe, expect, test } from 'vitest';
import { MemoryImage, type Segment } from '../../../src/image/index.ts';
import { readImage } from '../../../src/kinds/index.ts';
import { application, at, below, code, vectors } from '../../support/builds.ts';
import {
  ACCESS,
  DSM,
  imageOf,
  ivB,
  le16,
  le32,
  NET_STATE,
  sequenceB,
  switchB,
  uicrWithBootloader,
  writeArea,
} from './area-writer.ts';

const R = 0x7f000;
const nodeWith = (...more: Segment[]) => readImage(imageOf({ recoveryPage: R, areas: switchB() }, ...more));
const IDENTITY = { unicast: 0x0200, deviceKey: new Uint8Array(16).fill(0x5e) };

describe('a SoftDevice', () => {
  /** The information structure at 0x3000; later SoftDevices end it with their variant and version. */
  const softDevice = (id: number, own?: { variant: number; version: number }): Segment =>
    at(
      0x3000,
      own ? 0x18 : 0x0e,
      ...[0xff, 0xff, 0xff, ...le32(0x51b1e5db), ...le32(0x27000), ...le16(id), 0xff, 0xff],
      ...(own ? [...le32(own.variant), ...le32(own.version)] : []),
    );
  const nameOf = (...info: Parameters<typeof softDevice>) =>
    nodeWith(vectors(0, 0x401), softDevice(...info)).regions.find(({ kind }) => kind === 'softdevice')?.title;

  test.each<[string, Parameters<typeof softDevice>]>([
    ['S140 7.3.0', [0x0123, { variant: 140, version: 7_003_000 }]],
    ['S140 7.3.0', [0x0123]],
    ['S122 8.0.0', [0x00ea]],
    ['S132 3.0.0', [0x008c]],
    // one that came later, and names itself
    ['S113 7.12.1', [0x0777, { variant: 113, version: 7_012_001 }]],
    // bytes that are no variant and no version
    ['with id 0x0777', [0x0777, { variant: 7, version: 0xffffffff }]],
    ['S122 8.0.0', [0x00ea, { variant: 0xffffffff, version: 0xffffffff }]],
  ])('is called %s, by its own words or its id', (name, info) => {
    expect(nameOf(...info)).toBe(`SoftDevice ${name}`);
  });
});

describe('an image of the nRF51', () => {
  /** A Cortex-M0 has no memory, bus and usage faults, and has the supervisor call. */
  const cortexM0 = (address: number): Segment =>
    at(
      address,
      ...[0x20002000, address + 0x201, address + 0x205, address + 0x209].flatMap(le32),
      ...new Array<number>(7 * 4).fill(0),
      ...le32(address + 0x20d),
    );
  const s110 = at(0x3000, 0x0e, 0xff, 0xff, 0xff, ...le32(0x51b1e5db), ...le32(0x18000), ...le16(0x0087));
  const chipOf = (image: MemoryImage) => readImage(image).chip.chip.name;

  test('is told by its vector tables', () => {
    const image = MemoryImage.of([cortexM0(0), cortexM0(0x18000), code(0x18200, 0x1000)]);
    expect(chipOf(image)).toBe('nRF51422');
  });

  test('is told by its SoftDevice', () => {
    expect(chipOf(MemoryImage.of([vectors(0, 0x401), s110, code(0x18000, 0x2000)]))).toBe('nRF51422');
  });

  test('is none where the firmware is for a Cortex-M4', () => {
    expect(chipOf(MemoryImage.of([...below(0x00cb), ...application()]))).toBe('nRF52832');
  });
});

describe('a dump without its UICR', () => {
  const severityOf = (...more: Segment[]) => {
    const image = imageOf({ recoveryPage: 0x76000, areas: switchB() }, ...more);
    return readImage(image).findings.find(({ code: one }) => one === 'flashfs/no-uicr')?.severity;
  };
  const mbr = (...named: Segment[]) => [vectors(0, 0x401), code(0x400, 0x100, 1), ...named];
  const bootloader = [vectors(0x78000), code(0x78200, 0x100)];
  const named = at(0x0ff8, ...le32(0x78000));

  test('warns where a bootloader would not be started without it', () => {
    expect(severityOf(...mbr(), ...bootloader)).toBe('warning');
  });

  test('does not where the master boot record names the bootloader', () => {
    expect(severityOf(...mbr(named), ...bootloader)).toBe('info');
  });

  test('does where these bytes are code of a firmware without a master boot record', () => {
    expect(severityOf(vectors(0, 0x8001), code(0x400, 0xb00, 7), named, ...bootloader)).toBe('warning');
  });

  test('says nothing where the UICR is there, and nothing of a warning without a bootloader', () => {
    expect(severityOf(...mbr(), ...bootloader, uicrWithBootloader(0x78000))).toBeUndefined();
    expect(nodeWith().findings.find(({ code: one }) => one === 'flashfs/no-uicr')?.severity).toBe('info');
  });
});

describe('areas that lie apart, of which two could be the one', () => {
  const page = (address: number, entries: Parameters<typeof writeArea>[0]): Segment => ({
    address,
    bytes: writeArea(entries),
  });
  const blank = (address: number): Segment => code(address, 0x1000, 0xff);
  /** The device state by itself, and two network states apart from it; the memory map asks for none of them. */
  const reading = readImage(
    MemoryImage.of([
      page(0x50000, switchB()[DSM]!),
      page(0x4f000, switchB()[ACCESS]!),
      page(0x60000, { entries: [ivB(7), sequenceB(0x4000)] }),
      blank(0x61000),
      page(0x68000, switchB()[NET_STATE]!),
      blank(0x69000),
      code(0x55000, 0x3000, 0x11),
      code(0x62000, 0x5000, 0x11),
      code(0x6a000, 0x2000, 0x11),
    ]),
  );

  test('are warned of', () => {
    expect(reading.refusal).toBeNull();
    const found = reading.findings.find(({ code: one }) => one === 'flashfs/areas-unclear')!;
    expect(found).toMatchObject({ severity: 'warning' });
    expect(found.message).toContain('0x68000');
    expect(found.message).toContain('0x60000');
    expect(reading.findings.map(({ code: one }) => one)).not.toContain('flashfs/areas-not-in-use');
  });

  test.each(['reset', '+8192'])(
    'refuse a sequence number of one’s own (%s), and keep theirs in clones',
    (choice) => {
      expect(() => reading.prepare({ sequence: choice })).toThrow(
        expect.objectContaining({ code: 'flashfs/sequence-not-found' }),
      );
      const clone = reading.prepare({});
      const patches = [...clone.shared, ...clone.patchesFor(IDENTITY)];
      expect(patches.filter(({ address }) => address >= 0x60000)).toEqual([]);
    },
  );

  test('refuse an IV index of one’s own', () => {
    expect(() => reading.prepare({ 'iv-index': '9' })).toThrow(
      expect.objectContaining({ code: 'flashfs/no-iv-index' }),
    );
  });
});
