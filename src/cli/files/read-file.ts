import { LIMITS } from '../../limits.ts';
import * as errors from '../errors.ts';
import { reasonOf, type FileOperations } from './operations.ts';

/**
 * Read a file whose size allows it.
 *
 * @throws `cli/cannot-read`, `cli/file-too-large`
 */
export function readFile(files: FileOperations, path: string): Uint8Array {
  let size: number;
  try {
    size = files.stat(path)?.size ?? 0;
    if (size <= LIMITS.fileBytes) return files.read(path);
  } catch (cause) {
    throw errors.cannotRead(path, reasonOf(cause), cause);
  }
  throw errors.fileTooLarge(path, size);
}
