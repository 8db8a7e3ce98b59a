import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/bytes.ts';
import { checkDatabase, completeNode, missingParts, type KnownNode } from '../../src/meshdb/index.ts';
import { caseText, readCase } from './cases.ts';
import { stamp, textOf } from './fixtures.ts';

const key = (digits: string) => fromHex(digits)!;
/** What the flash of the cases' `Lamp` says. */
const lamp: KnownNode = {
  unicast: 0x0002,
  elementCount: 1,
  deviceKey: key('00112233445566778899AABBCCDDEE01'),
  netKeys: [{ index: 0, key: key('000102030405060708090A0B0C0D0E0F'), newKey: undefined, phase: 0 }],
  appKeys: [
    { index: 0, boundNetKey: 0, key: key('0F0E0D0C0B0A09080706050403020100'), newKey: undefined },
    { index: 7, boundNetKey: 0, key: key('0F0E0D0C0B0A09080706050403020107'), newKey: undefined },
  ],
  models: [
    { element: 0, modelId: '1000', bindings: [0, 7], publication: undefined, subscriptions: [] },
    { element: 0, modelId: '1002', bindings: [0], publication: undefined, subscriptions: [] },
  ],
  modelsKnown: true,
  ivIndex: 0,
  ivUpdateInProgress: false,
  others: [],
};

describe('a record without the application key and binding that the node has', () => {
  const database = readCase('t444');

  test('lacks what the database could hold, and not keys or models it does not list', () => {
    expect(missingParts(database, 1, lamp)).toEqual({
      deviceKey: false,
      netKeys: [],
      appKeys: [0],
      bindings: [{ element: 0, modelId: '1000', appKeyIndex: 0 }],
    });
  });

  test('is completed in the hand it is written in, and nothing else changes', () => {
    const completed = completeNode(database, 1, lamp, { ...stamp, timestamp: '2020-06-05T09:00:13Z' });
    const expected = caseText('t444');
    const [before, after] = expected.split('"deviceKey": "00112233445566778899AABBCCDDEE01"');
    const start = before!.lastIndexOf('"appKeys": []');
    expect(textOf(completed)).toBe(
      before!.slice(0, start) +
        '"appKeys": [\n        {\n          "index": 0,\n          "updated": false\n        }\n      ]' +
        before!.slice(start + '"appKeys": []'.length) +
        '"deviceKey": "00112233445566778899AABBCCDDEE01"' +
        after!.replace('"bind": []', '"bind": [\n                0\n              ]'),
    );
    expect(checkDatabase(completed, { donorIndex: 1 })).toEqual([]);
    expect(completeNode(completed, 1, lamp, stamp)).toBe(completed);
  });
});
