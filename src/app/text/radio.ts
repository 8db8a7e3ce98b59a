/** What the radio’s pages say of recipes, verdicts and distances. */
import type { InputAction, OutputAction } from '../../mesh/index.ts';
import type { LineOutcome, RecipeLine } from '../../provision/index.ts';
import type { OnAirResult } from '../../on-air/index.ts';
import type { OnAirRow } from '../state/on-air-row.ts';
import type { GlyphKind } from './glyph.ts';
import { modelName } from './sig-models.ts';
import { unicast } from './words.ts';

/** `1000` as `Generic OnOff Server`; company and model of a vendor’s. */
const modelText = (model: string): string =>
  modelName({
    modelId: Number.parseInt(model.slice(-4), 16),
    ...(model.length === 8 && { companyId: Number.parseInt(model.slice(0, 4), 16) }),
  });

/** A line of the recipe in a few words. */
export function lineText(line: RecipeLine): string {
  switch (line.kind) {
    case 'composition':
      return 'Read its composition data';
    case 'app-key':
      return `Add application key ${line.appKeyIndex}`;
    case 'bind':
      return `Bind ${modelText(line.model)} to key ${line.appKeyIndex}`;
    case 'publication':
      return `Publish ${modelText(line.model)} to ${unicast(line.address)}`;
    case 'subscription':
      return `Let ${modelText(line.model)} listen to ${unicast(line.address)}`;
    case 'default-ttl':
      return `Set its default TTL to ${line.ttl}`;
  }
}

/** Where it happens, and how: what a machine reads. */
export function lineDetail(line: RecipeLine): string {
  switch (line.kind) {
    case 'composition':
      return 'page 0';
    case 'app-key':
      return '';
    case 'bind':
    case 'subscription':
      return `element ${line.element}, model ${line.model}`;
    case 'publication':
      return `element ${line.element}, model ${line.model}, key ${line.appKeyIndex}, TTL ${line.ttl}`;
    case 'default-ttl':
      return '';
  }
}

export const OUTCOME_GLYPHS = {
  waiting: 'wait',
  running: 'busy',
  done: 'ok',
  already: 'ok',
  refused: 'fail',
  silent: 'warn',
} as const satisfies Readonly<Record<LineOutcome['state'], GlyphKind>>;

export function outcomeText(outcome: LineOutcome): string {
  switch (outcome.state) {
    case 'waiting':
      return '';
    case 'running':
      return 'asking';
    case 'done':
      return 'done';
    case 'already':
      return 'was done before';
    case 'refused':
      return outcome.status;
    case 'silent':
      return 'no answer';
  }
}

export const VERDICT_WORDS = {
  alive: 'answers',
  differs: 'answers, but differs',
  'wrong-device-key': 'other device key',
  silent: 'silent',
} as const satisfies Readonly<Record<OnAirResult['verdict'], string>>;

export const VERDICT_GLYPHS = {
  alive: 'ok',
  differs: 'warn',
  'wrong-device-key': 'fail',
  silent: 'fail',
} as const satisfies Readonly<Record<OnAirResult['verdict'], GlyphKind>>;

/** `answers, 1 hop, 82 ms, -60 dBm`, as far as it is known. */
export function answerFacts({ verdict, hops, rttMs, rssi }: Answer): string {
  const facts = [
    VERDICT_WORDS[verdict],
    hops !== null && hopsText(hops),
    rttMs !== null && `${Math.round(rttMs)} ms`,
    rssi !== null && `${rssi} dBm`,
  ];
  return facts.filter((fact) => fact !== false).join(', ');
}
type Answer = Pick<OnAirResult, 'verdict' | 'hops' | 'rttMs' | 'rssi'>;

/** How a clone stands, in words and by its glyph. */
export function rowState({ state, result }: OnAirRow): { readonly glyph: GlyphKind; readonly words: string } {
  if (state === 'asking') return { glyph: 'busy', words: 'being asked' };
  if (result) return { glyph: VERDICT_GLYPHS[result.verdict], words: VERDICT_WORDS[result.verdict] };
  return state === 'put-off'
    ? { glyph: 'wait', words: 'no answer yet' }
    : { glyph: 'wait', words: 'not tried' };
}

/** `1 hop`, `direct` would hide that others are counted. */
export const hopsText = (hops: number): string => `${hops} ${hops === 1 ? 'hop' : 'hops'}`;

/** Share of a signal from -95 dBm (gone) to -40 dBm (beside the kit), in percent. */
export const signalShare = (rssi: number): number =>
  Math.round((100 * Math.min(Math.max(rssi + 95, 0), 55)) / 55);

interface TaskWords {
  readonly title: string;
  readonly text: string;
}

/** What a node does to show its number, and what a person does with it. */
export function showWords(action: OutputAction): TaskWords & { readonly label: string } {
  switch (action) {
    case 'numeric':
      return { title: 'The node shows a number', text: 'Type it as it stands there.', label: 'Number' };
    case 'alphanumeric':
      return {
        title: 'The node shows letters and digits',
        text: 'Type them as they stand there.',
        label: 'Text',
      };
    case 'blink':
      return { title: 'The node blinks', text: 'Count how often, and type the number.', label: 'Times' };
    case 'beep':
      return { title: 'The node beeps', text: 'Count how often, and type the number.', label: 'Times' };
    case 'vibrate':
      return { title: 'The node vibrates', text: 'Count how often, and type the number.', label: 'Times' };
  }
}

/** What a person does at the node with what is shown here. */
export function enterWords(action: InputAction): TaskWords {
  switch (action) {
    case 'numeric':
      return { title: 'Enter this number at the node', text: 'By its keys, then confirm there.' };
    case 'alphanumeric':
      return { title: 'Enter this at the node', text: 'By its keys, then confirm there.' };
    case 'push':
      return { title: 'Press the node’s button', text: 'So many times, then wait.' };
    case 'twist':
      return { title: 'Turn the node’s knob', text: 'So many times, then wait.' };
  }
}
