import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findChip, MemoryImage, type Segment } from '../../src/image/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import { sampleDatabaseText, sampleDumpPath } from '../support/samples.ts';
import { sessionHere } from '../support/session.ts';

const chip = findChip('nRF52832')!;
const ids = { deviceId: [0x12345678, 0xba98fedc], deviceAddress: [0x44332211, 0xffffc655] } as const;
const text = (content: string) => new TextEncoder().encode(content);

/** A project with two planned clones, and the second of them as it is read of a board. */
async function pressed(databaseText = sampleDatabaseText()) {
  const session = sessionHere();
  await session.project.open([
    { name: 'client.hex.gz', bytes: new Uint8Array(readFileSync(sampleDumpPath)) },
    { name: 'client.db.json', bytes: text(databaseText) },
  ]);
  session.plan.make({ count: 2 });
  return { session, image: MemoryImage.of((await session.plan.image(1)).segments) };
}
const board = (image: MemoryImage | readonly Segment[]) => ({
  segments: image instanceof MemoryImage ? image.runs : image,
  chip,
  ids,
});
const codes = (findings: readonly { readonly code: string }[]) => findings.map(({ code }) => code);

describe('a board that is looked at', () => {
  test('is the clone that was planned, as it was pressed; the database is yet to learn of it', async () => {
    const { session, image } = await pressed();
    const view = await session.bytes.checkBoard(board(image));
    expect(view).toMatchObject({
      clone: { index: 1, name: 'light_0056' },
      state: { unicast: { start: 0x56 } },
      record: null,
      uuid: '78563412-dcfe-98ba-1122-334455c6ffff',
      canPutRight: false,
    });
    expect(codes(view.since)).toEqual(['clone/board-as-pressed']);
    expect(codes(view.findings)).toEqual(['clone/not-compared']);
  });

  test('agrees with the updated database but for its UUID, which is put right', async () => {
    const { session, image } = await pressed();
    session.plan.database({});
    session.project.useMade({ keepDump: true });
    const before = await session.bytes.checkBoard(board(image));
    expect(before).toMatchObject({ record: { name: 'light_0056' }, canPutRight: true });
    expect(codes(before.findings)).toEqual(['clone/uuid-differs']);
    const file = session.tools.putRight(board(image));
    const { nodes } = parseDatabase(file.bytes);
    expect(nodes.find(({ unicast }) => unicast === 0x56)!.uuid).toBe('78563412dcfe98ba1122334455c6ffff');
    session.project.useMade({ keepDump: true });
    const after = await session.bytes.checkBoard(board(image));
    expect(after.canPutRight).toBe(false);
    expect(codes(after.findings)).toEqual(['clone/record-agrees']);
  });

  test('that was reset, or blank, is told for what it is', async () => {
    const { session, image } = await pressed();
    const mesh = Array.from({ length: 8 }, (_, page) => 0x78000 + page * chip.pageSize);
    const reset = image.with(
      mesh.map((address) => ({ address, bytes: new Uint8Array(chip.pageSize).fill(0xff) })),
    );
    expect(await session.bytes.checkBoard(board(reset))).toMatchObject({ clone: null, canPutRight: false });
    expect(await session.bytes.checkBoard(board([]))).toMatchObject({ stackTitle: null, state: null });
  });

  test('that another record’s UUID belongs to keeps its placeholder', async () => {
    const own = '78563412dcfe98ba1122334455c6ffff';
    const other = /"UUID": "([0-9a-f]{32})"/.exec(sampleDatabaseText().split('"nodes"')[1]!)![1]!;
    const { session, image } = await pressed(sampleDatabaseText().replaceAll(other, own));
    expect(session.bytes.deviceUuid({ ids })).toBeNull();
    session.plan.database({});
    session.project.useMade({ keepDump: true });
    expect((await session.bytes.checkBoard(board(image))).canPutRight).toBe(false);
  });
});

test('the database of a run has the UUIDs that its boards call themselves', async () => {
  const { session } = await pressed();
  const uuid = session.bytes.deviceUuid({ ids })!;
  const { nodes } = parseDatabase(session.plan.database({ uuids: { 1: uuid } }).bytes);
  const [first, second] = nodes.slice(-2);
  expect(second!.uuid).toBe(uuid.replaceAll('-', ''));
  expect(first!.uuid).not.toBe(second!.uuid);
});
