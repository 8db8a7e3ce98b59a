/** Boards prove that they came up, and what does not is caught by the step that is there for it. */
import { describe, expect, test } from 'vitest';
import { UICR_START, type MemoryImage } from '../../src/image/index.ts';
import {
  formatJournalCsv,
  formatJournalJson,
  Ledger,
  parseJournal,
  type BenchSetup,
  type JournalRecord,
} from '../../src/bench/index.ts';
import type { FirmwareSetup } from '../../src/virtual/index.ts';
import { readDump } from '../kinds/flashfs/fixtures.ts';
import { sized } from '../support/every-transfer.ts';
import { leapWaits } from '../support/leaping-waits.ts';
import { lightNode, switchNode, type Conduct } from './started-nodes.ts';
import { jobAt, NETWORK, PROBES, Workshop } from './workshop.ts';

const UNICAST = 0x11;
const NODE = switchNode(UNICAST);
/** Newer silicon. */
const RELOCKS = sized(NODE.silicon.chip.flashSize, 'nRF52832-rev3');
const APPROTECT = 0x208;
const RTT = { address: 0x20002a10 };
const line = (unicast: number) =>
  `<t:       1206>, main.c,  312, Node Address: 0x00${unicast.toString(16)} \n`;
const SAYS: FirmwareSetup = { rtt: RTT, log: [{ atUs: 200_000, text: line(UNICAST) }] };

interface Setting {
  readonly firmware?: FirmwareSetup;
  readonly image?: MemoryImage;
  readonly elements?: number;
  readonly setup?: Partial<BenchSetup>;
  readonly board?: Parameters<Workshop['addBoard']>[0];
  readonly everyWait?: true;
}
/** @param setting.everyWait  asked through, as a browser does */
async function written({
  firmware = SAYS,
  image = NODE.image,
  elements = NODE.elements,
  setup,
  board,
  everyWait,
}: Setting) {
  const jobs = [jobAt(UNICAST, image, elements)];
  const workshop = await Workshop.open({ jobs }, { proof: 'full', ...setup });
  const place = workshop.addBoard({ probe: 'mcu-link', silicon: NODE.silicon, firmware, ...board });
  if (!everyWait) leapWaits(place.board, workshop.clock);
  await workshop.serve(place);
  const records = await workshop.store.load();
  const [slot] = workshop.bench.view.slots;
  const steps = records.flatMap(({ kind, proof, result }) =>
    proof ? [`${proof.step} ${kind}${result && ` ${result}`}`] : [],
  );
  return { workshop, place, slot: slot!, records, steps };
}
const kinds = (records: readonly JournalRecord[]) =>
  records.filter(({ proof }) => !proof).map(({ kind }) => kind);

describe.each(PROBES)('a clone over a %s', (probe) => {
  test('that comes up is proved in five steps, each in the journal before the verdict', async () => {
    const { slot, steps, records, place } = await written({ board: { probe }, everyWait: true });
    expect(steps).toEqual(['read-back proved', 'boot proved', 'runs proved', 'log proved', 'stays proved']);
    expect(kinds(records)).toEqual(['reserved', 'writing', 'verified']);
    expect(slot.state).toBe('verified');
    expect(slot.proof.map(({ outcome }) => outcome)).toEqual(Array(5).fill('passed'));
    expect(slot.log.at(-1)).toMatchObject({ source: 'main.c:312', text: 'Node Address: 0x0011' });
    expect(place.board.chip.violations).toEqual([]);
  });

  test('is proved quickly by what was read back, before it is started', async () => {
    const { steps, slot } = await written({ board: { probe }, setup: { proof: 'quick' } });
    expect(steps).toEqual(['read-back proved', 'boot proved']);
    expect(slot.state).toBe('verified');
  });
});

describe('a firmware that', () => {
  test.each([
    ['hangs', 'stuck'],
    ['faults', 'fault'],
    ['locks up', 'lockup'],
    ['resets', 'resets'],
  ] as const)('%s is caught as it runs', async (conduct, state) => {
    const { slot, steps, records } = await written({ firmware: { conduct } });
    expect(steps.at(-1)).toBe('runs disproved station/proof-not-running');
    expect(slot).toMatchObject({ state: 'failed', error: { facts: { state } } });
    expect(kinds(records)).toEqual(['reserved', 'writing', 'failed']);
    expect(Ledger.of(records).find({ network: NETWORK, unicast: UNICAST })?.state).toBe('maybe');
  });

  test.each([
    ['says another address', line(0x53)],
    ['says that it resets its node', '----- Node reset  -----\n'],
  ])('%s is caught by its log', async (_, text) => {
    const { steps } = await written({ firmware: { rtt: RTT, log: [{ atUs: 300_000, text }] } });
    expect(steps.at(-1)).toBe('log disproved station/proof-log');
  });

  test.each<[string, FirmwareSetup, string]>([
    ['has no log', {}, 'station/no-log'],
    ['has a torn block', { rtt: { ...RTT, torn: true } }, 'station/torn-log'],
    ['has its log elsewhere', { rtt: { ...RTT, misplaced: true } }, 'station/misplaced-log'],
    ['says nothing of itself', { rtt: RTT, log: [{ atUs: 1_000, text: 'hello\n' }] }, 'station/silent-log'],
  ])('%s cannot be proved by it, and that is told', async (_, firmware, reason) => {
    const { steps, slot } = await written({ firmware });
    expect(steps.slice(-2)).toEqual([`log unprovable ${reason}`, 'stays proved']);
    expect(slot.state).toBe('verified');
  });
});

describe.each([
  ['nRF5 SDK for Mesh', () => NODE],
  ['nRF Connect SDK on NVS', () => lightNode(UNICAST, 'nvs')],
  ['nRF Connect SDK on ZMS', () => lightNode(UNICAST, 'zms')],
])('a firmware of the %s that', (_, node) => {
  const started = (conduct: Conduct) => {
    const { silicon, image, elements, does } = node();
    const firmware = { ...SAYS, change: { atUs: 400_000, make: does[conduct] } };
    return written({ image, elements, firmware, board: { silicon } });
  };

  test('sets its next block of numbers aside, as every start does, is the same node', async () => {
    const { steps } = await started('starts');
    expect(steps.at(-1)).toBe('stays proved');
  });

  test.each([
    ['goesBack', 'station/proof-sequence-back', /went back, from [\d,]+ to [\d,]+/],
    ['jumps', 'station/proof-sequence-jump', /takes it on by [\d,]+ at most/],
    ['ivGoesBack', 'station/proof-iv-index', /IV index of 0x0011 is \d; it was written as 5/],
    ['wipes', 'station/proof-changed', /no longer the node/],
    ['hasOtherKey', 'station/proof-changed', /another device key/],
  ] as const)('%s is caught by the second reading of its pages: %s', async (conduct, code, message) => {
    const { steps, slot, records } = await started(conduct);
    expect(steps.slice(-2)).toEqual(['log proved', `stays disproved ${code}`]);
    expect(slot.state).toBe('failed');
    expect(slot.error?.message).toMatch(message);
    expect(JSON.stringify([records, slot.error]), 'no key is told').not.toMatch(/5a5a5a|7778797a/i);
  });
});

test('what an earlier firmware left in RAM is not taken for what this one says', async () => {
  const { workshop, place } = await written({
    firmware: { rtt: RTT, log: [{ atUs: 1_000, text: line(0x53) }] },
  });
  expect(workshop.bench.view.slots[0]!.error?.code).toBe('station/proof-log');
  const { chip } = place.board;
  expect(new TextDecoder().decode(chip.ram.subarray(0x2a10, 0x2a1a))).toBe('SEGGER RTT');
  workshop.bench.retry('A'); // its firmware is the same, and so says the same again: but from its own start
  await workshop.bench.idle();
  expect(workshop.bench.view.slots[0]!.error?.code).toBe('station/proof-log');
});

test('an image that boots as another node is not started', async () => {
  const { steps, slot, place } = await written({
    image: readDump('5.0.0', 'deprovisioned'),
    board: { silicon: 'nRF52832' },
  });
  expect(steps).toEqual(['read-back proved', 'boot disproved station/proof-boot']);
  expect(slot.state).toBe('failed');
  expect(place.board.chip.events.filter(({ kind }) => kind === 'reset')).toHaveLength(2); // power, and halted at its start
});

describe('a port that closes', () => {
  test.each([
    ['older', NODE.silicon],
    ['newer', RELOCKS],
  ])(
    'as was asked, on %s silicon: written last, and what runs behind it is told as impossible',
    async (_, silicon) => {
      const { steps, records, place, slot } = await written({
        setup: { protect: true, permissions: { lockedChips: true } },
        board: { silicon },
      });
      expect(steps).toEqual([
        'read-back proved',
        'boot proved',
        'runs unprovable station/port-locked',
        'log unprovable station/port-locked',
        'stays unprovable station/port-locked',
      ]);
      expect(kinds(records).at(-1)).toBe('locked');
      expect(slot.state).toBe('verified');
      expect(place.board.chip.uicr[APPROTECT]).toBe(0);
      expect(place.board.chip.locked).toBe(true);
    },
  );

  test('by itself on newer silicon is told as that', async () => {
    const { steps } = await written({
      setup: { permissions: { lockedChips: true } },
      board: { silicon: RELOCKS },
    });
    expect(steps.slice(2)).toEqual([
      'runs unprovable station/port-closed',
      'log unprovable station/port-closed',
      'stays unprovable station/port-closed',
    ]);
  });

  test('and is opened again by the firmware proves all of it', async () => {
    const open = NODE.image.with([{ address: UICR_START + APPROTECT, bytes: Uint8Array.of(0x5a, 0, 0, 0) }]);
    const { steps } = await written({
      image: open,
      setup: { permissions: { lockedChips: true } },
      board: { silicon: RELOCKS, firmwareUnlocks: true },
    });
    expect(steps).toHaveLength(5);
    expect(steps.every((step) => step.endsWith(' proved'))).toBe(true);
  });
});

test('the journal keeps proofs through its files, and reads those without', async () => {
  const { records } = await written({});
  expect(parseJournal(formatJournalCsv(records))).toEqual(records);
  expect(parseJournal(formatJournalJson(records))).toEqual(records);
  const old = records.filter(({ proof }) => !proof);
  const csv = formatJournalCsv(old)
    .replaceAll(',step,milliseconds', '')
    .replace(/,,\r\n/g, '\r\n');
  expect(parseJournal(csv)).toEqual(old);
});

describe('listening to a board', () => {
  test.each([
    [0, /^\[its buffer was full: lines may be missing here\]$/],
    [1, /^\[its buffer was full: the line before may be cut/],
    [2, /^\[its buffer was full: its firmware stood still until it was read\]$/],
  ] as const)('whose buffer is full says what that does to a log of mode %i', async (mode, words) => {
    const log = [...Array(31)].map((_, i) => ({ atUs: 1_000 + i, text: `${i % 10}` }));
    const { slot } = await written({
      firmware: {
        rtt: { ...RTT, size: 32, mode },
        log: [...log, { atUs: 2_000, text: 'more than there is room\n' }],
      },
    });
    expect(slot.log.some(({ text }) => words.test(text))).toBe(true);
    expect(slot.log.some(({ text }) => text.endsWith('more than there is room'))).toBe(mode === 2);
  });

  test('shows what its firmware says until somebody stops, and says so where there is nothing', async () => {
    const { workshop, place } = await written({
      setup: { proof: 'none' },
      firmware: { rtt: RTT, log: [{ atUs: 200_000, text: 'later\n' }] },
    });
    const { bench } = workshop;
    const heard = new Promise<void>((resolve) => {
      bench.subscribe(({ slots }) => {
        if (slots[0]!.log.some(({ text }) => text === 'later')) resolve();
      });
    });
    const listening = bench.listen('A');
    await heard;
    expect(bench.view.slots[0]!.listening).toBe(true);
    bench.stopListening('A');
    await listening;
    expect(bench.view.slots[0]!.listening).toBe(false);
    place.board.chip.ram.fill(0);
    const silent = await written({ setup: { proof: 'none' }, firmware: {} });
    await expect(silent.workshop.bench.listen('A')).rejects.toMatchObject({ code: 'station/no-log-found' });
  });
});
