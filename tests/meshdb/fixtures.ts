/** The databases of `tests/fixtures/databases`, and a source of random bytes that tells the same story every time. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { formatDatabase, parseDatabase, type MeshDatabase } from '../../src/meshdb/index.ts';

const folder = new URL('../fixtures/databases/', import.meta.url);

/** A database with one fault of the catalogue, and what is found in it: another one under edits, or what little text there is. */
export interface MalformedDatabase {
  readonly file: string;
  readonly code: string;
  readonly severity: string;
  readonly also: readonly string[];
  readonly donor?: number;
  readonly base?: string;
  /** Lines of the base, counted from 1: those that were there, or how many, give way to others. */
  readonly edits?: readonly {
    readonly line: number;
    readonly was?: readonly string[];
    readonly lines?: number;
    readonly is: readonly string[];
  }[];
  /** The text breaks off behind so many characters of the base. */
  readonly ends?: number;
  readonly text?: string;
}
/** With what stands beside each row: see the README of the fixtures. */
export const MALFORMED: readonly MalformedDatabase[] = JSON.parse(
  readFileSync(new URL('malformed.json', folder), 'utf8'),
);

function renderMalformed(file: string): string {
  const { base, edits = [], ends, text } = MALFORMED.find((one) => one.file === file)!;
  if (base === undefined) return text!;
  const lines = databaseText(base).split('\n');
  // from the last to the first: an edit moves the lines behind it
  for (const { line, was, lines: count = was!.length, is } of edits.toReversed()) {
    const removed = lines.splice(line - 1, count, ...is);
    if (was && was.join('\n') !== removed.join('\n'))
      throw new Error(`${file}: line ${line} of ${base} is another one than the edit says`);
  }
  return lines.join('\n').slice(0, ends);
}

/** @param name  of a file, or `malformed/` and the name of a row of `malformed.json` */
export function databaseBytes(name: string): Uint8Array {
  if (name.startsWith('malformed/')) return new TextEncoder().encode(renderMalformed(name.slice(10)));
  const bytes = readFileSync(new URL(name, folder));
  return new Uint8Array(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}
export const readDatabase = (name: string): MeshDatabase => parseDatabase(databaseBytes(name));
export const databaseText = (name: string): string => new TextDecoder().decode(databaseBytes(name));
export const textOf = (database: MeshDatabase): string => new TextDecoder().decode(formatDatabase(database));

/** Every database that some program wrote, or would have. */
export const WELL_FORMED = [
  'pyaci-example-backup-empty.json',
  'pyaci-provisioned-only.json',
  'pyaci-example.json',
  'pyaci-example-reloaded.json',
  'pyaci-example-crlf.json',
  'pyaci-example-plus-3-clones.json',
  'pyaci-3-node-types.json',
  'pyaci-3-node-types-reloaded.json',
  'pyaci-3-node-types-plus-3-switch-clones.json',
  'pyaci-200-nodes.json.gz',
  'cdb-android-export.json',
  'cdb-android-export-plus-2-switch-clones.json',
  'cdb-android-legacy-1.0.0.json',
  'cdb-android-partial-no-device-keys.json',
  'cdb-android-200-nodes.json.gz',
  'cdb-ios-export.json',
  'cdb-ios-export-plus-2-switch-clones.json',
  'cdb-ios-internal-wrapper.json',
  'cdb-ios-partial-no-device-keys.json',
  'cdb-ios-200-nodes.json.gz',
];

/** Bytes of a small generator (mulberry32), for tests only. */
export function seededBytes(seed: number): (count: number) => Uint8Array {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) & 0xff;
  };
  return (count) => Uint8Array.from({ length: count }, next);
}

export const stamp = { now: new Date('2022-09-27T08:00:00Z') };
