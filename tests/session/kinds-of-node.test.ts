/** Several kinds of node in one project: one plan, one database, one zip. */
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { readDump } from '../../src/clone/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import type { Session } from '../../src/session/index.ts';
import { sessionHere } from '../support/session.ts';
import { twoKinds } from '../support/two-kinds.ts';

const files = twoKinds();

/** A light and a switch. */
async function opened(seed?: string): Promise<Session> {
  const session = sessionHere(seed);
  await session.project.open([files.light, files.database]);
  session.project.addKind();
  await session.project.open([files.switch]);
  return session;
}
const code = (code: string) => expect.objectContaining({ code });

async function press(session: Session, form: 'full' | 'pages' = 'full') {
  const parts: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array) => void parts.push(bytes.slice()) };
  const pressed = await session.plan.press({ sink, form });
  return { pressed, files: unzipSync(Buffer.concat(parts)) };
}
const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe('two kinds of node in one project', () => {
  test('are both there, and each is looked at in turn', async () => {
    const session = await opened();
    const view = session.project.showKind(0);
    expect(view.kinds.map(({ donor }) => donor?.name)).toEqual(['light', 'switch']);
    expect([view.active, view.donor?.name]).toEqual([0, 'light']);
    expect(session.project.showKind(1).donor?.name).toBe('switch');
  });

  test('get one plan in which no address, name, key or UUID is given twice', async () => {
    const session = await opened();
    const plan = session.plan.make([{ count: 3 }, { count: 2, nameTemplate: 'wall_{number}' }]);
    expect(plan.groups.map(({ name, first, count }) => [name, first, count])).toEqual([
      ['light', 0, 3],
      ['switch', 3, 2],
    ]);
    expect(plan.clones.slice(3).map(({ name }) => name)).toEqual(['wall_1', 'wall_2']);
    const taken = plan.clones.flatMap(({ unicast, elementCount }) =>
      Array.from({ length: elementCount }, (_, i) => unicast + i),
    );
    expect(new Set(taken).size).toBe(5 * 3);
    for (const of of [
      (i: number) => plan.clones[i]!.uuid,
      (i: number) => session.project.reveal().cloneKeys[i],
    ])
      expect(new Set(plan.clones.map((_, i) => of(i))).size).toBe(5);
    expect(plan.addresses.runs.filter(({ use }) => use === 'new')).toHaveLength(5);
  });

  test('go into one zip: a folder for each kind, one database that knows all', async () => {
    const session = await opened();
    const plan = session.plan.make([{ count: 2 }, { count: 1 }]);
    const { pressed, files: zipped } = await press(session);
    expect(pressed.fileName).toBe('light-and-switch-3-clones.zip');
    const images = Object.keys(zipped).filter((name) => name.startsWith('clones/'));
    expect(images).toEqual([
      `clones/light/${plan.clones[0]!.fileName}`,
      `clones/light/${plan.clones[1]!.fileName}`,
      `clones/switch/${plan.clones[2]!.fileName}`,
    ]);
    const database = parseDatabase(zipped['mesh.json']!);
    expect(database.nodes.slice(-3).map(({ name, unicast }) => [name, unicast])).toEqual(
      plan.clones.map(({ name, unicast }) => [name, unicast]),
    );
    for (const [i, name] of images.entries()) {
      const dump = readDump([{ name, bytes: zipped[name]! }]);
      const { settled } = readImage(dump.image);
      expect(settled.unicast).toEqual({ start: plan.clones[i]!.unicast, count: 3 });
    }
    const manifest = JSON.parse(textOf(zipped['manifest.json']));
    expect(manifest.donors.map(({ name, folder }: Record<string, string>) => [name, folder])).toEqual([
      ['light', 'clones/light/'],
      ['switch', 'clones/switch/'],
    ]);
    expect(manifest.clones.map(({ donor }: Record<string, string>) => donor)).toEqual([
      'light',
      'light',
      'switch',
    ]);
    expect(textOf(zipped['README.txt'])).toMatch(/CLONES OF switch.*clones\/switch\//s);
  });

  test('share a file of their own each, in the form of pages', async () => {
    const session = await opened();
    session.plan.make([{ count: 1 }, { count: 1 }]);
    const { files: zipped } = await press(session, 'pages');
    expect(Object.keys(zipped)).toEqual(expect.arrayContaining(['base/light.hex', 'base/switch.hex']));
  });

  test('give the bench each clone its own image, by its place in the run', async () => {
    const session = await opened();
    const { clones } = session.plan.make([{ count: 1 }, { count: 1 }]);
    const hashes = await session.plan.imageHashes();
    for (const [place, { unicast }] of clones.entries()) {
      const { segments, imageSha256 } = await session.plan.image(place);
      const dump = readDump([await session.plan.hexFile(place)]);
      expect(imageSha256).toBe(hashes[place]);
      expect(dump.image.runs).toEqual(segments);
      expect(readImage(dump.image).settled.unicast!.start).toBe(unicast);
    }
  });

  test('say which of them a wish that cannot be is about', async () => {
    const session = await opened();
    const first = session.plan.make([{ count: 1 }, { count: 1 }]).clones[0]!.unicast;
    expect(() => session.plan.make([{ count: 1 }, { count: 1, firstUnicast: first }])).toThrow(
      expect.objectContaining({
        code: 'meshdb/address-taken',
        message: expect.stringContaining('Clones of switch'),
        facts: expect.objectContaining({ group: 1 }),
      }),
    );
  });

  test('of one node are refused', async () => {
    const session = sessionHere();
    await session.project.open([files.light, files.database]);
    session.project.addKind();
    const view = await session.project.open([{ ...files.light, name: 'again.hex' }]);
    expect(view.refusal).toMatchObject({ code: 'clone/donor-twice', about: 'pair' });
    expect(session.plan.make([{ count: 1 }]).groups).toHaveLength(1);
  });

  test('lose one of them by its place, and the rest is planned without it', async () => {
    const session = await opened();
    const view = session.project.removeKind(0);
    expect(view.kinds.map(({ donor }) => donor?.name)).toEqual(['switch']);
    expect(session.plan.make({ count: 1 }).groups.map(({ name, folder }) => [name, folder])).toEqual([
      ['switch', 'clones/'],
    ]);
  });
});

describe('a kept plan of two kinds of node', () => {
  test('gives the very same images in another session', async () => {
    const first = await opened('one');
    first.plan.make([{ count: 2 }, { count: 1 }]);
    const kept = structuredClone(first.plan.kept());
    expect(kept.version).toBe(2);
    const other = await opened('two');
    other.plan.adopt({ plan: kept });
    expect(await other.plan.imageHashes()).toEqual(await first.plan.imageHashes());
  });

  test('is refused where one of the two is missing', async () => {
    const first = await opened('one');
    first.plan.make([{ count: 2 }, { count: 1 }]);
    const kept = first.plan.kept();
    first.project.removeKind(1);
    expect(() => first.plan.adopt({ plan: kept })).toThrow(code('clone/plan-of-another-donor'));
  });
});
