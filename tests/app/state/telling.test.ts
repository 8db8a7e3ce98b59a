import { describe, expect, test } from 'vitest';
import type { JobEvent } from '../../../src/bench/index.ts';
import { KnownError } from '../../../src/errors.ts';
import { Announcements } from '../../../src/app/state/announcements.svelte.ts';
import { Outcome } from '../../../src/app/state/bench/outcome.svelte.ts';
import { Speech } from '../../../src/app/state/bench/speech.svelte.ts';
import { Events } from '../../../src/app/state/events.ts';
import { Questions } from '../../../src/app/state/questions.svelte.ts';

const QUESTION = { title: 'Discard 3 clones?', text: 'They are not saved.', yes: 'Discard', no: 'Keep' };

describe('events', () => {
  test('reach all who listen, one after the other, before the one who tells goes on', async () => {
    const events = new Events<{ saved: string; other: null }>();
    const heard: string[] = [];
    events.on('saved', async (name) => {
      await Promise.resolve();
      heard.push(`first ${name}`);
    });
    events.on('saved', (name) => heard.push(`second ${name}`));
    events.on('other', () => heard.push('not this'));
    await events.emit('saved', 'zip');
    expect(heard).toEqual(['first zip', 'second zip']);
  });

  test('give what goes wrong back to the one who tells', async () => {
    const events = new Events<{ saved: null }>();
    events.on('saved', () => Promise.reject(new Error('no room')));
    await expect(events.emit('saved', null)).rejects.toThrow('no room');
  });
});

describe('a question', () => {
  test.each([true, false])('is open until it is answered: %s', async (yes) => {
    const questions = new Questions();
    const answer = questions.ask(QUESTION);
    expect(questions.open).toMatchObject(QUESTION);
    questions.open!.answer(yes);
    expect(await answer).toBe(yes);
    expect(questions.open).toBeNull();
  });

  test('that another one takes the place of is answered with no', async () => {
    const questions = new Questions();
    const first = questions.ask(QUESTION);
    const second = questions.ask({ ...QUESTION, title: 'Forget this run?' });
    expect(await first).toBe(false);
    expect(questions.open?.title).toBe('Forget this run?');
    questions.open!.answer(true);
    expect(await second).toBe(true);
  });
});

describe('what is said', () => {
  test('stands as a note with its way back', () => {
    const announcements = new Announcements();
    let undone = false;
    announcements.tell('The table is cleared.', () => (undone = true));
    expect(announcements.said).toBe('The table is cleared.');
    announcements.note?.undo?.();
    expect(undone).toBe(true);
    announcements.tell('Forgotten.');
    expect(announcements.note).toEqual({ text: 'Forgotten.' });
  });
});

describe('the outcome of an act at the bench', () => {
  test('is an error that is also said aloud, until the next act', async () => {
    const announcements = new Announcements();
    const outcome = new Outcome(announcements);
    const failure = new KnownError('station/run-gone', 'The run is gone.', 'Look again.');
    expect(await outcome.attempt(() => Promise.reject(failure))).toBeUndefined();
    expect(outcome.error).toMatchObject({ code: 'station/run-gone', hint: 'Look again.' });
    expect(announcements.alarm).toBe('The run is gone.');
    outcome.notice = 'No board was chosen.';
    expect(await outcome.attempt(async () => 7)).toBe(7);
    expect([outcome.error, outcome.notice]).toEqual([null, '']);
  });
});

describe('the bench, for those who look at their boards', () => {
  const event = (changes: object): JobEvent =>
    ({ job: 'light_0053', at: '2026-11-26T12:00:00Z', slot: 'A', ...changes }) as JobEvent;
  const writing = (doneBytes: number) => event({ kind: 'writing', doneBytes, totalBytes: 1000 });

  function meet({ sound = false } = {}) {
    const announcements = new Announcements();
    const tones: string[] = [];
    const speech = new Speech(announcements, (tone) => tones.push(tone));
    speech.sound = sound;
    return { announcements, tones, speech };
  }

  test('says each tenth once', () => {
    const { announcements, speech } = meet();
    speech.tell(writing(100), 1);
    expect(announcements.said).toBe('Board A: writing 10 %');
    announcements.said = '';
    speech.tell(writing(150), 1);
    expect(announcements.said).toBe('');
    speech.tell(writing(200), 1);
    expect(announcements.said).toBe('Board A: writing 20 %');
  });

  test('does not chatter while several boards are at work', () => {
    const { announcements, speech } = meet();
    speech.tell(writing(100), 2);
    expect(announcements.said).toBe('');
    speech.tell(event({ kind: 'verified', imageSha256: '' }), 2);
    expect(announcements.said).toBe('Board A is verified: light_0053. Unplug it.');
  });

  test('has tones on request alone', () => {
    for (const sound of [false, true]) {
      const { announcements, tones, speech } = meet({ sound });
      speech.tell(event({ kind: 'failed', code: 'probe/gone', message: 'It is gone.', hint: '' }), 1);
      speech.ask('B', 'Erase it?');
      expect(announcements.alarm).toBe('Board B: Erase it?');
      expect(tones).toEqual(sound ? ['failed', 'asks'] : []);
    }
  });
});
