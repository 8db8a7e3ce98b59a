/**
 * Our host against what the real PyACI classes said to a serial device, byte for byte.
 *
 * `SERIAL_TRANSCRIPTS=folder npx vitest run tests/serial/transcripts` takes the transcripts of another folder.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { FrameReader, formatFrame, parseEvent } from '../../src/serial/index.ts';
import { plain, replay } from './replay.ts';
import { bytesOf, files, isFromHost, readJson, transcripts, type Order } from './transcript.ts';

const ORDERS: readonly Order[] = ['as recorded', 'answer first', 'event first'];
const all = transcripts();
const replayed = all.filter(([, { steps }]) => steps.some(({ frames }) => frames.some(isFromHost)));
const totals = { transcripts: 0, compared: 0, expected: 0 };
const notes = new Map<string, number>();

afterAll(() => {
  console.log(
    `${totals.compared} of ${totals.expected} host frames in ${totals.transcripts} transcripts are the same bytes, in each of ${ORDERS.length} orders of the replies.`,
  );
  for (const [note, count] of notes) console.log(`  ${note} (${count} times)`);
});

describe.each(replayed)('%s', (_, transcript) => {
  test.each(ORDERS)('the host says the same, with replies %s', async (order) => {
    const result = await replay(transcript, order);
    expect(result.differences).toEqual([]);
    const expected = transcript.steps.flatMap(({ frames }) => frames).filter(isFromHost).length;
    expect(result.compared).toBe(expected);
    expect(result.longestWrite).toBeLessThanOrEqual(63);
    if (order !== 'as recorded') return;
    totals.transcripts++;
    totals.compared += result.compared;
    totals.expected += expected;
    for (const note of result.notes) notes.set(note, (notes.get(note) ?? 0) + 1);
  });
});

describe.each(all.filter(([, { databaseAfter }]) => databaseAfter))('the database of %s', (_, transcript) => {
  test('is what PyACI stored, but for its known mistakes', async () => {
    const { database, databaseAfterProvision } = await replay(transcript, 'as recorded');
    expect(plain(databaseAfterProvision!)).toEqual(
      asWeWriteIt(transcript.databaseAfterProvision!, transcript),
    );
    expect(plain(database!)).toEqual(asWeWriteIt(transcript.databaseAfter!, transcript));
  });
});

/**
 * PyACI's file with its mistakes taken out:
 * - it drops empty lists at every store (`groups`), although another program wrote them: what nobody changed goes back as it was;
 * - it keeps a node that was reset: compared is the database before the reset (see `replay.ts`).
 */
function asWeWriteIt(stored: object, { databaseBefore }: { readonly databaseBefore?: object }): object {
  const { timestamp: _, ...others } = stored as Record<string, unknown>;
  const { groups } = databaseBefore as { readonly groups?: unknown };
  return { ...(Array.isArray(groups) && groups.length === 0 && { groups }), ...others };
}

describe.each(all)('every event of %s', (_, transcript) => {
  test('is read, or passed over without losing the stream', () => {
    const frames = transcript.steps.flatMap((step) => step.frames).filter((frame) => !isFromHost(frame));
    const reader = new FrameReader();
    const stream = frames.flatMap(({ hex }) => [...bytesOf(hex)]);
    const read = stream.flatMap((byte) => reader.push(Uint8Array.of(byte)));
    expect(read.map((frame) => toHex(formatFrame(frame)))).toEqual(frames.map(({ hex }) => hex));
    for (const [i, frame] of frames.entries()) {
      const event = parseEvent(read[i]!);
      // what PyACI does not know, we may
      if (!/not known/.test(frame.name)) expect(event).toBeDefined();
      const { src, rssi, ttl, data, iv_index: ivIndex, token } = frame.fields ?? {};
      if (src !== undefined) expect(event).toMatchObject({ source: src });
      if (rssi !== undefined) expect(event).toMatchObject({ rssi });
      if (typeof ttl === 'number') expect(event).toMatchObject({ ttl });
      if (token !== undefined) expect(event).toMatchObject({ token });
      if (ivIndex !== undefined) expect(event).toMatchObject({ ivIndex });
      if (typeof data === 'string' && event && 'rest' in event) expect(toHex(event.rest)).toBe(data);
    }
  });
});

describe('framing', () => {
  interface Framing {
    readonly cases: readonly {
      readonly title: string;
      readonly chunks: readonly string[];
      readonly frames: readonly string[];
    }[];
  }
  const [path] = files().filter((file) => /framing\.json(\.gz)?$/.test(file));
  test('chunks of any size give the frames they hold', () => {
    if (path === undefined) return; // a folder of transcripts alone
    for (const { title, chunks, frames } of (readJson(path) as Framing).cases) {
      const reader = new FrameReader();
      const read = chunks.flatMap((chunk) => reader.push(bytesOf(chunk)));
      expect([title, read.map((frame) => toHex(formatFrame(frame)))]).toEqual([title, frames]);
    }
  });
});
