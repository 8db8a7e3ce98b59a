import { describe, expect, test } from 'vitest';
import { findDonor } from '../../src/clone/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import { readSampleDump, sampleDonor } from '../support/projects.ts';
import { sampleDatabaseText } from '../support/samples.ts';

const DEVICE_KEY = 'a63af6fb98c0841c47fe10a2122cb6f5';
const NET_KEY = 'ccb600d0b016a3afbe072760153bfd6d';
const OTHER_KEY = '0123456789abcdef0123456789abcdef';

describe('dump and database of one node', () => {
  test('are brought together by address and device key', () => {
    const { donor } = sampleDonor();
    expect(donor).toMatchObject({ name: 'light', unicast: 0x11, elementCount: 3 });
    expect(donor.node.index).toBe(1);
    expect(donor.findings.map((finding) => finding.code)).toEqual(['clone/donor-agrees']);
  });

  test('warn when the network has refreshed its keys since', () => {
    const { donor } = sampleDonor(sampleDatabaseText().replace(NET_KEY, OTHER_KEY));
    expect(donor.findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'clone/key-differs' }),
    );
    expect(JSON.stringify(donor.findings)).not.toContain(NET_KEY);
  });
});

describe('dump and database that do not agree', () => {
  test.each([
    ['the database has another key for the address', DEVICE_KEY, OTHER_KEY, 'clone/dump-stale'],
    [
      'the database has the node elsewhere',
      '"unicastAddress": 17',
      '"unicastAddress": 512',
      'clone/donor-moved',
    ],
  ])('say which is stale: %s', (_, old, now, code) => {
    expect(() => sampleDonor(sampleDatabaseText().replace(old, now))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test('of different networks are told apart', () => {
    const text = sampleDatabaseText().replace(DEVICE_KEY, OTHER_KEY).replace(NET_KEY, OTHER_KEY);
    expect(() => sampleDonor(text)).toThrow(expect.objectContaining({ code: 'clone/other-network' }));
  });

  test('name the node when it is in no record at all', () => {
    const text = sampleDatabaseText()
      .replace(DEVICE_KEY, OTHER_KEY)
      .replace('"unicastAddress": 17', '"unicastAddress": 512');
    expect(() => sampleDonor(text)).toThrow(
      expect.objectContaining({ code: 'clone/donor-not-in-database', facts: { unicast: 0x11, nodes: 3 } }),
    );
  });

  test('say so when another node was chosen as donor', () => {
    const dump = readSampleDump();
    const database = parseDatabase(sampleDatabaseText());
    expect(() => findDonor(dump, readImage(dump.image), database, 0)).toThrow(
      expect.objectContaining({ code: 'clone/other-node-chosen' }),
    );
  });
});
