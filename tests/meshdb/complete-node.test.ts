import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/bytes.ts';
import {
  checkDatabase,
  completeNode,
  convertDatabase,
  missingParts,
  type KnownModel,
  type KnownNode,
} from '../../src/meshdb/index.ts';
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
      publications: [],
      subscriptions: [],
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

describe('a record without the publication and subscriptions that the node has', () => {
  const LABEL = '0073E7E4D8B9440FAF8415DF4C56C0E1';
  const withModel = (model: Partial<KnownModel>): KnownNode => ({
    ...lamp,
    appKeys: lamp.appKeys.slice(0, 1),
    models: [{ ...lamp.models[0]!, bindings: [0], ...model }],
  });
  const told = withModel({
    publication: { address: 0xc001, appKeyIndex: 0, ttl: 5 },
    subscriptions: [0xc002, LABEL, 0xc002],
  });
  const android = readCase('t444');
  const forms = (['pyaci', 'android', 'ios'] as const).map(
    (form) => [form, convertDatabase(android, form, stamp).database] as const,
  );

  test.each(forms)('is completed as its program writes them: %s', (form, database) => {
    const index = database.nodes.findIndex(({ name }) => name === 'Lamp');
    const completed = completeNode(database, index, told, stamp);
    const [model] = completed.node(index).elements[0]!.models;
    expect(model).toMatchObject({
      bindings: [0],
      publication: { address: 0xc001, appKeyIndex: 0, ttl: 5, periodMs: 0, retransmitCount: 0 },
      // PyACI has no place for a label
      subscriptions: form === 'pyaci' ? [0xc002] : [0xc002, LABEL.toLowerCase()],
    });
    const isWrong = ({ severity }: { severity: string }) => severity === 'error';
    expect(checkDatabase(completed, { donorIndex: index }).filter(isWrong)).toEqual([]);
    expect(completeNode(completed, index, told, stamp)).toBe(completed);
  });

  test.each(forms)(
    'keeps what it says, and takes nothing that its form cannot hold: %s',
    (form, database) => {
      const index = database.nodes.findIndex(({ name }) => name === 'Lamp');
      const completed = completeNode(database, index, told, stamp);
      const other = withModel({
        publication: { address: 0xc009, appKeyIndex: 0, ttl: 7 },
        subscriptions: [0xc002],
      });
      expect(completeNode(completed, index, other, stamp)).toBe(completed);
      const odd = (publication: KnownModel['publication']) =>
        missingParts(database, index, withModel({ publication, subscriptions: [0x0007] }));
      // a key that the database does not list; a unicast address is no subscription
      expect(odd({ address: 0xc001, appKeyIndex: 9, ttl: 5 })).toMatchObject({
        publications: [],
        subscriptions: [],
      });
      const inCdb = form === 'pyaci' ? 0 : 1;
      expect(odd({ address: 0xc001, appKeyIndex: 0, ttl: 255 }).publications).toHaveLength(inCdb);
      expect(odd({ address: LABEL, appKeyIndex: 0, ttl: 5 }).publications).toHaveLength(inCdb);
    },
  );
});
