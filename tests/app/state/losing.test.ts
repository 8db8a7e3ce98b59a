import { describe, expect, test } from 'vitest';
import { mayLosePressed } from '../../../src/app/state/losing.ts';
import { Questions } from '../../../src/app/state/questions.svelte.ts';
import type { Parts } from '../../../src/app/state/parts.ts';
import { PressState } from '../../../src/app/state/press.svelte.ts';
import { engineOf, sessionHere } from '../../support/session.ts';
import { errorFrom } from '../../../src/errors.ts';

const PASSWORD = 'k7mfq-aaaaa-bbbbb-ccccc-ddddd';

/** Clones that were pressed, as far as losing them goes. */
function pressed({
  password = null,
  zip = new Blob(['zip']),
}: { password?: string | null; zip?: Blob } = {}) {
  const press = new PressState(engineOf(sessionHere(), errorFrom));
  press.phase = 'pressed';
  press.result = { clones: 3, zip } as unknown as typeof press.result;
  press.password.made = password;
  const questions = new Questions();
  const went: string[] = [];
  const route = { screen: 'donor', go: (screen) => void went.push(screen) } as Parts['route'];
  const state = { canSave: true };
  const save = async () => {
    if (state.canSave) press.savedAs = 'clones.zip';
  };
  /** What is asked, and what comes of it; a question that is not answered here is answered with no. */
  const ask = () => mayLosePressed({ press, questions, route }, save);
  const question = async () => {
    await expect.poll(() => questions.open).not.toBeNull();
    return questions.open!;
  };
  return { press, state, ask, question, questions, went };
}

describe('a zip that is not saved', () => {
  test.each([true, false])('is discarded or kept as a person says: %s', async (yes) => {
    const { ask, question, questions } = pressed({ password: PASSWORD });
    const answer = ask();
    (await question()).answer(yes);
    expect(await answer).toBe(yes);
    expect(questions.open).toBeNull(); // its password goes with it
  });

  test('is offered for saving first, and then nothing is lost', async () => {
    const { ask, question, press } = pressed();
    const answer = ask();
    const { first, answer: say } = await question();
    say(await first!.act());
    expect(await answer).toBe(true);
    expect(press.savedAs).toBe('clones.zip');
  });

  test('that cannot be saved is kept, and the page that says why is shown', async () => {
    const { ask, question, state, went } = pressed();
    state.canSave = false;
    const answer = ask();
    const { first, answer: say } = await question();
    say(await first!.act());
    expect(await answer).toBe(false);
    expect(went).toEqual(['press']);
  });

  test('is not asked about when its bytes went with the engine', async () => {
    const gone = { slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) };
    const { ask, questions } = pressed({ password: PASSWORD, zip: gone as unknown as Blob });
    expect(await ask()).toBe(true);
    expect(questions.open).toBeNull();
  });
});

describe('the password of a zip that is saved', () => {
  test.each([true, false])('is not forgotten without a word: %s', async (yes) => {
    const { ask, question, press } = pressed({ password: PASSWORD });
    press.savedAs = 'clones.zip';
    expect(press.wouldBeLost).toBe(true);
    const answer = ask();
    const { title, answer: say } = await question();
    expect(title).toBe('Forget the password of the zip?');
    say(yes);
    expect(await answer).toBe(yes);
  });

  test('is asked about after the zip is saved on the way', async () => {
    const { ask, question, questions } = pressed({ password: PASSWORD });
    const answer = ask();
    const { first, answer: say } = await question();
    say(await first!.act());
    await expect.poll(() => questions.open?.title).toBe('Forget the password of the zip?');
    questions.open!.answer(true);
    expect(await answer).toBe(true);
  });

  test('is nobody’s business once it is written down', async () => {
    const { ask, press } = pressed({ password: PASSWORD });
    press.savedAs = 'clones.zip';
    press.password.forget();
    expect(press.wouldBeLost).toBe(false);
    expect(await ask()).toBe(true);
  });
});
