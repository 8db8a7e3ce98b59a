/** A second kind of image, known to nothing but the list of kinds, goes the whole way: seen, planned, pressed, zipped, written. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { lensOf } from '../../src/app/text/flash-map.ts';
import { refusalHeadline } from '../../src/app/text/refusals.ts';
import { fromHex, indexOfBytes, toHex } from '../../src/bytes.ts';
import { runCommand } from '../../src/cli/command-line.ts';
import { diskOperations } from '../../src/cli/files/index.ts';
import { systemClock } from '../../src/clock.ts';
import { thisMachine } from '../../src/cli/machine.ts';
import { portableSha256 } from '../../src/clone/index.ts';
import { formatHex, parseHex } from '../../src/hex/index.ts';
import { findChip, MemoryImage } from '../../src/image/index.ts';
import { Session } from '../../src/session/index.ts';
import { Workshop, type PlainJob } from '../bench/workshop.ts';
import { seededBytes } from '../support/projects.ts';
import { sampleDatabaseText } from '../support/samples.ts';
import { toyKind } from './toy.ts';
import { toyImage } from './toy-flash.ts';
import { onlyPlan } from '../support/plans.ts';

vi.mock('../../src/kinds/list.ts', async (original) => {
  const { IMAGE_KINDS } = await original<{ IMAGE_KINDS: readonly unknown[] }>();
  const { toyKind: toy } = await import('./toy.ts');
  return { IMAGE_KINDS: [toy, ...IMAGE_KINDS] };
});

const chip = findChip('nRF52832')!;
const PAGE = 0x7f000;
const UICR_CARD = 0x10001080;
const DEVICE_KEY = 'a63af6fb98c0841c47fe10a2122cb6f5';
const FORMER_KEY = 'f753b6825243683c90096da08305e497';
const NET_KEY = 'ccb600d0b016a3afbe072760153bfd6d';
/** The node `light` of the sample's database. */
const node = { unicast: 0x11, elementCount: 3, deviceKey: fromHex(DEVICE_KEY)! };
const LINES = ['iv 5', `[me ${FORMER_KEY}]`, `net 0 ${NET_KEY}`, 'app 0 sealed', 'lamp 100', 'seq 4096'];
const donorImage = toyImage(chip, node, LINES);
const donorHex = formatHex(donorImage);
const tornHex = formatHex(donorImage.with([{ address: UICR_CARD + 9, bytes: Uint8Array.of(0x3b) }]));
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshpress-'));
  const at = (name: string) => join(folder, name);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = async (...words: string[]) => {
    let [out, err] = ['', ''];
    const status = await runCommand(words, {
      print: (text) => void (out += text),
      stderr: { write: (text) => void (err += text), redraw: () => {} },
      files: diskOperations,
      machine: thisMachine,
      clock: systemClock,
      lockWaitMs: 0,
    });
    return { status, out, err };
  };
  const pressed = async (...more: string[]) => {
    writeFileSync(at('db.json'), sampleDatabaseText());
    return run(
      ...['--hex-input-file', at('donor.hex'), '--db-input-file', at('db.json')],
      ...['--hex-output-file', at('OUT.hex'), ...more],
    );
  };
  beforeAll(() => {
    writeFileSync(at('donor.hex'), donorHex);
    writeFileSync(at('torn.hex'), tornHex);
    writeFileSync(at('db.json'), sampleDatabaseText());
  });

  test('gives it another firmware under its identity', async () => {
    writeFileSync(
      at('new.hex'),
      formatHex(MemoryImage.of([{ address: 0, bytes: new Uint8Array(64).fill(7) }])),
    );
    const { status, out } = await run(
      ...['update-firmware', at('donor.hex'), '--firmware', at('new.hex'), '--output', at('new-node.hex')],
    );
    expect([status, out]).toEqual([
      0,
      expect.stringContaining('the node at 0x0011–0x0013 under Toy with cards'),
    ]);
    const { image } = parseHex(readFileSync(at('new-node.hex'), 'utf8'));
    expect(image.read(0, 64).every((byte) => byte === 7)).toBe(true);
    expect(toyKind.read(image)!.settled).toEqual(toyKind.read(donorImage)!.settled);
  });

  test('inspects it for people, without its keys', async () => {
    const { status, out } = await run('inspect', at('donor.hex'));
    expect(status).toBe(0);
    for (const line of [
      'nRF52832, 512 KB flash\nToy with cards 2, probably\n  there are two cards',
      'unicast     0x0011–0x0013, 3 elements',
      'device key  0x0011  hidden',
      'AppKey 0    sealed',
      'card and lines  0x7F000',
      'struck out line: me …',
      'second card  0x10001080  28 of 28 bytes used, 28 live  (in the UICR)',
      'CARD  0x7F000  who the node is',
    ])
      expect(out).toContain(line);
    for (const key of [DEVICE_KEY, FORMER_KEY, NET_KEY]) expect(out).not.toContain(key);
  });

  test('inspects it as JSON, with keys only when asked', async () => {
    const hidden = await run('inspect', at('donor.hex'), '--json');
    expect(JSON.parse(hidden.out)).toMatchObject({
      kind: 'toy',
      refuse: null,
      provisioned: true,
      unicast: { start: '0x0011', count: 3 },
      deviceKeys: [{ owner: '0x0011', key: 'hidden' }],
      netKeys: [{ index: 0, key: 'hidden' }],
      appKeys: [{ index: 0, key: 'sealed' }],
      ivIndex: 5,
      nextSequenceNumber: 4096,
      lines: expect.arrayContaining(['net 0 hidden', 'seq 4096']),
    });
    expect(hidden.out).not.toContain(DEVICE_KEY);
    const shown = JSON.parse((await run('inspect', at('donor.hex'), '--json', '--show-keys')).out);
    expect(shown).toMatchObject({ deviceKeys: [{ key: DEVICE_KEY }], netKeys: [{ key: NET_KEY }] });
  });

  test('says why one cannot be cloned, in the words of its kind', async () => {
    expect(JSON.parse((await run('inspect', at('torn.hex'), '--json')).out)).toMatchObject({
      refuse: { code: 'toy/torn-card', hint: 'Read the node out again.' },
    });
    expect((await run('inspect', at('torn.hex'))).out).toContain('Cannot be cloned [toy/torn-card]');
    const { status, err } = await run(
      ...['--hex-input-file', at('torn.hex'), '--db-input-file', at('db.json'), '--zip', at('no.zip')],
    );
    expect([status, err]).toEqual([1, expect.stringContaining('[toy/torn-card]')]);
  });

  test('has its options as flags, in the help too', async () => {
    expect((await run('--help')).out).toContain('--lamp WHAT');
    expect((await run('--help')).out).toMatch(
      /how bright its lamp is when it starts: as-donor \(default\), percent-N/,
    );
    expect(await pressed('--lamp', 'red')).toMatchObject({
      status: 2,
      err: expect.stringContaining('percent-N'),
    });
    expect(await pressed('--lamp', 'percent-5')).toMatchObject({ status: 2 });
  });

  test('refuses an option that this kind does not have', async () => {
    const { status, err } = await pressed('--replay-cache', 'keep');
    expect([status, err]).toEqual([1, expect.stringContaining('[kinds/no-such-option]')]);
    expect(err).toContain('Toy with cards');
  });

  test('refuses a release that this kind does not have, by its name', async () => {
    const { status, err } = await pressed('--mesh-sdk-version', '4.2.0');
    expect([status, err]).toEqual([1, expect.stringContaining('There is no Toy with cards release 4.2.0')]);
  });

  test('presses images and a zip that hold the same, and adds the clones to the database', async () => {
    const { status, out } = await pressed(
      '--clone-copies',
      '2',
      '--lamp',
      'percent-40',
      '--zip',
      at('all.zip'),
    );
    expect(status).toBe(0);
    expect(out).toMatch(/light_0053 {2}0x0053–0x0055 .*\nlight_0056 {2}0x0056–0x0058/);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['OUT.hex', 'OUT_1.hex', 'db.json.bak']));
    const files = unzipSync(readFileSync(at('all.zip')));
    const { nodes } = JSON.parse(readFileSync(at('db.json'), 'utf8')) as {
      nodes: { unicastAddress: number; deviceKey: string }[];
    };
    const added = nodes.slice(-2);
    expect(added.map(({ unicastAddress }) => unicastAddress)).toEqual([0x53, 0x56]);
    for (const [index, name] of ['OUT.hex', 'OUT_1.hex'].entries()) {
      const text = readFileSync(at(name), 'utf8');
      expect(Buffer.from(files[`clones/light_00${index === 0 ? 53 : 56}.hex`]!).toString()).toBe(text);
      const { image } = parseHex(text);
      const { unicastAddress, deviceKey } = added[index]!;
      const lines = LINES.map((line) =>
        line.replace('lamp 100', 'lamp 040').replace(FORMER_KEY, '\0'.repeat(32)),
      );
      const clone = { unicast: unicastAddress, elementCount: 3, deviceKey: fromHex(deviceKey)! };
      expect(image.runs).toEqual(toyImage(chip, clone, lines).runs);
      expect(indexOfBytes(Buffer.from(text), bytesOf(FORMER_KEY))).toBe(-1);
    }
    expect(Buffer.from(files['README.txt']!).toString()).toContain('Lamps start at 40 %.');
  });

  test('presses small files over a shared one, which has no identity in it', async () => {
    expect(await pressed('--clone-copies', '2', '--pages')).toMatchObject({ status: 0 });
    const read = (name: string) => parseHex(readFileSync(at(name), 'utf8')).image;
    expect(read('OUT_base.hex').definedBytes(PAGE, chip.pageSize)).toBe(0);
    expect(read('OUT_base.hex').definedBytes(UICR_CARD, 28)).toBe(0);
    expect(toyKind.read(read('OUT_base.hex').with(read('OUT_1.hex').runs))).toMatchObject({
      refusal: null,
      settled: { unicast: { start: 0x56, count: 3 } },
    });
  });
});

async function openSession(hex = donorHex) {
  const session = new Session({
    clock: () => ({ now: new Date('2026-05-04T10:00:00Z'), timeZoneOffsetMinutes: 0 }),
    randomBytes: seededBytes(),
    sha256: async () => portableSha256,
    version: '0.0.0',
    commit: 'unknown',
  });
  const view = await session.project.open([
    { name: 'donor.hex', bytes: bytesOf(hex) },
    { name: 'mesh.json', bytes: bytesOf(sampleDatabaseText()) },
  ]);
  return { session, view };
}

describe('a session', () => {
  test('shows what was found, and no key', async () => {
    const { view } = await openSession();
    expect(view).toMatchObject({
      refusal: null,
      rejected: [],
      donor: { name: 'light', unicast: 0x11, elementCount: 3 },
      dump: {
        stackTitle: 'Toy with cards 2, probably',
        options: [{ id: 'lamp' }],
        state: { deviceKeys: [{ owner: 0x11 }] },
      },
    });
    const lens = lensOf(view.dump!, [])!;
    expect(lens.pages.at(-1)).toMatchObject({
      address: PAGE,
      title: 'card',
      used: [{ from: 0 }, { from: expect.closeTo(1 - lens.pages.at(-1)!.used[1]!.share) }],
    });
    for (const key of [DEVICE_KEY, FORMER_KEY, NET_KEY]) expect(JSON.stringify(view)).not.toContain(key);
  });

  test('finds by its former keys that the database is the older of the two', async () => {
    const hex = formatHex(
      toyImage(chip, { ...node, deviceKey: fromHex('5c'.repeat(16))! }, [`[me ${DEVICE_KEY}]`]),
    );
    const { view } = await openSession(hex);
    expect(view.refusal).toMatchObject({ about: 'pair', code: 'clone/database-stale' });
  });

  test('refuses one that is torn, and shows by what', async () => {
    const { view } = await openSession(tornHex);
    expect(view).toMatchObject({
      donor: null,
      refusal: { about: 'dump', code: 'toy/torn-card' },
      dump: { exhibits: { rows: [{ label: 'card', marked: { address: UICR_CARD + 24, length: 4 } }] } },
    });
    expect(refusalHeadline(view.refusal!)).toBe('This dump cannot be cloned');
  });

  test('hides keys among bytes, wherever in a page or in the UICR they lie', async () => {
    const { session } = await openSession();
    session.plan.make({ count: 1 });
    const card = session.bytes.at({ address: UICR_CARD, length: 28, clone: 0 });
    expect(card.donor.slice(8, 24)).toEqual(Array(16).fill(null));
    expect(card.clone!.every((byte) => byte === null)).toBe(true);
    const shown = session.bytes.at({ address: UICR_CARD + 4, length: 4, clone: 0, reveal: true });
    expect([shown.donor, shown.clone]).toEqual([
      [0, 0x11, 0, 3],
      [0, 0x53, 0, 3],
    ]);
    const text = session.bytes.at({ address: PAGE + 0xf00, length: 0x100 });
    const clear = text.donor.map((byte) => (byte === null ? '#' : String.fromCharCode(byte))).join('');
    expect(clear).toContain(`net 0 ${'#'.repeat(32)}`);
    expect(clear).toContain(`me ${'#'.repeat(32)}`);
  });

  test('plans, keeps the plan, adopts it, and presses the very same images', async () => {
    const { session } = await openSession();
    const plan = session.plan.make({ count: 2, choices: { lamp: 'percent-20' } });
    expect(plan.findings).toContainEqual(expect.objectContaining({ code: 'toy/dimmed' }));
    expect(plan.patches).toContainEqual(
      expect.objectContaining({ address: UICR_CARD, length: 28, purpose: 'identity', what: 'card' }),
    );
    const hashes = await session.plan.imageHashes();
    const kept = onlyPlan(structuredClone(session.plan.kept()));
    expect(kept.donor.kind).toBe('toy');

    const later = (await openSession()).session;
    later.plan.adopt({ plan: kept });
    const chunks: Uint8Array[] = [];
    const made = await later.plan.press({ sink: { write: (bytes) => void chunks.push(bytes.slice()) } });
    expect(made.clones).toBe(2);
    const files = unzipSync(Buffer.concat(chunks));
    const manifest = JSON.parse(Buffer.from(files['manifest.json']!).toString()) as {
      clones: { file: string; imageSha256: string }[];
    };
    expect(manifest.clones.map(({ imageSha256 }) => imageSha256)).toEqual(hashes);
    for (const { file } of manifest.clones) {
      const reading = toyKind.read(parseHex(Buffer.from(files[file]!).toString()).image)!;
      expect(reading.refusal).toBeNull();
      expect(toHex(reading.settled.deviceKeys[0]!.key as Uint8Array)).not.toBe(DEVICE_KEY);
    }
  });
});

describe('the bench', () => {
  async function workshopOf(count: number) {
    const { session } = await openSession();
    const { clones } = session.plan.make({ count });
    const hashes = await session.plan.imageHashes();
    const jobs = clones.map(({ name, unicast, elementCount }, index): PlainJob => ({
      name,
      unicast,
      elementCount,
      imageSha256: hashes[index]!,
      image: async () => MemoryImage.of((await session.plan.image(index)).segments),
    }));
    return Workshop.open({ jobs });
  }
  const board = { silicon: 'nRF52832', probe: 'mcu-link' } as const;

  test('asks before it erases somebody’s node, and then writes the clone', async () => {
    const workshop = await workshopOf(1);
    const added = workshop.addBoard({ ...board, contents: donorImage });
    expect(await workshop.serve(added)).toMatchObject({
      state: 'asks',
      needs: { kind: 'erase-node', facts: { unicast: 0x11, elementCount: 3 } },
    });
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { unicast: 0x53 } });
    await workshop.expectAgreement();
  });

  test('does not mind a node without an identity', async () => {
    const workshop = await workshopOf(1);
    const blank = toyImage(chip, { ...node, unicast: 0 }, LINES);
    expect(await workshop.serve(workshop.addBoard({ ...board, contents: blank }))).toMatchObject({
      state: 'verified',
    });
  });

  test('knows a clone again whose firmware has written its state, and sees when anything else was changed', async () => {
    const workshop = await workshopOf(2);
    const added = workshop.addBoard(board);
    expect(await workshop.serve(added)).toMatchObject({ state: 'verified' });
    workshop.unplug(added);
    const { chip: silicon } = added.board;
    silicon.flash.set(bytesOf('seq 8192\x08'), PAGE + 0x800);
    expect(await workshop.serve(added)).toMatchObject({ state: 'known', job: { unicast: 0x53 } });
    workshop.unplug(added);
    silicon.flash[0x123] = 0;
    expect(await workshop.serve(added)).toMatchObject({
      state: 'asks',
      needs: { facts: { found: 'changed' } },
    });
  });
});
