import * as errors from '../errors.ts';
import { reasonOf, type FileOperations } from './operations.ts';

/**
 * Read a file.
 *
 * @throws `cli/cannot-read`
 */
export function readFile(files: FileOperations, path: string): Uint8Array {
  try {
    return files.read(path);
  } catch (cause) {
    throw errors.cannotRead(path, reasonOf(cause), cause);
  }
}
