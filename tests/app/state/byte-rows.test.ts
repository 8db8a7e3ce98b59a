import { expect, test } from 'vitest';
import { ByteRows } from '../../../src/app/state/byte-rows.svelte.ts';
import type { BytesRequest, BytesView } from '../../../src/session/index.ts';
import type { Engine, PatchView } from '../../../src/worker/index.ts';

test('bytes of keys that were shown are dots at once when they are hidden, however long the engine takes', async () => {
  const patch = { address: 0x7d050, length: 16 } as PatchView;
  let answer: (() => void) | undefined;
  const at = ({ address, length, reveal }: BytesRequest) => {
    const bytes = Array.from({ length }, () => (reveal ? 0xa6 : null));
    const view: BytesView = { address, donor: bytes, clone: bytes, changed: [] };
    return reveal
      ? Promise.resolve(view)
      : new Promise<BytesView>((resolve) => (answer = () => resolve(view)));
  };
  const rows = new ByteRows({ bytes: { at } } as unknown as Engine);
  await rows.load([patch], 0, true);
  expect(rows.rows[0]!.clone![0]).toBe(0xa6);

  const hidden = rows.load([patch], 0, false);
  expect(rows.rows.flatMap(({ donor, clone }) => [...donor, ...clone!]).every((byte) => byte === null)).toBe(
    true,
  );
  answer!();
  await hidden;
  expect(rows.rows[0]!.patches).toEqual([patch]);
});
