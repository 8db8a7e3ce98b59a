/**
 * A database in another program's form.
 *
 * Everything is first brought into one plain shape, a CDB of version 1.0.1 as iOS counts it (`convert-cdb.ts`,
 * `convert-from-pyaci.ts`), and written from there (`convert-cdb.ts`, `convert-to-pyaci.ts`). What a form cannot hold is listed, so
 * that a person can decide whether to go that way. Source of the differences: docs/database-formats.md, "Side by side".
 */
import type { MeshdbFinding as Finding } from './errors.ts';
import { modernise, toAndroid, toIos } from './convert-cdb.ts';
import { fromPyaci } from './convert-from-pyaci.ts';
import { toPyaci } from './convert-to-pyaci.ts';
import { parseDatabase, type DatabaseDialect, type MeshDatabase } from './database.ts';
import { plainOf, printPlain } from './json-text.ts';
import { Losses } from './losses.ts';
import { fields, type Fields } from './plain.ts';
import { inOrder, timestampText, type Stamp } from './style.ts';

/** The forms that can be written: those of programs that read a file of others. */
export type DatabaseForm = Exclude<DatabaseDialect, 'kotlin'>;

export interface Conversion {
  readonly database: MeshDatabase;
  /** What the other form cannot hold, or holds only approximately. */
  readonly lost: readonly Finding[];
}

/**
 * Write a database as another program would.
 *
 * Asked for the form it has, a PyACI database is left as it is; a CDB of version 1.0.0 is brought to 1.0.1. The database
 * should have passed `checkDatabase`: faults are not mended here.
 *
 * @throws `meshdb/not-for-pyaci` when PyACI could not go on working with the result
 */
export function convertDatabase(database: MeshDatabase, to: DatabaseForm, stamp: Stamp): Conversion {
  if (database.dialect === 'pyaci' && to === 'pyaci') return { database, lost: [] };
  const losses = new Losses();
  const root = fields(plainOf(database.root));
  const time =
    stamp.timestamp ??
    timestampText(to === 'pyaci' ? 'pyaci' : 'cdb', stamp.now, stamp.timeZoneOffsetMinutes ?? 0);
  const neutral =
    database.format === 'pyaci' ? fromPyaci(root, time, losses) : modernise(root, time, database.dialect);
  return { database: parseDatabase(formText(neutral, to, losses)), lost: losses.list() };
}

/** The plain shape as the text that a program writes. */
export function formText(neutral: Fields, to: DatabaseForm, losses = new Losses()): string {
  const target =
    to === 'pyaci'
      ? toPyaci(neutral, losses)
      : to === 'android'
        ? toAndroid(neutral, losses)
        : toIos(neutral, losses);
  return printPlain(
    inOrder(target, to),
    to === 'ios' ? 0 : 2,
    to === 'pyaci' ? 'ascii' : to === 'android' ? 'html' : 'raw',
  );
}
