import { readDump } from '../../src/clone/index.ts';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import type { Session } from '../../src/session/index.ts';
import { unzipEncrypted } from '../support/encrypted-zip.ts';
import { sampleDatabase, sampleDump, sessionHere } from '../support/session.ts';
import { onlyPlan } from '../support/plans.ts';

async function opened(seed?: string): Promise<Session> {
  const session = sessionHere(seed);
  await session.project.open([sampleDump(), sampleDatabase()]);
  return session;
}

async function press(session: Session) {
  const parts: Uint8Array[] = [];
  const pressed = await session.plan.press({ sink: { write: (bytes) => void parts.push(bytes.slice()) } });
  return { pressed, files: unzipSync(Buffer.concat(parts)) };
}
async function pressEncrypted(session: Session, password: string) {
  const parts: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array) => void parts.push(bytes.slice()) };
  const pressed = await session.plan.press({ sink, password });
  return { pressed, files: await unzipEncrypted(Buffer.concat(parts), password) };
}

const code = (code: string) => expect.objectContaining({ code });

describe('the whole way from two files to clones', () => {
  test('opens files in any order, one after the other, and says what is missing until then', async () => {
    const session = sessionHere();
    const first = await session.project.open([sampleDatabase()]);
    expect([first.donor, first.refusal, first.dump]).toEqual([null, null, null]);
    const both = await session.project.open([sampleDump()]);
    expect(both.donor).toMatchObject({ unicast: 0x0011, elementCount: 3 });
    expect(both.rejected).toEqual([]);
  });

  test('presses what was planned: images in the zip that hold the identities the plan names', async () => {
    const session = await opened();
    const plan = session.plan.make({ count: 2 });
    const { pressed, files } = await press(session);
    expect(pressed.clones).toBe(2);
    expect(pressed.images.map(({ fileName }) => fileName)).toEqual(
      plan.clones.map(({ fileName }) => fileName),
    );
    for (const { fileName } of plan.clones)
      expect(Object.keys(files)).toContainEqual(expect.stringContaining(fileName));
    expect(await session.plan.imageHashes()).toEqual(pressed.images.map(({ imageSha256 }) => imageSha256));
    const image = await session.plan.image(1);
    const { node } = session.bytes.lookForNode({
      segments: image.segments,
      chip: { ...(await import('../../src/image/index.ts')).findChip('nRF52832')! },
    }) as { node: unknown };
    expect(node).toEqual({ start: plan.clones[1]!.unicast, count: 3 });
  });

  test('presses the same with a password, but for what the README says of it', async () => {
    const session = await opened();
    session.plan.make({ count: 2 });
    const plain = await press(session);
    const encrypted = await pressEncrypted(session, 'correct horse battery');
    expect([plain.pressed.encrypted, encrypted.pressed.encrypted]).toEqual([false, true]);
    expect(Object.keys(encrypted.files)).toEqual(Object.keys(plain.files));
    const differ = Object.keys(plain.files).filter(
      (name) => Buffer.compare(plain.files[name]!, encrypted.files[name]!) !== 0,
    );
    expect(differ).toEqual(['README.txt']);
    await expect(pressEncrypted(session, 'too short')).rejects.toMatchObject({ code: 'zip/short-password' });
  });

  test('gives a clone’s image as the file that a tool would read out of its board', async () => {
    const session = await opened();
    const [clone] = session.plan.make({ count: 1, firstUnicast: 0x0100 }).clones;
    const file = await session.plan.hexFile(0);
    expect(file.name).toBe(clone!.fileName);
    expect(readDump([file]).image.runs).toEqual((await session.plan.image(0)).segments);
  });

  test('goes on with the updated database, whose clones are then taken', async () => {
    const session = await opened();
    const first = session.plan.make({ count: 2 });
    const file = session.plan.database({});
    expect(parseDatabase(file.bytes).nodes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(first.clones.map(({ name }) => name)),
    );
    const view = session.project.useMade({ keepDump: true });
    expect(view.donor?.unicast).toBe(0x0011);
    const next = session.plan.make({ count: 1 });
    expect(next.clones[0]!.unicast).toBe(first.clones[1]!.unicast + 3);
  });

  test('has no plan any more once other files are open', async () => {
    const session = await opened();
    session.plan.make({ count: 1 });
    await session.project.open([sampleDatabase()]);
    expect(() => session.plan.table()).toThrow(code('worker/no-donor'));
    session.project.close();
    expect(() => session.plan.make({})).toThrow(code('worker/no-donor'));
  });

  test('turns a file away and keeps what was there', async () => {
    const session = await opened();
    const view = await session.project.open([
      { name: 'notes.json', bytes: new TextEncoder().encode('{"a":') },
    ]);
    expect(view.rejected.map(({ name }) => name)).toEqual(['notes.json']);
    expect(view.donor).not.toBeNull();
  });
});

describe('tools of the network', () => {
  test('convert, split and print without a dump', async () => {
    const session = sessionHere();
    await session.project.open([sampleDatabase()]);
    const { file } = session.tools.convert('ios');
    expect(file.name).toBe('mesh-ios.json');
    expect(parseDatabase(file.bytes).dialect).toBe('ios');
    expect(session.tools.split({ benches: 2 }).files.map(({ name }) => name)).toEqual([
      'mesh-bench-1.json',
      'mesh-bench-2.json',
    ]);
    expect(session.tools.provisionerLines({ audience: 'pyaci', nodes: 'all' }).name).toBe(
      'device-keys-pyaci.txt',
    );
  });

  test('print the lines of planned clones alone', async () => {
    const session = await opened();
    session.plan.make({ count: 2 });
    const lines = new TextDecoder().decode(
      session.tools.provisionerLines({ audience: 'pyaci', nodes: 'planned' }).bytes,
    );
    const keys = session.project.reveal().cloneKeys;
    expect(keys.every((key) => lines.toLowerCase().includes(key))).toBe(true);
    const { donor } = session.project.reveal();
    expect(donor!.deviceKeys.some((key) => lines.toLowerCase().includes(key))).toBe(false);
  });
});

describe('a kept plan', () => {
  test('crosses to another session as plain data, and gives the very same images there', async () => {
    const first = await opened('one');
    first.plan.make({ count: 3, choices: { sequence: 'reset' } });
    const kept = onlyPlan(structuredClone(first.plan.kept()));
    const other = await opened('two');
    const view = other.plan.adopt({ plan: kept, reserved: [{ start: 0x0100, count: 3 }] });
    expect(view.clones).toEqual(
      kept.clones.map(({ deviceKey: _, ...clone }) => expect.objectContaining(clone)),
    );
    expect(view.addresses.runs.find(({ start }) => start === 0x0100)?.use).toBe('reserved');
    expect(await other.plan.imageHashes()).toEqual(await first.plan.imageHashes());
    expect(other.project.reveal().cloneKeys).toEqual(kept.clones.map(({ deviceKey }) => toHex(deviceKey)));
  });

  test('is refused where it was made for another dump', async () => {
    const session = await opened();
    session.plan.make({ count: 1 });
    const kept = onlyPlan(session.plan.kept());
    const other = { ...kept, donor: { ...kept.donor, imageSha256: 'ab'.repeat(32) } };
    expect(() => session.plan.adopt({ plan: other })).toThrow(code('clone/plan-of-another-donor'));
    expect(session.plan.kept()).toEqual(kept);
  });
});

describe('bytes to look at', () => {
  test('hide keys unless they are asked for, in the donor and in a clone', async () => {
    const session = await opened();
    const plan = session.plan.make({ count: 1 });
    const key = plan.patches.find(({ secret }) => secret)!;
    const hidden = session.bytes.at({ ...key, clone: 0 });
    expect(hidden.clone).toEqual(Array.from({ length: key.length }, () => null));
    expect(hidden.donor).toEqual(hidden.clone);
    const shown = session.bytes.at({ ...key, clone: 0, reveal: true });
    const image = MemoryImage.of((await session.plan.image(0)).segments);
    expect(shown.clone).toEqual([...image.read(key.address, key.length)]);
  });
});
