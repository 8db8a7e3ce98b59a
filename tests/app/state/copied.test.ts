import { describe, expect, test, vi } from 'vitest';
import { CLEARED_AFTER_MS, Copied, type SecretName } from '../../../src/app/state/copied.svelte.ts';
import { VirtualClock } from '../../../src/virtual/index.ts';

const KEY = '00112233445566778899aabbccddeeff';

/** A computer with one clipboard, and a window of ours that has the focus or not. */
function computer({ mayRead }: { readonly mayRead: boolean }) {
  const clock = new VirtualClock();
  const window = new EventTarget();
  const state = { clipboard: '', focused: true, writes: true };
  const needFocus = () => {
    if (!state.focused) throw new DOMException('Document is not focused.', 'NotAllowedError');
  };
  const read = vi.fn(async () => {
    needFocus();
    return state.clipboard;
  });
  const copied = new Copied({
    clock,
    window,
    read,
    write: async (text) => {
      needFocus();
      if (!state.writes) throw new DOMException('Not allowed.', 'NotAllowedError');
      state.clipboard = text;
    },
    mayRead: async () => mayRead,
    hasFocus: () => state.focused,
  });
  /** By the keyboard. */
  const copy = (text: string, name: SecretName | null = 'key') => {
    if (text !== '') state.clipboard = text;
    copied.note(text, name);
  };
  const focus = (on: boolean) => {
    state.focused = on;
    window.dispatchEvent(new Event(on ? 'focus' : 'blur'));
  };
  const pass = async (ms: number) => {
    await clock.sleep(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { state, copied, copy, focus, pass, read };
}

describe('a secret that was copied', () => {
  test.each([true, false])('is out of the clipboard a minute later (may be read: %s)', async (mayRead) => {
    const { state, copy, pass, copied } = computer({ mayRead });
    copy(KEY);
    await pass(CLEARED_AFTER_MS - 1);
    expect(state.clipboard).toBe(KEY);
    await pass(1);
    expect([state.clipboard, copied.mayLie]).toEqual(['', null]);
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
    const { state, copy, focus, pass, copied } = computer({ mayRead: true });
    copy(KEY);
    focus(false);
    state.clipboard = 'a letter';
    await pass(CLEARED_AFTER_MS);
    focus(true);
    await pass(0);
    expect([state.clipboard, copied.mayLie]).toEqual(['a letter', null]);
  });

  test('is asked about where the page may not read and the person was elsewhere', async () => {
    const { state, copy, focus, pass, copied, read } = computer({ mayRead: false });
    copy(KEY);
    focus(false);
    await pass(CLEARED_AFTER_MS);
    focus(true);
    await pass(0);
    expect([state.clipboard, copied.mayLie]).toEqual([KEY, 'key']);
    expect(read).not.toHaveBeenCalled();
    await copied.empty();
    expect([state.clipboard, copied.mayLie]).toEqual(['', null]);
  });

  test('is asked about where the browser does not let it be taken away, until it does', async () => {
    const { state, copied, copy, pass } = computer({ mayRead: true });
    copy(KEY, 'password');
    state.writes = false;
    await pass(CLEARED_AFTER_MS);
    expect([state.clipboard, copied.mayLie]).toEqual([KEY, 'password']);
    await copied.empty();
    expect(copied.mayLie).toBe('password');
    state.writes = true;
    await copied.empty();
    expect([state.clipboard, copied.mayLie]).toEqual(['', null]);
  });

  test('is forgotten once something else is copied here, by the keyboard or a button', async () => {
    for (const isButton of [false, true]) {
      const { state, copied, copy, pass } = computer({ mayRead: false });
      copy(KEY);
      if (isButton) expect(await copied.copy('a report')).toBe(true);
      else copy('a report', null);
      await pass(CLEARED_AFTER_MS);
      expect(state.clipboard).toBe('a report');
    }
  });

  test('is not forgotten when nothing is selected and copied', async () => {
    const { state, copy, pass } = computer({ mayRead: false });
    copy(KEY);
    copy('', null);
    await pass(CLEARED_AFTER_MS);
    expect(state.clipboard).toBe('');
  });

  test('by a button leaves the clipboard as well', async () => {
    const { state, copied, pass } = computer({ mayRead: false });
    expect(await copied.copy(KEY, 'password')).toBe(true);
    expect(state.clipboard).toBe(KEY);
    await pass(CLEARED_AFTER_MS);
    expect(state.clipboard).toBe('');
  });

  test('by a button that the browser refuses is told, and what lay there before still goes', async () => {
    const { state, copied, copy, pass } = computer({ mayRead: false });
    copy(KEY);
    state.writes = false;
    expect(await copied.copy('a report')).toBe(false);
    state.writes = true;
    await pass(CLEARED_AFTER_MS);
    expect(state.clipboard).toBe('');
  });
});
