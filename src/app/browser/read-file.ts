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
