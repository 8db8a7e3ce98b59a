/** The house is as docs/architecture.md says: rooms in a row, imports one way along it, files that one can read. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ROOMS } from '../scripts/rooms.mjs';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const LONGEST = 400;
/** How a long file says in its head why it is one: `Long because …`. */
const REASON = /^(?:\/\*\*|<!--)(?:(?!\*\/|-->)[^])*\bLong because \w/;

interface SourceFile {
  /** From `src/`, with slashes. */
  readonly path: string;
  /** Empty for the floor. */
  readonly room: string;
  readonly text: string;
  /** Paths of the files of `src/` that it imports, types included: two files that need each other's types are not understood apart. */
  readonly imports: readonly string[];
}

/** Of what is read as code: a component's style sheet is one of its own. */
const linesOf = ({ text }: SourceFile): number =>
  text.replace(/^<style[^]*?^<\/style>\n/m, '').split('\n').length - 1;

/** A component's scripts; all of any other file. */
const scriptsOf = (path: string, text: string): string =>
  path.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, script]) => script).join('\n')
    : text;

function readSource(path: string): SourceFile {
  const text = readFileSync(join(SRC, path), 'utf8');
  const { importedFiles } = ts.preProcessFile(scriptsOf(path, text), true, true);
  const imports = importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => /^\.\.?\/.*\.(?:ts|svelte)$/.test(name))
    .map((name) => join(dirname(path), name).split(sep).join('/'));
  return { path, room: path.includes('/') ? path.split('/')[0]! : '', text, imports };
}

const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(?:ts|svelte)$/.test(entry.name))
  .map((entry) => relative(SRC, join(entry.parentPath, entry.name)).split(sep).join('/'))
  .map(readSource);
const byPath = new Map(files.map((file) => [file.path, file]));

/** Groups of files each of which reaches all others of its group (Tarjan), where there is more than one. */
function circles(): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (path: string) => {
    order.set(path, order.size);
    lowest.set(path, order.get(path)!);
    open.push(path);
    for (const next of byPath.get(path)?.imports ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(path, Math.min(lowest.get(path)!, lowest.get(next)!));
    }
    if (lowest.get(path) !== order.get(path)) return;
    const group = open.splice(open.indexOf(path));
    if (group.length > 1) found.push(group.sort());
  };
  for (const { path } of files) if (!order.has(path)) visit(path);
  return found;
}

describe('the table of rooms in docs/architecture.md', () => {
  const rooms = Object.keys(ROOMS);

  test('has every folder of src/, and no other', () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect([...rooms].sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  test('lets each room import rooms above it alone', () => {
    for (const [place, room] of rooms.entries())
      for (const other of ROOMS[room]!)
        expect(rooms.slice(0, place), `${room} imports ${other}`).toContain(other);
  });
});

describe('the files of src/', () => {
  test('import files that exist; those of the floor import the floor alone', () => {
    for (const { path, room, imports } of files)
      for (const other of imports) {
        expect(byPath.has(other), `${path} imports ${other}`).toBe(true);
        if (room === '') expect(byPath.get(other)!.room, `${path} imports ${other}`).toBe('');
      }
  });

  test('never import each other in a circle', () => {
    expect(circles()).toEqual([]);
  });

  test('are short, or say in their head why not', () => {
    const long = files.filter((file) => linesOf(file) > LONGEST);
    expect(long.filter(({ text }) => !REASON.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test('give no reason for a length that they do not have', () => {
    const short = files.filter((file) => linesOf(file) <= LONGEST);
    expect(short.filter(({ text }) => REASON.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
