import { describe, expect, test } from 'vitest';
import { hex } from '../../../src/bytes.ts';
import { zephyrKind } from '../../../src/kinds/zephyr/index.ts';
import { nextSequence } from '../../../src/kinds/zephyr/records/index.ts';
import { imageOf, le16, light, lightArea, key } from './area-writer.ts';
import { fixtures } from './fixtures.ts';

const jsonOf = (image: Parameters<typeof zephyrKind.read>[0], showKeys = true) => {
  const reading = zephyrKind.read(image)!;
  return { ...reading.formatState(reading.nextBoot, { showKeys }), ...reading.details({ showKeys }) };
};

describe.each(fixtures)('inspect --json of $name', ({ manifest, readDump, history }) => {
  const json = jsonOf(readDump());

  test('gives every setting as its loader returned it', () => {
    expect(json).toHaveProperty('settings', manifest.settings);
    expect(json.provisioned).toBe(manifest.provisioned);
  });

  test('gives address, keys, IV index and sequence number of the node', () => {
    const { node } = manifest;
    if (!node || history.startsWith('power-cut')) return;
    expect(json.unicast?.start).toBe(hex(node.primary_addr, 4));
    expect(json.deviceKeys).toEqual([{ owner: hex(node.primary_addr, 4), key: node.dev_key }]);
    expect(json.netKeys).toEqual(
      Object.entries(node.net_keys).map(([index, [own, updated, phase]]) => ({
        index: Number(index),
        key: own,
        keyRefreshPhase: phase,
        ...(updated !== null && { newKey: updated }),
      })),
    );
    expect(json.appKeys).toEqual(
      Object.entries(node.app_keys).map(([index, { net_idx, key: own, new_key }]) => ({
        index: Number(index),
        netKeyIndex: net_idx,
        key: own,
        ...(new_key !== null && { newKey: new_key }),
      })),
    );
    expect(json).toMatchObject({
      ivIndex: node.iv_index,
      ivUpdateInProgress: node.iv_update === 1,
      storedSequenceNumber: node.seq,
      nextSequenceNumber: nextSequence(node.seq),
    });
  });

  test('gives what every model is bound to, publishes and hears', () => {
    const { node } = manifest;
    if (!node || history.startsWith('power-cut')) return;
    const found = Object.fromEntries(
      json.models.map(({ element, place, bindings, publish }) => [
        `${place!.list === 'sig' ? 's' : 'v'}/${((element << 8) | place!.index).toString(16)}`,
        { bind: bindings, pub: publish?.address },
      ]),
    );
    for (const [name, { bind, pub }] of Object.entries(node.models))
      expect([name, found[name]]).toEqual([
        name,
        { bind: bind ?? [], pub: pub ? hex(pub.addr, 4) : undefined },
      ]);
  });
});

describe('what is printed', () => {
  test('holds no key unless keys are asked for', () => {
    const image = imageOf(lightArea());
    const text = JSON.stringify(jsonOf(image, false));
    for (const first of [0xa0, 0xb0, 0xd0])
      expect(text).not.toContain(Buffer.from(key(first)).toString('hex'));
    expect(text).toContain('"bt/mesh/Seq":"800100"');
  });

  test('says of each record what it means, in words and without keys', () => {
    const settings = {
      ...light(),
      'bt/mesh/HBPub': [0xf0, 0xc0, 5, 4, 3, 0, 0, 0x10],
      'bt/mesh/Cfg': [0x4a, 1, 0x4a, 1, 1, 2, 7],
      'bt/mesh/s/2/pub': [0x10, 0xc0, 0, 0, 0xff, 0, 0, 0],
      'bt/mesh/v/300/sub': [0xaa, 0xc0],
      'bt/mesh/brg_tbl': [2, 0, 0, 0, ...le16(0x10), ...le16(0x99)],
      'bt/id': [1, 1, 2, 3, 4, 5, 0xc6],
      'bt/keys/c0aabbccddee1': key(0x80),
      'vnd/serial': [1, 2, 3],
    };
    const rows = zephyrKind
      .read(imageOf(lightArea('nvs', settings)))!
      .evidence.flatMap((section) => section.rows);
    const textOf = (name: string) => rows.find(({ text }) => text.startsWith(`${name}: `))?.text;
    expect(textOf('bt/mesh/Net')).toBe('bt/mesh/Net: primary element 0x0010');
    expect(textOf('bt/mesh/IV')).toBe('bt/mesh/IV: IV index 5, 0 hours in this state');
    expect(textOf('bt/mesh/Seq')).toBe('bt/mesh/Seq: 384, so the next message has 511');
    expect(textOf('bt/mesh/RPL/1')).toBe('bt/mesh/RPL/1: last number from 0x0001: 7');
    expect(textOf('bt/mesh/HBPub')).toBe('bt/mesh/HBPub: to 0xC0F0 on NetKey 0, every 16 s');
    expect(textOf('bt/mesh/Cfg')).toBe(
      'bt/mesh/Cfg: relay on, beacon on, GATT proxy on, friend not supported, default TTL 7',
    );
    expect(textOf('bt/mesh/s/2/pub')).toBe(
      'bt/mesh/s/2/pub: SIG model 2 of element 0: to 0xC010 with AppKey 0, TTL 255',
    );
    expect(textOf('bt/mesh/v/300/sub')).toBe('bt/mesh/v/300/sub: vendor model 0 of element 3: 0xC0AA');
    expect(textOf('bt/mesh/brg_tbl')).toBe('bt/mesh/brg_tbl: 0x0010 with 0x0099');
    expect(textOf('bt/id')).toBe('bt/id: c6:05:04:03:02:01');
    expect(rows.find(({ text }) => text.startsWith('bt/keys/'))).toMatchObject({ label: 'bond' });
    expect(rows.find(({ text }) => text.startsWith('vnd/serial: '))).toMatchObject({
      label: 'application record',
    });
  });

  test('marks every byte of every key as a secret', () => {
    const image = imageOf(lightArea());
    const { secrets } = zephyrKind.read(image)!;
    for (const first of [0xa0, 0xb0, 0xd0]) {
      const found = secrets.filter(({ address, length }) =>
        Buffer.from(image.read(address, length)).includes(Buffer.from(key(first))),
      );
      expect(found.length).toBeGreaterThan(0);
    }
  });
});
