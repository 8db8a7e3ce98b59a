/** Short tones that carry across a bench. The frequencies say which way it went, in Hz. */
const TONES = { verified: [660, 880], failed: [220, 165], asks: [440, 440] } as const;
export type Tone = keyof typeof TONES;

const TONE_S = 0.14;
let context: AudioContext | undefined;

export function play(tone: Tone): void {
  context ??= new AudioContext();
  const volume = new GainNode(context, { gain: 0.15 });
  volume.connect(context.destination);
  for (const [index, frequency] of TONES[tone].entries()) {
    const oscillator = new OscillatorNode(context, { type: 'triangle', frequency });
    oscillator.connect(volume);
    const at = context.currentTime + index * TONE_S * 1.3;
    oscillator.start(at);
    oscillator.stop(at + TONE_S);
  }
}
