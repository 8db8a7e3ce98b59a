import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/bytes.ts';
import { isProvisioned, readNode } from '../../../src/kinds/zephyr/node.ts';
import { readSettings, type Settings } from '../../../src/kinds/zephyr/settings.ts';
import { findAreas } from '../../../src/kinds/zephyr/storage/locate.ts';
import { lengthOf } from '../../../src/kinds/zephyr/storage/log.ts';
import { mount } from '../../../src/kinds/zephyr/storage/mount.ts';
import type { StoredKey } from '../../../src/mesh/index.ts';
import { fixtures } from './fixtures.ts';

const hexOf = (settings: Settings): Record<string, string> =>
  Object.fromEntries([...settings.byName].map(([name, { value }]) => [name, toHex(value)]));
const keyText = (key: StoredKey | undefined) => (typeof key === 'object' ? toHex(key) : key);

describe.each(fixtures)('the dump $name', ({ manifest, readDump, history }) => {
  const areas = findAreas(readDump());
  const mounted = mount(areas[0]!);
  const settings = readSettings(mounted);
  const node = readNode(settings);

  test('holds one log, where it was laid out', () => {
    expect(areas.map((area) => [area.format.id, area.address, lengthOf(area)])).toEqual([
      [manifest.backend, manifest.partition.address, manifest.partition.size],
    ]);
  });

  test('gives the settings that its own loader returned', () => {
    expect(hexOf(settings)).toEqual(manifest.settings);
  });

  test('has each value where the firmware that wrote it has it', () => {
    // after an interrupted collection the places are those of the repaired image
    if (mounted.interruption) return;
    for (const [name, { address, length, ate }] of Object.entries(manifest.value_locations)) {
      const { value, valueEntry } = settings.byName.get(name)!;
      expect([name, valueEntry.dataAddress, value.length, valueEntry.address]).toEqual([
        name,
        address,
        length,
        ate,
      ]);
    }
  });

  test('is read with the checksums of values where its firmware keeps them', () => {
    expect(mounted.hasDataCrc).toBe(manifest.data_crc);
    expect(settings.problems.filter(({ kind }) => kind === 'wrong-data-crc')).toEqual([]);
  });

  test('is provisioned when its firmware says so, with every key in the clear', () => {
    expect(isProvisioned(node)).toBe(manifest.provisioned);
    expect(node.refused).toEqual([]);
    const known = manifest.node;
    if (!known) return;
    expect(node.net?.unicast).toBe(known.primary_addr);
    // of a node that lost power the manifest tells no more
    if (history.startsWith('power-cut')) return;
    expect(keyText(node.deviceKey)).toBe(known.dev_key);
    for (const [index, [key, updated, phase]] of Object.entries(known.net_keys)) {
      const found = node.netKeys.get(Number(index))!;
      expect([keyText(found.key), keyText(found.updatedKey) ?? null, found.record.phase]).toEqual([
        key,
        updated,
        phase,
      ]);
    }
    for (const [index, { net_idx, key, new_key }] of Object.entries(known.app_keys)) {
      const found = node.appKeys.get(Number(index))!;
      expect([keyText(found.key), keyText(found.updatedKey) ?? null, found.record.netKeyIndex]).toEqual([
        key,
        new_key,
        net_idx,
      ]);
    }
    expect(node.sequence).toBe(known.seq);
    expect(node.iv).toMatchObject({ ivIndex: known.iv_index, inProgress: known.iv_update === 1 });
    expect(Object.fromEntries([...node.replay].map(([source, { sequence }]) => [source, sequence]))).toEqual(
      Object.fromEntries(Object.entries(known.rpl).map(([source, { seq }]) => [source, seq])),
    );
  });
});
