/**
 * The rooms of `src/` and what each may import, as the table of docs/architecture.md has them: the lint enforces what people read.
 */
import { readFileSync } from 'node:fs';

const page = new URL('../docs/architecture.md', import.meta.url);

/** One row: `| `image/` | its one job | `mesh` |`; several rooms may share one. */
const ROW = /^\| (?<rooms>`[^|]+) \| [^|]+ \| (?<imports>[^|]+) \|$/gm;
const words = (cell) => [...cell.matchAll(/`([\w-]+)\/?`/g)].map(([, word]) => word);

/** By name, lowest first: the rooms it may import. The floor, the files in `src/` itself, is open to all. */
export const ROOMS = Object.fromEntries(
  [...readFileSync(page, 'utf8').matchAll(ROW)].flatMap(({ groups }) =>
    words(groups.rooms).map((room) => [room, words(groups.imports)]),
  ),
);
