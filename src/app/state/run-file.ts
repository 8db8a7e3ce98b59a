/**
 * A kept run as a file, device keys included: with it the run can be gone on with in any browser.
 *
 * `{ "meshpress": "run", "version": 1, … }` with the members of `KeptRun`, the bytes of files in base64.
 */
import { badRunFile } from '../errors.ts';
import type { KeptRun } from '../browser/bench-memory.ts';
import { DEFAULT_SETTINGS, type PlanSettings } from './plan.svelte.ts';

/** Dump and database with room to spare; more is no run. */
const MOST_BYTES = 200 * 2 ** 20;
/** Bytes at a time, as many as a call takes arguments. A multiple of three, so that pieces of base64 can stand in a row. */
const PIECE = 3 * 2 ** 13;

export const formatRun = ({ files, ...run }: KeptRun): string =>
  `${JSON.stringify(
    {
      meshpress: 'run',
      ...run,
      files: files.map(({ name, bytes }) => ({ name, base64: toBase64(bytes) })),
    },
    null,
    1,
  )}\n`;

/**
 * What is not text, or not known, is left out of the settings; they are the plan's own as typed, so it judges them as it does typing.
 *
 * @throws `app/bad-run-file`
 */
export function parseRun(text: string): KeptRun {
  if (text.length > MOST_BYTES) throw badRunFile('it is larger than any run');
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw badRunFile('its JSON is broken');
  }
  const run = objectOf(found);
  if (run['meshpress'] !== 'run' || run['version'] !== 1)
    throw badRunFile('it does not call itself a run of version 1');
  const { boards, network, clones, files } = run;
  if (boards !== 'usb' && boards !== 'virtual') throw badRunFile('its kind of boards is unknown');
  if (typeof network !== 'string' || !/^[0-9a-f]{32}$/.test(network))
    throw badRunFile('its network has no UUID');
  if (!Array.isArray(clones) || clones.length === 0 || !clones.every(isUnicast))
    throw badRunFile('its clones have no unicast addresses');
  if (!Array.isArray(files) || files.length === 0) throw badRunFile('it has no files');
  return {
    version: 1,
    id: textOf(run['id'], 'its name'),
    startedAt: textOf(run['startedAt'], 'its begin'),
    boards,
    network,
    clones,
    files: files.map((file) => fileOf(objectOf(file))),
    settings: settingsOf(objectOf(run['settings'])),
    donor: textOf(run['donor'], 'its donor'),
    saved: true, // it lies in this file
    ...(typeof run['meshName'] === 'string' && { meshName: run['meshName'] }),
  };
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const isUnicast = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 0x7fff;

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw badRunFile(`${what} is missing`);
  return value;
}

function fileOf({ name, base64 }: Readonly<Record<string, unknown>>): KeptRun['files'][number] {
  try {
    return { name: textOf(name, 'the name of a file'), bytes: fromBase64(textOf(base64, 'a file')) };
  } catch (error) {
    if (error instanceof DOMException) throw badRunFile('a file in it is damaged');
    throw error;
  }
}

function settingsOf(given: Readonly<Record<string, unknown>>): PlanSettings {
  const texts = Object.entries(DEFAULT_SETTINGS).filter(
    ([member, value]) => typeof value === 'string' && typeof given[member] === 'string',
  );
  return { ...DEFAULT_SETTINGS, ...Object.fromEntries(texts.map(([member]) => [member, given[member]])) };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  return text;
}

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
