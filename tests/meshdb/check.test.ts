import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import {
  checkDatabase,
  convertDatabase,
  formatDatabase,
  parseDatabase,
  type DatabaseFinding,
} from '../../src/meshdb/index.ts';
import { LIMITS } from '../../src/limits.ts';
import { caseText, readCase, type CaseJson } from './cases.ts';
import {
  MALFORMED,
  WELL_FORMED,
  databaseBytes,
  databaseText,
  readDatabase,
  type MalformedDatabase,
} from './fixtures.ts';

const codes = (findings: readonly DatabaseFinding[]) => [...new Set(findings.map(({ code }) => code))].sort();
const optionsOf = ({ donor }: MalformedDatabase) => (donor === undefined ? {} : { donorIndex: donor });

/** The index lists E48 for these, but what publishes to itself is gone: no nodes are left, or it was moved elsewhere. */
const WITHOUT_OWN_PUBLICATION = ['e08-nodes-not-a-list.pyaci.json', 'e40-elements-past-7fff.pyaci.json'];

describe('a database with a fault of the catalogue', () => {
  test.each(MALFORMED)('$file gives $code and what follows from it, nothing else', (one) => {
    const findings = checkDatabase(databaseBytes(`malformed/${one.file}`), optionsOf(one));
    const also = one.also.filter((code) => !(code === 'E48' && WITHOUT_OWN_PUBLICATION.includes(one.file)));
    expect(codes(findings)).toEqual([one.code, ...also].sort());
    const finding = findings.find(({ code }) => code === one.code)!;
    expect(finding.severity).toBe(one.severity);
    expect(finding.hint).not.toBe('');
  });

  test.each(MALFORMED)('$file: no key is shown', (one) => {
    const bytes = databaseBytes(`malformed/${one.file}`);
    const said = JSON.stringify(checkDatabase(bytes, optionsOf(one))).toLowerCase();
    const keys = [...new TextDecoder().decode(bytes).matchAll(/"(?:deviceKey|key|oldKey)": ?"([^"]+)"/g)];
    for (const [, key] of keys) expect(said).not.toContain(key!.toLowerCase().slice(0, 8));
  });

  const pathOf = (file: string, code: string, donorIndex?: number) =>
    checkDatabase(databaseBytes(`malformed/${file}`), donorIndex === undefined ? {} : { donorIndex }).find(
      (finding) => finding.code === code,
    );
  test.each([
    ['e10-device-key-31-digits.pyaci.json', 'E10', 'nodes[0].deviceKey', '31 hex digits'],
    ['e11-device-key-not-hex.pyaci.json', 'E11', 'nodes[0].deviceKey', 'position 4'],
    ['e13-address-is-group.cdb.json', 'E13', 'nodes[1].unicastAddress', '0xC001 is a group address'],
    [
      'e15-overlapping-elements.pyaci.json',
      'E15',
      'nodes[2].unicastAddress',
      "element range of node 1 'Light switch'",
    ],
    [
      'e19-unknown-appkey-bind.pyaci.json',
      'E19',
      'nodes[0].elements[0].models[2].bind',
      'model 1000 is bound to application key 9',
    ],
    ['e22-range-inverted.pyaci.json', 'E22', 'provisioners[0].allocatedUnicastRange[0]', '0x7FFF to 0x0010'],
    [
      'e25-provisioner-ranges-overlap.cdb.json',
      'E25',
      'provisioners[1].allocatedUnicastRange',
      '0x1000 to 0x199A',
    ],
    ['e28-mixed-formats.pyaci.json', 'E28', 'nodes[0].excluded', "has the key 'excluded'"],
    ['e34-duplicate-json-key.pyaci.json', 'E34', 'nodes', 'lines 42 and 312'],
    [
      'e36-address-as-number.cdb.json',
      'E36',
      'nodes[1].unicastAddress',
      "the text '0010'. The Android app would read it as 0x0016",
    ],
    ['e40-elements-past-7fff.pyaci.json', 'E40', 'nodes[1].elements', 'the last would be 0x8000'],
    [
      'e48-publish-to-own-element.pyaci.json',
      'E48',
      'nodes[1].elements[2].models[0].publish.address',
      'element 2 publishes to its own element 1',
    ],
  ])('%s says where and what', (file, code, path, words) => {
    const finding = pathOf(file, code)!;
    expect(finding.path).toBe(path);
    expect(finding.message).toContain(words);
  });

  test('says where a file was cut off', () => {
    const [finding] = checkDatabase(databaseBytes('malformed/e01-truncated.pyaci.json'));
    expect(finding).toMatchObject({ code: 'E01', message: expect.stringContaining('line 50, column 7') });
  });
});

describe('a well-formed database', () => {
  test.each(WELL_FORMED)('%s has no findings but what is true of it', (name) => {
    const expected = [
      ...(name.includes('partial') ? ['E12'] : []),
      ...(name.includes('empty') ? ['E09'] : []),
      // the light switch publishes to its own element
      ...(name.includes('cdb') || name.includes('3-node-types') || name.includes('200') ? ['E48'] : []),
    ];
    expect(codes(checkDatabase(databaseBytes(name)))).toEqual(expected);
  });
});

describe('faults of a donor', () => {
  test('are seen for the chosen donor alone', () => {
    const file = databaseBytes('malformed/e12-device-key-missing.cdb.json');
    expect(codes(checkDatabase(file, { donorIndex: 1 }))).toContain('E12');
    expect(codes(checkDatabase(file, { donorIndex: 2 }))).not.toContain('E12');
    expect(codes(checkDatabase(file))).not.toContain('E12');
  });

  test('are seen without a chosen donor when no node would do', () => {
    const lonely = databaseBytes('malformed/e37-provisioner-as-donor.cdb.json');
    expect(codes(checkDatabase(lonely))).toEqual(['E37', 'E38']);
    const full = databaseText('malformed/e23-range-exhausted.pyaci.json').replace(
      '"highAddress": 22',
      '"highAddress": 21',
    );
    expect(codes(checkDatabase(full))).toEqual(['E23', 'E48']);
    const allExcluded = databaseText('cdb-android-export.json').replaceAll(
      '"excluded": false',
      '"excluded": true',
    );
    expect(codes(checkDatabase(allExcluded))).toEqual(['E29', 'E48']);
  });

  test('warn of another node without elements, whose addresses are a guess', () => {
    const file = databaseBytes('malformed/e20-elements-empty.cdb.json');
    const severity = (donorIndex: number) =>
      checkDatabase(file, { donorIndex }).find(({ code }) => code === 'E20')!.severity;
    expect(severity(1)).toBe('error');
    expect(severity(2)).toBe('warning');
  });
});

describe('faults beyond the catalogue', () => {
  const pyaci = databaseText('pyaci-3-node-types.json');
  const cdb = databaseText('cdb-android-export.json');
  const changed = (text: string, from: string | RegExp, to: string) => {
    const result = text.replace(from, to);
    expect(result).not.toBe(text);
    return codes(checkDatabase(result)).filter((code) => code !== 'E48');
  };

  test.each([
    [
      'a name with control characters',
      pyaci,
      '"Light bulb"',
      '"Light\\u0007bulb"',
      'meshdb/control-character',
    ],
    ['a crpl beyond 16 bits', pyaci, '"crpl": 40', '"crpl": 100000', 'meshdb/crpl-too-big'],
    ['a number beyond 2^53', pyaci, '"ivIndex": 0', '"ivIndex": 9007199254740993', 'meshdb/number-too-big'],
    [
      'an infinite number in an unknown member',
      cdb,
      '"partial": false',
      '"x": [1e999], "partial": false',
      'meshdb/number-too-big',
    ],
    ['a name PyACI would drop and miss', pyaci, '"name": "root"', '"name": ""', 'meshdb/empty-member'],
    ['a required member missing', pyaci, '"security": "low",', '', 'meshdb/missing-member'],
    ['a ttl between 127 and 255', cdb, '"ttl": 255', '"ttl": 200', 'meshdb/out-of-span'],
    [
      'a top-level key PyACI drops',
      pyaci,
      '"ivIndex": 0,',
      '"ivIndex": 0, "scenes": [],',
      'meshdb/ignored-member',
    ],
    ['an unknown key in a PyACI node', pyaci, '"configComplete"', '"vendor": 1, "configComplete"', 'E43'],
    ['`constructor` deep in a CDB', cdb, '"resolution": 100', '"resolution": 100, "constructor": 1', 'E43'],
    [
      'a CDB mark at the top of a PyACI file',
      pyaci,
      '"$schema": "",',
      '"$schema": "", "version": "1.0.1",',
      'E28',
    ],
    ['a PyACI mark at the top of a CDB', cdb, '"version"', '"ivUpdate": 0, "version"', 'E28'],
    [
      'a CDB period in PyACI',
      pyaci,
      '"period": 0',
      '"period": {"numberOfSteps": 0, "resolution": 100}',
      'E28',
    ],
    [
      'a key list in the other form',
      pyaci,
      '"netKeys": [\n        0\n      ]',
      '"netKeys": [{"index": 0, "updated": false}]',
      'E28',
    ],
    [
      'a network key index twice among application keys',
      pyaci,
      '"index": 1,\n      "key"',
      '"index": 0,\n      "key"',
      'E39',
    ],
    ['no network key in PyACI', pyaci, /"netKeys": \[\n {4}\{[^]*?\}\n {2}\]/, '"netKeys": []', 'E47'],
    ['a fraction', cdb, '"defaultTTL": 5', '"defaultTTL": 5.5', 'E36'],
    ['a number written with fraction', pyaci, '"unicastAddress": 16', '"unicastAddress": 16.0', 'E36'],
    ['a device key that is null', cdb, /"deviceKey": "13E6[^"]*"/, '"deviceKey": null', 'E12'],
    [
      'a key given as number',
      pyaci,
      '"deviceKey": "a88ef01d6495be001079f351732ed627"',
      '"deviceKey": 123456789',
      'E36',
    ],
    ['a node that is no object', cdb, '"nodes": [', '"nodes": [ 7,', 'E08'],
  ])('%s', (_, text, from, to, code) => {
    expect(changed(text, from, to)).toContain(code);
  });

  test('what one app alone asks for is one warning, however often it is missing', () => {
    const findings = checkDatabase(cdb.replaceAll(/"subscribe": \[\],?/g, '').replaceAll(/,\s*\}/g, '}'));
    expect(findings.filter(({ code }) => code === 'meshdb/missing-member')).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/subscribe is missing; the iOS app.*more places/),
      },
    ]);
  });

  test('a key given as a number is not shown', () => {
    const text = pyaci.replace('"deviceKey": "a88ef01d6495be001079f351732ed627"', '"deviceKey": 123456789');
    expect(JSON.stringify(checkDatabase(text))).not.toContain('12345');
  });

  test('an address as text in PyACI is read, with a warning', () => {
    const text = databaseText('pyaci-example.json').replace(
      '"unicastAddress": 16',
      '"unicastAddress": "0x0010"',
    );
    expect(checkDatabase(text)).toMatchObject([
      { code: 'E28', severity: 'warning', path: 'nodes[0].unicastAddress' },
    ]);
    expect(parseDatabase(text).node(0).unicast).toBe(0x10);
  });

  test('a list of nodes that is none gives no findings about nodes', () => {
    const text = databaseText('cdb-ios-export.json').replace(
      /"nodes":\[.*\],"partial"/,
      '"nodes":{},"partial"',
    );
    expect(codes(checkDatabase(text))).toEqual(['E08']);
  });

  test('a key with blanks between its bytes is what PyACI reads', () => {
    const key = toHex(readDatabase('pyaci-example.json').node(0).deviceKey!);
    const text = databaseText('pyaci-example.json').replace(key, key.replace(/(..)(?=.)/g, '$1 '));
    expect(checkDatabase(text)).toEqual([]);
    expect(toHex(parseDatabase(text).node(0).deviceKey!)).toBe(key);
  });

  test('never throws on what a file holds', () => {
    const values = ['null', '[]', '{}', '"x"', '-1', '1e400', 'true'];
    for (const text of [pyaci, databaseText('cdb-ios-export.json')]) {
      const members = [...text.matchAll(/"\w+": ?(?:"[^"]*"|[\d.]+|true|false|\[(?=[\s{\d"]))/g)].slice(
        0,
        120,
      );
      for (const { 0: member, index } of members)
        for (const value of values) {
          if (member.endsWith('[')) continue;
          const key = member.slice(0, member.indexOf(':') + 1);
          const broken = text.slice(0, index) + key + value + text.slice(index + member.length);
          expect(() => checkDatabase(broken)).not.toThrow();
        }
    }
  });
});

describe('keys of nodes that are not the donor', () => {
  const DONOR = 1;
  const OTHER = 0;
  const brokenAt = (
    node: number,
    form: 'cdb' | 'pyaci',
    change: (node: CaseJson, root: CaseJson) => unknown,
  ) => {
    const stored = convertDatabase(readCase('t444'), form === 'cdb' ? 'android' : 'pyaci', {
      now: new Date(),
    });
    const root = JSON.parse(new TextDecoder().decode(formatDatabase(stored.database)));
    change(root.nodes[node], root);
    return checkDatabase(JSON.stringify(root), { donorIndex: DONOR });
  };
  const faults: [string, string, (node: CaseJson) => unknown][] = [
    ['a device key of 31 digits', 'E10', (node) => (node.deviceKey = '0'.repeat(31))],
    ['a device key that is not hex', 'E11', (node) => (node.deviceKey = 'O'.repeat(32))],
    ['a device key that is null', 'E12', (node) => (node.deviceKey = null)],
    ['a device key that is a number', 'E36', (node) => (node.deviceKey = 7)],
    ['a network key that is not listed', 'E18', (node) => node.netKeys.push({ index: 5, updated: false })],
    [
      'an application key that is not listed',
      'E19',
      (node) => node.appKeys.push({ index: 5, updated: false }),
    ],
    ['a binding to no key', 'E19', (node) => node.elements[0].models[0].bind.push(5)],
  ];

  test.each(faults)(
    'are a warning in a phone app’s file, and an error of the donor: %s',
    (_, code, change) => {
      const severities = (node: number) =>
        brokenAt(node, 'cdb', change)
          .filter((one) => one.code === code)
          .map(({ severity }) => severity);
      expect(severities(OTHER)).toEqual(['warning']);
      expect(severities(DONOR)).toEqual(['error']);
    },
  );

  test.each(faults.slice(0, 2))('stay an error in PyACI, which loads no such file: %s', (_, code, change) => {
    const [found] = brokenAt(OTHER, 'pyaci', change).filter((one) => one.code === code);
    expect(found!.severity).toBe('error');
  });

  test('never hide the one of the donor, however many there are', () => {
    const root = JSON.parse(caseText('t444')) as CaseJson;
    const [phone, lamp] = root.nodes;
    const others = Array.from({ length: LIMITS.findingsOfOneKind + 1 }, (_, i) => ({
      ...phone,
      unicastAddress: (0x100 + i).toString(16).padStart(4, '0'),
      deviceKey: 'x',
    }));
    root.nodes = [...others, { ...lamp, deviceKey: 'x' }];
    const own = checkDatabase(JSON.stringify(root), { donorIndex: others.length }).filter(
      ({ severity, code }) => severity === 'error' && code === 'E11',
    );
    expect(own.map(({ path }) => path)).toEqual([`nodes[${others.length}].deviceKey`]);
  });

  test.each(['netKeys', 'appKeys'])(
    'are no fault of its clones either where the network has them: %s',
    (list) => {
      const severityOf = (index: number) =>
        brokenAt(DONOR, 'cdb', (donor, root) => {
          root[list].push({ ...root[list][0], index: 3, key: 'x' });
          donor[list] = [0, index].map((one) => ({ index: one, updated: false }));
        }).find(({ code }) => code === 'E11')!.severity;
      expect([severityOf(3), severityOf(0)]).toEqual(['error', 'warning']);
    },
  );

  test('count where the donor holds the application key that hangs in the air', () => {
    const hanging = (hasIt: boolean) =>
      brokenAt(DONOR, 'cdb', (donor, root) => {
        root.appKeys[0].boundNetKey = 5;
        donor.appKeys = hasIt ? [{ index: 0, updated: false }] : [];
      }).find(({ code }) => code === 'E19')!.severity;
    expect([hanging(true), hanging(false)]).toEqual(['error', 'warning']);
  });
});
