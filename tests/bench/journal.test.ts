import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatJournalCsv,
  formatJournalJson,
  Journal,
  Ledger,
  MemoryStore,
  parseJournal,
  PROOF_STEPS,
  RECORD_KINDS,
  type JournalEntry,
  type JournalRecord,
  type RecordKind,
} from '../../src/bench/index.ts';

const NETWORK = 'f3d2b8a04c5e4b0e9d7a61c2ff00aa11';
const X = '00000000000000aa';
const Y = '00000000000000bb';
const IMAGE = 'ab'.repeat(32);
const identity = (unicast = 0x53, elementCount = 2) => ({
  network: NETWORK,
  clone: `light_${unicast}`,
  unicast,
  elementCount,
});
const entry = (kind: RecordKind, chipId = X, about: JournalEntry['identity'] = identity()): JournalEntry => ({
  kind,
  identity: kind === 'unlocking' ? null : about,
  chipId,
  probe: 'probe-1',
  imageSha256: kind === 'writing' ? IMAGE : '',
  result: kind === 'failed' ? 'probe/disconnected' : '',
});
const recordsOf = (entries: readonly JournalEntry[], run = 'run-1'): JournalRecord[] =>
  entries.map((one, i) => ({ run, number: i + 1, at: new Date(i * 1000).toISOString(), ...one }));
const ledgerOf = (...entries: JournalEntry[]) => Ledger.of(recordsOf(entries));
const open = (records: readonly JournalRecord[] = [], run = 'run-2') =>
  Journal.open(new MemoryStore(records), { run, now: () => new Date(0) });

describe('the state of an identity', () => {
  const told: [string, RecordKind[], string, string[]][] = [
    ['reserved and left so by a run that is over is free', ['reserved'], 'free', []],
    ['being written when the run ended may be on its chip', ['reserved', 'writing'], 'maybe', [X]],
    ['verified', ['reserved', 'writing', 'verified'], 'verified', [X]],
    ['verified and closed', ['reserved', 'writing', 'locked'], 'locked', [X]],
    ['failed may be on its chip', ['reserved', 'writing', 'failed'], 'maybe', [X]],
    ['failed once and then verified', ['writing', 'failed', 'writing', 'verified'], 'verified', [X]],
    ['verified and then found changed', ['writing', 'verified', 'failed'], 'maybe', [X]],
    ['begun and not written after all is free', ['reserved', 'writing', 'released'], 'free', []],
    ['discarded stays so whatever comes', ['discarded', 'reserved', 'writing', 'verified'], 'discarded', []],
    ['released after a failure is free', ['writing', 'failed', 'released'], 'free', []],
  ];
  test.each(told)('%s', (_, kinds, state, chips) => {
    const ledger = ledgerOf(...kinds.map((kind) => entry(kind)));
    expect(ledger.find(identity())).toMatchObject({ state, chips });
    expect(ledger.onChip(X).length).toBe(chips.length);
    expect(ledger.claims(NETWORK)).toEqual(state === 'free' ? [] : [{ start: 0x53, count: 2 }]);
  });

  test('is unknown, so free, where the journal says nothing of it', () => {
    expect(ledgerOf().find(identity())).toBeUndefined();
  });

  test('a release speaks of one chip: on another it may still be', () => {
    const ledger = ledgerOf(entry('writing', X), entry('failed', X), entry('released', Y));
    expect(ledger.find(identity())).toMatchObject({ state: 'maybe', chips: [X], chipId: X });
  });

  test('keeps the hash of the image that was announced, the probe and the reason', () => {
    expect(ledgerOf(entry('writing'), entry('failed')).find(identity())).toMatchObject({
      imageSha256: IMAGE,
      probe: 'probe-1',
      result: 'probe/disconnected',
      at: '1970-01-01T00:00:01.000Z',
    });
  });

  test('addresses in different networks have nothing to do with each other', () => {
    const elsewhere = { ...identity(), network: '0'.repeat(32) };
    const ledger = ledgerOf(entry('writing'), entry('verified'), entry('writing', Y, elsewhere));
    expect(ledger.overlapping(elsewhere)).toEqual([]);
    expect(ledger.claims('0'.repeat(32))).toEqual([{ start: 0x53, count: 2 }]);
    expect(ledger.conflicts()).toEqual([]);
  });

  test('a range that shares one address is found, a neighbour is not', () => {
    const ledger = ledgerOf(entry('writing'), entry('verified'));
    expect(ledger.overlapping(identity(0x54)).map(({ unicast }) => unicast)).toEqual([0x53]);
    expect(ledger.overlapping(identity(0x52)).map(({ unicast }) => unicast)).toEqual([0x53]);
    expect(ledger.overlapping(identity(0x55))).toEqual([]);
    expect(ledger.overlapping(identity(0x51))).toEqual([]);
  });

  test('a probe is known by the chips it was seen with', () => {
    const ledger = ledgerOf(entry('writing', X), entry('writing', Y, identity(0x60)));
    expect(ledger.chipsBehind('probe-1')).toEqual([X, Y]);
    expect(ledger.chipsBehind('probe-2')).toEqual([]);
  });
});

describe('an open journal', () => {
  test('numbers its records, dates them, and has stored each before it says so', async () => {
    const store = new MemoryStore();
    const journal = await Journal.open(store, { run: 'r', now: () => new Date(Date.UTC(2026, 0, 2)) });
    await journal.append(entry('reserved'));
    await journal.append(entry('writing'));
    expect(await store.load()).toEqual([
      { run: 'r', number: 1, at: '2026-01-02T00:00:00.000Z', ...entry('reserved') },
      { run: 'r', number: 2, at: '2026-01-02T00:00:00.000Z', ...entry('writing') },
    ]);
    expect(journal.records).toEqual(await store.load());
  });

  test('counts what is announced from the moment it is said, and what is concluded once it is stored', async () => {
    const journal = await open();
    const state = () => journal.ledger.find(identity())?.state;
    const reserving = journal.append(entry('reserved'));
    expect(state()).toBe('reserved');
    await reserving;
    await journal.append(entry('writing'));
    const verifying = journal.append(entry('verified'));
    expect(state()).toBe('writing');
    await verifying;
    expect(state()).toBe('verified');
  });

  test('stores in the order things were said, however slow the store is', async () => {
    const stored: string[] = [];
    const delays = [3, 1, 0];
    const store = {
      load: async () => [],
      async append([record]: readonly JournalRecord[]) {
        for (let i = delays.shift()!; i > 0; i--) await Promise.resolve();
        stored.push(record!.kind);
      },
    };
    const journal = await Journal.open(store, { run: 'r', now: () => new Date(0) });
    await Promise.all(
      (['reserved', 'writing', 'verified'] as const).map((kind) => journal.append(entry(kind))),
    );
    expect(stored).toEqual(['reserved', 'writing', 'verified']);
  });

  test('goes on after a record that could not be stored, and does not count it', async () => {
    let broken = false;
    class Moody extends MemoryStore {
      override append(records: readonly JournalRecord[]) {
        return broken ? Promise.reject(new Error('full')) : super.append(records);
      }
    }
    const journal = await Journal.open(new Moody(), { run: 'r', now: () => new Date(0) });
    const failing = async (kind: RecordKind) => {
      broken = true;
      await expect(journal.append(entry(kind))).rejects.toMatchObject({
        code: 'station/journal-not-written',
        cause: { message: 'full' },
      });
      broken = false;
      return journal.ledger.find(identity())?.state;
    };
    expect(await failing('reserved')).toBe('free');
    await journal.append(entry('reserved'));
    await journal.append(entry('writing'));
    expect(await failing('verified')).toBe('maybe');
    await journal.append(entry('writing'));
    await journal.append(entry('verified'));
    expect(journal.ledger.find(identity())?.state).toBe('verified');
    expect(journal.records.map(({ kind }) => kind)).toEqual(['reserved', 'writing', 'writing', 'verified']);
  });

  test('takes the name of no run that was there before', async () => {
    await expect(open(recordsOf([entry('reserved')]), 'run-1')).rejects.toThrow(RangeError);
  });
});

describe('records of another journal', () => {
  const ours = recordsOf([entry('reserved'), entry('writing'), entry('verified')]);

  test('are added once, and unfinished jobs in them are settled', async () => {
    const journal = await open(ours);
    const theirs = recordsOf([entry('writing', Y, identity(0x60))], 'elsewhere');
    expect(await journal.import([...ours, ...theirs])).toEqual({ added: 1, alreadyThere: 3, conflicts: [] });
    expect(await journal.import(theirs)).toEqual({ added: 0, alreadyThere: 1, conflicts: [] });
    expect(journal.ledger.find(identity(0x60))).toMatchObject({ state: 'maybe', chips: [Y] });
    expect(journal.records.length).toBe(4);
  });

  test('are added once also where they come twice in one file', async () => {
    const journal = await open();
    expect(await journal.import([...ours, ...ours])).toMatchObject({ added: 3, alreadyThere: 3 });
    expect(journal.records).toEqual(ours);
  });

  test('that contradict ours are kept and told', async () => {
    const journal = await open(ours);
    const theirs = recordsOf(
      [
        entry('writing', Y),
        entry('verified', Y),
        entry('writing', X, identity(0x70)),
        entry('writing', '00000000000000cc', identity(0x71)),
      ],
      'elsewhere',
    );
    const { conflicts } = await journal.import(theirs);
    expect(conflicts.map(({ code }) => code)).toEqual([
      'station/identity-twice',
      'station/two-identities',
      'station/addresses-overlap',
    ]);
    expect(conflicts[0]!.message).toContain(`${X} and ${Y}`);
  });

  test('that say something else under the same number are told, and ours stay', async () => {
    const journal = await open(ours);
    const { added, conflicts } = await journal.import([{ ...ours[2]!, chipId: Y }]);
    expect(added).toBe(0);
    expect(conflicts).toMatchObject([{ code: 'station/record-differs', severity: 'error' }]);
    expect(journal.ledger.find(identity())).toMatchObject({ chips: [X] });
  });

  test('are not taken over at all when they cannot be stored', async () => {
    const store = { load: async () => ours, append: () => Promise.reject(new Error('full')) };
    const journal = await Journal.open(store, { run: 'run-2', now: () => new Date(0) });
    const theirs = recordsOf([entry('writing', Y, identity(0x60))], 'elsewhere');
    await expect(journal.import(theirs)).rejects.toMatchObject({ code: 'station/journal-not-written' });
    expect(journal.records).toEqual(ours);
    expect(journal.ledger.find(identity(0x60))).toBeUndefined();
  });
});

/** Any record that a bench might write, of few identities and chips so that they meet. */
const anyEntry: fc.Arbitrary<JournalEntry> = fc
  .record({
    kind: fc.constantFrom(...RECORD_KINDS),
    chipId: fc.constantFrom(X, Y, '00000000000000cc'),
    unicast: fc.constantFrom(0x53, 0x54, 0x60, 0x7ffe),
    elementCount: fc.constantFrom(1, 2),
    clone: fc.string({ unit: 'grapheme', maxLength: 12 }),
    probe: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('', '"', 'a,b', 'a\r\nb', ' x ', ';', '\t')),
    imageSha256: fc.constantFrom('', IMAGE),
    result: fc.constantFrom('', 'probe/no-ack'),
    proof: fc.record({ step: fc.constantFrom(...PROOF_STEPS), ms: fc.nat(9_999) }),
  })
  .map(({ kind, chipId, unicast, elementCount, clone, probe, imageSha256, result, proof }) => ({
    ...((kind === 'proved' || kind === 'disproved' || kind === 'unprovable') && { proof }),
    kind,
    chipId,
    probe,
    imageSha256,
    result,
    identity: kind === 'unlocking' ? null : { network: NETWORK, clone, unicast, elementCount },
  }));
const anyRecords = (run: string) =>
  fc.array(anyEntry, { maxLength: 20 }).map((entries) => recordsOf(entries, run));

describe('a journal as a file', () => {
  test.each([
    ['CSV', formatJournalCsv],
    ['JSON', formatJournalJson],
  ])('comes back from %s as it was', (_, format) => {
    fc.assert(
      fc.property(anyRecords('run "1", of; two'), (records) => {
        expect(parseJournal(format(records))).toEqual(records);
      }),
    );
  });

  test('reads well in a spreadsheet', () => {
    expect(formatJournalCsv(recordsOf([entry('unlocking', ''), entry('failed')])).split('\r\n')).toEqual([
      'at,kind,clone,unicastAddress,lastUnicastAddress,chipId,probe,imageSha256,result,network,run,number,step,milliseconds,uuid',
      '1970-01-01T00:00:00.000Z,unlocking,,,,,probe-1,,,,run-1,1,,,',
      `1970-01-01T00:00:01.000Z,failed,light_83,0x0053,0x0054,${X},probe-1,,probe/disconnected,${NETWORK},run-1,2,,,`,
      '',
    ]);
  });

  test('is read from a spreadsheet that moved columns, added one and saved semicolons', () => {
    const records = recordsOf([entry('reserved')]);
    const [header, row] = formatJournalCsv(records)
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));
    const swapped = [header!, row!]
      .map((cells, i) => [i ? 'mine' : 'note', ...cells.reverse()].join(';'))
      .join('\n');
    expect(parseJournal(`\ufeff${swapped}`)).toEqual(records);
  });

  const csv = formatJournalCsv(recordsOf([entry('verified')]));
  const json = formatJournalJson(recordsOf([entry('verified')]));
  test.each([
    ['no journal', 'name,unicastAddress\r\nx,0x0001\r\n', 'Row 1'],
    ['an empty file', '', 'Row 1'],
    ['an unknown kind', csv.replace('verified', 'lost'), 'Row 2'],
    ['a chip that is none', csv.replace(X, 'AA'), 'Row 2'],
    ['a chip left out where it matters', csv.replace(X, ''), 'Row 2'],
    ['a group address', csv.replace('0x0053', '0xC001'), 'Row 2'],
    ['a range that ends before it begins', csv.replace('0x0054', '0x0052'), 'Row 2'],
    ['broken JSON', json.slice(0, -4), 'The file'],
    ['other JSON', '{"nodes":[]}', 'The file'],
    ['JSON of a later version', json.replace('"version": 1', '"version": 2'), 'The file'],
    ['a record that is none', json.replace(/\[\s*\{[^]*\}\s*\]/, '[null]'), 'Record 1'],
  ])('%s is refused with its place', (_, text, place) => {
    expect(() => parseJournal(text)).toThrow(
      expect.objectContaining({ code: 'station/bad-journal', facts: expect.objectContaining({ place }) }),
    );
  });

  test('takes nothing over that a journal does not write, such as a key', () => {
    const key = '00112233445566778899aabbccddeeff';
    const spoiled = json.replace('"at"', `"deviceKey": "${key}", "at"`);
    expect(JSON.stringify(parseJournal(spoiled))).not.toContain(key);
  });

  test('an exported journal in an empty store is the same journal', async () => {
    await fc.assert(
      fc.asyncProperty(anyRecords('run-1'), async (records) => {
        const original = await open(records);
        const copy = await open();
        expect((await copy.import(parseJournal(formatJournalCsv(original.records)))).added).toBe(
          records.length,
        );
        expect(copy.records).toEqual(original.records);
        expect(copy.ledger.accounts).toEqual(original.ledger.accounts);
        expect(copy.ledger.conflicts()).toEqual(original.ledger.conflicts());
      }),
    );
  });

  test('two journals merged hold every record once, whichever comes first and however often', async () => {
    await fc.assert(
      fc.asyncProperty(anyRecords('run-a'), anyRecords('run-b'), async (a, b) => {
        const [ab, ba] = [await open(a, 'x'), await open(b, 'x')];
        expect((await ab.import(b)).added).toBe(b.length);
        expect((await ba.import(a)).added).toBe(a.length);
        expect(await ab.import(ba.records)).toMatchObject({ added: 0, alreadyThere: a.length + b.length });
        const ids = (journal: Journal) => journal.records.map(({ run, number }) => `${run}/${number}`).sort();
        expect(ids(ab)).toEqual(ids(ba));
      }),
    );
  });
});

describe('any history', () => {
  test('leaves each identity in a state that its chips explain, and nobody at work', () => {
    fc.assert(
      fc.property(anyRecords('run-1'), (records) => {
        const ledger = Ledger.of(records);
        for (const { state, chips, ...account } of ledger.accounts) {
          expect(['free', 'maybe', 'verified', 'locked', 'discarded']).toContain(state);
          expect(chips.length === 0).toBe(state === 'free' || state === 'discarded');
          for (const chip of chips)
            expect(ledger.onChip(chip).map(({ unicast }) => unicast)).toContain(account.unicast);
          const isClaimed = ledger.claims(NETWORK).some(({ start }) => start === account.unicast);
          expect(isClaimed).toBe(state !== 'free');
        }
      }),
    );
  });
});
