import { describe, expect, test, vi } from 'vitest';
import { CLEARED_AFTER_MS, CopiedKeys, mayBeKey } from '../../../src/app/state/copied.svelte.ts';
import { VirtualClock } from '../../../src/virtual/index.ts';

const KEY = '00112233445566778899aabbccddeeff';

/** A computer with one clipboard, and a window of ours that has the focus or not. */
function computer({ mayRead }: { readonly mayRead: boolean }) {
  const clock = new VirtualClock();
  const window = new EventTarget();
  const state = { clipboard: '', focused: true };
  const needFocus = () => {
    if (!state.focused) throw new DOMException('Document is not focused.', 'NotAllowedError');
  };
  const read = vi.fn(async () => {
    needFocus();
    return state.clipboard;
  });
  const keys = new CopiedKeys({
    clock,
    window,
    read,
    write: async (text) => {
      needFocus();
      state.clipboard = text;
    },
    mayRead: async () => mayRead,
    hasFocus: () => state.focused,
  });
  const copy = (text: string, shown = true) => {
    state.clipboard = text;
    keys.copied(text, shown);
  };
  const focus = (on: boolean) => {
    state.focused = on;
    window.dispatchEvent(new Event(on ? 'focus' : 'blur'));
  };
  const pass = async (ms: number) => {
    await clock.sleep(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { state, keys, copy, focus, pass, read };
}

describe('a key that was copied', () => {
  test.each([true, false])('is out of the clipboard a minute later (may be read: %s)', async (mayRead) => {
    const { state, copy, pass, keys } = computer({ mayRead });
    copy(KEY);
    await pass(CLEARED_AFTER_MS - 1);
    expect(state.clipboard).toBe(KEY);
    await pass(1);
    expect([state.clipboard, keys.mayLie]).toEqual(['', false]);
  });

  test('goes when this window has the focus again, not while another one has it', async () => {
    const { state, copy, focus, pass } = computer({ mayRead: true });
    copy(KEY);
    focus(false);
    await pass(2 * CLEARED_AFTER_MS);
    expect(state.clipboard).toBe(KEY);
    focus(true);
    await pass(0);
    expect(state.clipboard).toBe('');
  });

  test('is known by line ends of any system', async () => {
    const { state, copy, pass } = computer({ mayRead: true });
    copy(`${KEY}\n${KEY}`);
    state.clipboard = `${KEY}\r\n${KEY}\r\n`;
    await pass(CLEARED_AFTER_MS);
    expect(state.clipboard).toBe('');
  });

  test('leaves what was copied elsewhere since alone', async () => {
    const { state, copy, focus, pass, keys } = computer({ mayRead: true });
    copy(KEY);
    focus(false);
    state.clipboard = 'a letter';
    await pass(CLEARED_AFTER_MS);
    focus(true);
    await pass(0);
    expect([state.clipboard, keys.mayLie]).toEqual(['a letter', false]);
  });

  test('is asked about where the page may not read and the person was elsewhere', async () => {
    const { state, copy, focus, pass, keys, read } = computer({ mayRead: false });
    copy(KEY);
    focus(false);
    await pass(CLEARED_AFTER_MS);
    focus(true);
    await pass(0);
    expect([state.clipboard, keys.mayLie]).toEqual([KEY, true]);
    expect(read).not.toHaveBeenCalled();
    await keys.empty();
    expect([state.clipboard, keys.mayLie]).toEqual(['', false]);
  });

  test('is forgotten once something else is copied here', async () => {
    const { state, copy, pass } = computer({ mayRead: false });
    copy(KEY);
    copy('0x0053');
    await pass(CLEARED_AFTER_MS);
    expect(state.clipboard).toBe('0x0053');
  });

  test('is nothing to us while no keys are shown', async () => {
    const { state, copy, pass } = computer({ mayRead: true });
    copy(KEY, false);
    await pass(CLEARED_AFTER_MS);
    expect(state.clipboard).toBe(KEY);
  });
});

test.each([
  [KEY, true],
  ['00 11 22 33 44 55 66 77', true],
  ['light_0053\t0053\t00112233445566778899AABBCCDDEEFF', true],
  ['0x0053–0x0055', false],
  ['5 deadbeef', false],
  ['', false],
])('%s may be a key: %s', (text, expected) => expect(mayBeKey(text)).toBe(expected));
