import type { JobEvent } from '../../../bench/index.ts';
import { play, type Tone } from '../../browser/sound.ts';
import type { Announcements } from '../announcements.svelte.ts';
import { shownName } from '../../../visible.ts';

/** What the bench says to those who look at their boards: words for a screen reader, and tones on request. */
export class Speech {
  sound = $state(false);

  readonly #announcements: Pick<Announcements, 'said' | 'alarm'>;
  readonly #play: (tone: Tone) => void;
  /** Last said of each slot. */
  readonly #spoken: Record<string, string> = {};

  constructor(announcements: Pick<Announcements, 'said' | 'alarm'>, sound: (tone: Tone) => void = play) {
    this.#announcements = announcements;
    this.#play = sound;
  }

  /** @param working  how many boards are at work */
  tell(event: JobEvent, working: number) {
    const { kind, slot, job } = event;
    if (kind === 'verified')
      this.#say('verified', `Board ${slot} is verified: ${shownName(job)}. Unplug it.`);
    if (kind === 'failed') this.#say('failed', `Board ${slot} failed: ${event.message}`);
    if (kind === 'writing' || kind === 'verifying') this.#tellProgress(event, working);
  }

  /** A board waits for a person's word. */
  ask(slot: string, question: string) {
    this.#say('asks', `Board ${slot}: ${question}`);
  }

  /** At each tenth, and only while one board is at work: four would chatter. */
  #tellProgress(
    { slot, kind, doneBytes, totalBytes }: Extract<JobEvent, { readonly doneBytes: number }>,
    working: number,
  ) {
    if (working > 1) return;
    const tenth = Math.floor((10 * doneBytes) / totalBytes);
    const words = `Board ${slot}: ${kind} ${tenth}0 %`;
    if (this.#spoken[slot] === words) return;
    this.#spoken[slot] = words;
    this.#announcements.said = words;
  }

  #say(tone: Tone, words: string) {
    if (this.sound) this.#play(tone);
    if (tone === 'verified') this.#announcements.said = words;
    else this.#announcements.alarm = words;
  }
}
