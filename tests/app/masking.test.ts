import { describe, expect, test, vi } from 'vitest';
import { MASKED_AFTER_MS, watchShownIn } from '../../src/app/browser/masking.ts';
import { VirtualClock } from '../../src/virtual/index.ts';

function shown() {
  const clock = new VirtualClock();
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), {
    visibilityState: 'visible' as DocumentVisibilityState,
  });
  const hide = vi.fn();
  const end = watchShownIn({ clock, window, document })(hide);
  return { clock, window, document, hide, end };
}

describe('keys that are shown', () => {
  test('are hidden when another window gets the focus', () => {
    const { window, hide } = shown();
    window.dispatchEvent(new Event('blur'));
    expect(hide).toHaveBeenCalledTimes(1);
  });

  test('are hidden when another screen is shown', () => {
    const { window, hide } = shown();
    window.dispatchEvent(new Event('hashchange'));
    expect(hide).toHaveBeenCalledTimes(1);
  });

  test('are hidden when the tab goes out of sight, and not when it comes into it', () => {
    const { document, hide } = shown();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(hide).not.toHaveBeenCalled();
    document.visibilityState = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    expect(hide).toHaveBeenCalledTimes(1);
  });

  test.each(['pointerdown', 'keydown', 'wheel'])('are hidden two minutes after the last %s', async (use) => {
    const { clock, window, hide } = shown();
    await clock.sleep(MASKED_AFTER_MS - 1);
    window.dispatchEvent(new Event(use));
    await clock.sleep(MASKED_AFTER_MS - 1);
    expect(hide).not.toHaveBeenCalled();
    await clock.sleep(1);
    expect(hide).toHaveBeenCalledTimes(1);
  });

  test('are nobody’s business once they are hidden', async () => {
    const { clock, window, document, hide, end } = shown();
    end();
    document.visibilityState = 'hidden';
    for (const [target, name] of [
      [window, 'blur'],
      [document, 'visibilitychange'],
      [window, 'keydown'],
    ] as const)
      target.dispatchEvent(new Event(name));
    await clock.sleep(2 * MASKED_AFTER_MS);
    expect(hide).not.toHaveBeenCalled();
  });
});
