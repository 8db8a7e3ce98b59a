import { describe, expect, test } from 'vitest';
import { MASKED_AFTER_MS, watchShownIn } from '../../../src/app/browser/masking.ts';
import { ZipPassword } from '../../../src/app/state/zip-password.svelte.ts';
import { VirtualClock } from '../../../src/virtual/index.ts';

function page() {
  const clock = new VirtualClock();
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), {
    visibilityState: 'visible' as DocumentVisibilityState,
  });
  const password = new ZipPassword(watchShownIn({ clock, window, document }));
  return { clock, window, document, password };
}
type Page = ReturnType<typeof page>;

const ENDS: readonly (readonly [string, (page: Page) => unknown])[] = [
  ['another window gets the focus', ({ window }) => window.dispatchEvent(new Event('blur'))],
  ['another screen is shown', ({ window }) => window.dispatchEvent(new Event('hashchange'))],
  [
    'the tab goes out of sight',
    ({ document }) => {
      document.visibilityState = 'hidden';
      document.dispatchEvent(new Event('visibilitychange'));
    },
  ],
  ['nobody has used the page for two minutes', ({ clock }) => clock.sleep(MASKED_AFTER_MS)],
];

describe('a password of the zip that was made', () => {
  test.each(ENDS)('is dots again when %s, and comes back whole', async (_, end) => {
    const here = page();
    const { password, clock } = here;
    password.make();
    const { text } = password;
    expect(password.shown.now).toBe(true);
    await end(here);
    expect([password.shown.now, password.text]).toEqual([false, text]);

    password.used();
    expect([password.shown.now, password.made]).toEqual([false, text]);
    password.shown.show();
    await clock.sleep(MASKED_AFTER_MS - 1);
    expect(password.shown.now).toBe(true);
    await end(here);
    expect([password.shown.now, password.made]).toEqual([false, text]);
  });

  test('stays in clear over the press of who is looking at it', () => {
    const { password } = page();
    password.make();
    password.used();
    expect(password.shown.now).toBe(true);
    password.forget();
    expect([password.shown.now, password.made, password.text]).toEqual([false, null, '']);
  });
});

test('a password that was typed is dots, and gone from the page once the zip is made', () => {
  const { password } = page();
  password.type('twelve chars');
  expect(password.shown.now).toBe(false);
  password.shown.toggle();
  expect(password.shown.now).toBe(true);
  password.used();
  expect([password.shown.now, password.made, password.text]).toEqual([false, null, '']);
});
