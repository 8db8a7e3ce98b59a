/** Files a person gave, as the browser reads them: none that is too large, and not too many. */
import { LIMITS } from '../../limits.ts';
import { fileTooLarge, tooMuchAtOnce, unreadableFile } from '../errors.ts';

/**
 * The bytes of a file; its size is asked before any of them is read.
 *
 * @throws `app/file-too-large`, `app/unreadable-file`
 */
export async function readFile(file: File, limit: number = LIMITS.fileBytes): Promise<Uint8Array> {
  if (file.size > limit) throw fileTooLarge(file.name, file.size, limit);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw unreadableFile(file.name, cause);
  }
}

/** The same as text, in UTF-8. */
export const readText = async (file: File, limit?: number): Promise<string> =>
  new TextDecoder().decode(await readFile(file, limit));

/** @throws `app/too-much-at-once` */
export function refuseTooMuch(files: readonly File[]): void {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length > LIMITS.files || bytes > LIMITS.givenBytes) throw tooMuchAtOnce(files.length, bytes);
}

/** A file as it is kept. */
export interface KeptFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Which kind of node it is a dump of; left out for the first, and for the database. */
  readonly kind?: number;
}

/** Dumps of each kind of node and the database, to be kept. */
export async function keptFiles(
  dumps: readonly (readonly File[])[],
  database: File | null,
): Promise<readonly KeptFile[]> {
  const keep = async (file: File, kind = 0): Promise<KeptFile> => ({
    name: file.name,
    bytes: new Uint8Array(await file.arrayBuffer()),
    ...(kind > 0 && { kind }),
  });
  return Promise.all([
    ...dumps.flatMap((files, kind) => files.map((file) => keep(file, kind))),
    ...(database ? [keep(database)] : []),
  ]);
}

/** Kept files again, those of each kind of node; the database is among those of the first. */
export function filesByKind(kept: readonly KeptFile[]): readonly (readonly File[])[] {
  const kinds = Math.max(0, ...kept.map(({ kind = 0 }) => kind)) + 1;
  return Array.from({ length: kinds }, (_, place) =>
    kept
      .filter(({ kind = 0 }) => kind === place)
      .map(({ name, bytes }) => new File([bytes as Uint8Array<ArrayBuffer>], name)),
  );
}
