import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFilledWith, toHex } from '../../../src/bytes.ts';
import { MemoryImage, findChip } from '../../../src/image/index.ts';
import { crc32k } from '../../../src/kinds/zephyr/emds.ts';
import { zephyrKind } from '../../../src/kinds/zephyr/index.ts';
import { readSettings } from '../../../src/kinds/zephyr/settings.ts';
import { crc8 } from '../../../src/kinds/zephyr/storage/crc8.ts';
import { findAreas, PAGE_SIZE } from '../../../src/kinds/zephyr/storage/locate.ts';
import { mount } from '../../../src/kinds/zephyr/storage/mount.ts';
import { mayEndSector, TAIL_SIZE } from '../../../src/kinds/zephyr/storage/table-end.ts';
import { fixtures as flashManagerDumps, readDump as readFlashManagerDump } from '../flashfs/fixtures.ts';
import {
  ascii,
  imageOf,
  key,
  le16,
  le32,
  light,
  lightArea,
  store,
  writeArea,
  type AreaSpec,
  type SectorSpec,
} from './area-writer.ts';
import { fixtures } from './fixtures.ts';
import { mutate } from './mutations.ts';

const FORMATS = ['nvs', 'zms'] as const;
const settingsIn = (image: MemoryImage) =>
  findAreas(image).map((area) =>
    Object.fromEntries(
      [...readSettings(mount(area)).byName].map(([name, { value }]) => [name, toHex(value)]),
    ),
  );
const inHex = (settings: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, toHex(Uint8Array.from(value))]));

describe('an allocation table entry', () => {
  test('has the checksum of the known answer', () => {
    expect(crc8(Uint8Array.from([0x00, 0x80, 0x00, 0x00, 0x02, 0x00, 0xff]))).toBe(0x8d);
  });
});

describe.each(FORMATS)('settings in %s', (format) => {
  test('are found wherever they lie', () => {
    for (const address of [0x0, 0x28000, 0x7a000, 0xfe000, 0x15c000]) {
      expect(settingsIn(imageOf({ ...lightArea(format), address }))).toEqual([inHex(light())]);
    }
  });

  test('are found in a firmware that speaks of them and of their names', () => {
    const text = ascii('bt/mesh/Net\0bt/mesh/Seq\0bt/mesh/NetKey/0\0');
    const code = Uint8Array.from({ length: 0x4000 }, (_, i) =>
      i % 512 < text.length ? text[i % 512]! : (i * 37) & 0xff,
    );
    expect(settingsIn(imageOf(lightArea(format), { address: 0, bytes: code }))).toEqual([inHex(light())]);
  });

  test('are found in sectors of several pages', () => {
    for (const pages of [2, 3, 8]) {
      const area = { ...lightArea(format), sectorSize: pages * 0x1000 };
      expect(settingsIn(imageOf(area))).toEqual([inHex(light())]);
      expect(findAreas(imageOf(area))[0]).toMatchObject({ address: 0xf8000, sectorSize: pages * 0x1000 });
    }
  });

  test('are read wherever the ring has got to, first sector in use or not', () => {
    const names = Object.keys(light());
    /** `closed` full sectors of old sequence numbers before the one that is written to. */
    const sectors = (closed: number, behind: number): SectorSpec[] => {
      const entries = store(format, light());
      const seq =
        format === 'nvs'
          ? 0xc001 + names.indexOf('bt/mesh/Seq')
          : 0xc0000020 + 32 * names.indexOf('bt/mesh/Seq');
      const full: SectorSpec = { closed: true, entries: [{ id: seq, data: [1, 2, 3] }], cycle: 1 };
      return [
        ...new Array<SectorSpec>(closed).fill(full),
        { entries, cycle: 2 },
        { blank: true },
        ...new Array<SectorSpec>(behind).fill(full),
      ];
    };
    for (const [closed, behind] of [
      [0, 0],
      [1, 0],
      [3, 0],
      [0, 3],
      [2, 2],
      [5, 1],
    ] as const) {
      const image = imageOf({ format, address: 0xf0000, sectors: sectors(closed, behind) });
      expect(settingsIn(image)).toEqual([inHex(light())]);
    }
  });

  test('are told from another storage of the application', () => {
    const other: AreaSpec = {
      format,
      address: 0xf0000,
      sectors: [{ entries: [1, 2, 3, 4].map((id) => ({ id, data: key(id) })) }, { blank: true }],
    };
    const reading = zephyrKind.read(imageOf(lightArea(format), ...writeArea(other)))!;
    expect(reading.nextBoot.unicast?.start).toBe(0x10);
    expect(reading.findings.map(({ code }) => code)).toContain('zephyr/other-storage');
  });

  test('are told from another storage that lies right before them', () => {
    const other: AreaSpec = {
      format,
      address: 0xf6000,
      sectors: [{ entries: [1, 2, 3, 4].map((id) => ({ id, data: key(id) })) }, { blank: true }],
    };
    const image = imageOf(lightArea(format), ...writeArea(other));
    expect(findAreas(image).map(({ address }) => address)).toEqual([0xf6000, 0xf8000]);
  });
});

describe('NVS of flash that writes 16 bytes at once', () => {
  test('is read with its entries 16 bytes apart', () => {
    const image = imageOf({ ...lightArea('nvs'), spacing: 16 });
    expect(findAreas(image)[0]?.spacing).toBe(16);
    expect(settingsIn(image)).toEqual([inHex(light())]);
  });
});

describe('a dump without settings of Zephyr', () => {
  test('is nothing of this kind', () => {
    expect(zephyrKind.read(MemoryImage.empty)).toBeUndefined();
    expect(
      zephyrKind.read(MemoryImage.of([{ address: 0, bytes: new Uint8Array(0x80000).fill(0xff) }])),
    ).toBeUndefined();
    const noise = Uint8Array.from(
      { length: 0x40000 },
      (_, i) => (Math.imul(i + 1, 2654435761) >>> 11) & 0xff,
    );
    expect(zephyrKind.read(MemoryImage.of([{ address: 0, bytes: noise }]))).toBeUndefined();
  });

  test.each(flashManagerDumps.filter((_, index) => index % 8 === 0))(
    'is nothing of this kind: $release, $history',
    ({ release, history }) => {
      expect(zephyrKind.read(readFlashManagerDump(release, history))).toBeUndefined();
    },
  );

  test('never fails on any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 0x2000 }),
        fc.integer({ min: 0, max: 0x3000 }),
        (bytes, address) => {
          zephyrKind.read(MemoryImage.of([{ address, bytes }]));
        },
      ),
    );
  });
});

describe('storage that is recognised and not read', () => {
  const page = (bytes: readonly number[], at = 0) => {
    const whole = new Uint8Array(0x1000).fill(0xff);
    whole.set(bytes, at);
    return whole;
  };

  test('is the circular buffer of earlier releases', () => {
    const header = [0xee, 0xee, 0xff, 0xc0, 1, 0xff, ...le16(7)];
    const reading = zephyrKind.read(MemoryImage.of([{ address: 0xfe000, bytes: page(header) }]))!;
    expect(reading.refusal).toMatchObject({ code: 'zephyr/fcb-storage', facts: { area: 0xfe000 } });
    expect(reading.releases.likely).toEqual(['1.0–1.5']);
  });

  test('is ZMS with ids of 64 bits', () => {
    const ate = [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...le32(0), ...le32(0x14201)];
    const bytes = page([crc8(Uint8Array.from(ate)), ...ate], 0xff0);
    const reading = zephyrKind.read(MemoryImage.of([{ address: 0x15c000, bytes }]))!;
    expect(reading.refusal?.code).toBe('zephyr/newer-storage');
  });
});

describe('emergency data', () => {
  const data = Uint8Array.from({ length: 40 }, (_, i) => i);
  /** A partition of two pages with one snapshot at its beginning. */
  const snapshots = (address: number) => {
    const bytes = new Uint8Array(0x2000).fill(0xff);
    bytes.set(data);
    const head = Uint8Array.from([...le32(0x4d444553), ...le32(1), ...le32(0), ...le32(data.length)]);
    bytes.set(
      [...head, ...le32(crc32k(head)), ...le32(crc32k(data)), ...new Array<number>(8).fill(0)],
      0x1fe0,
    );
    return { address, bytes };
  };
  /** The form of 2.x: an entry that was used up, and one that counts. */
  const entries = (address: number) => {
    const bytes = new Uint8Array(0x2000).fill(0xff);
    bytes.set(data);
    const ate = [...le16(999), ...le16(0), ...le16(data.length), crc8(data)];
    bytes.set([...ate, crc8(Uint8Array.from(ate)), ...new Array<number>(8).fill(0)], 0x1ff0);
    return { address, bytes };
  };

  test('has the checksum of the known answer', () => {
    expect(crc32k(Uint8Array.from(ascii('123456789')), 0xffffffff)).toBe(0x3ee83603);
  });

  test.each([
    ['3.1', snapshots],
    ['2.x', entries],
  ])('of %s is found, told and erased in clones', (_, write) => {
    const image = imageOf(lightArea('nvs'), write(0xf0000));
    const reading = zephyrKind.read(image)!;
    expect(reading.findings.map(({ code }) => code)).toContain('zephyr/emergency-data');
    const { shared } = reading.prepare({});
    const erased = image
      .with(shared.map(({ address, after }) => ({ address, bytes: after })))
      .read(0xf0000, 0x2000);
    expect(erased.every((byte) => byte === 0xff)).toBe(true);
  });
});

describe('what has to be read of a chip', () => {
  const chip = { ...findChip('nRF52840')!, flashSize: 0x200000 };

  /** Asked, read and asked again, as from a chip whose flash this is. */
  function survey(flash: MemoryImage): MemoryImage {
    let image = MemoryImage.empty;
    for (;;) {
      const wanted = zephyrKind.stillToRead(image, chip);
      if (wanted.length === 0) return image;
      for (const { address, length } of wanted)
        expect(image.definedBytes(address, length), 'nothing is asked for twice').toBe(0);
      image = image.with(
        wanted.map(({ address, length }) => ({ address, bytes: flash.read(address, length) })),
      );
    }
  }
  const nodeOf = (image: MemoryImage) => {
    const { settled, nextBoot } = zephyrKind.read(image) ?? {};
    return [settled, nextBoot].find((state) => state?.provisioned)?.unicast ?? null;
  };

  const wholeOf = (flash: MemoryImage) =>
    MemoryImage.of([{ address: 0, bytes: flash.read(0, chip.flashSize) }]);

  /** The flash without what a survey says it does not see: bytes in the middle of a page far from all sectors, whose ends are blank. */
  function withoutTheUnseen(flash: MemoryImage): MemoryImage {
    const endsSector = (page: number) => mayEndSector(flash.read(page + PAGE_SIZE - TAIL_SIZE, TAIL_SIZE));
    const blank = new Uint8Array(PAGE_SIZE).fill(0xff);
    const unseen = Array.from({ length: chip.flashSize / PAGE_SIZE }, (_, index) => index * PAGE_SIZE).filter(
      (page) =>
        ![page - PAGE_SIZE, page, page + PAGE_SIZE].some(endsSector) &&
        [page, page + PAGE_SIZE - 16].every((end) => isFilledWith(flash.read(end, 16), 0xff)),
    );
    return flash.with(unseen.map((address) => ({ address, bytes: blank })));
  }

  test.each(fixtures.filter(({ history }) => !history.startsWith('unprovisioned')))(
    'tells the same of $name as the whole',
    ({ readDump }) => {
      const whole = readDump();
      expect(zephyrKind.read(survey(whole))!.nextBoot).toEqual(zephyrKind.read(whole)!.nextBoot);
    },
  );

  test('is the sector behind another too: what stands in its middle decides what firmware makes of the two', () => {
    const dump = fixtures.find(({ name }) => name === 'v3.0.0-nvs/multi-element')!.readDump();
    const [written, next] = findAreas(dump)[0]!.sectors;
    const code = { address: written!.address - PAGE_SIZE, bytes: new Uint8Array(PAGE_SIZE) };
    const torn = { address: next!.address + 0x800, bytes: new Uint8Array(4) };
    const refusalOf = (flash: MemoryImage) => zephyrKind.read(flash)!.refusal?.code;
    expect(refusalOf(survey(dump.with([code])))).toBeUndefined();
    expect(refusalOf(wholeOf(dump.with([code, torn])))).toBe('zephyr/node-reset');
    expect(refusalOf(survey(dump.with([code, torn])))).toBe('zephyr/node-reset');
  });

  test('tells the same node as the whole where the flash is damaged', () => {
    const damaged = fc.record({
      fixture: fc.constantFrom(...fixtures),
      choices: fc.array(fc.nat(0xffffff), { minLength: 8, maxLength: 64 }),
    });
    fc.assert(
      fc.property(damaged, ({ fixture, choices }) => {
        let next = 0;
        const pick = (below: number) => choices[next++ % choices.length]! % below;
        const flash = withoutTheUnseen(mutate(fixture.readDump(), pick));
        expect(nodeOf(survey(flash)), fixture.name).toEqual(nodeOf(wholeOf(flash)));
      }),
      { numRuns: 40 },
    );
  });
});
