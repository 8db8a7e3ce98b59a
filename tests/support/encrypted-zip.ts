/** Encrypted zips as another program reads them. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';

export const encryptedZip = (zip: Uint8Array, password: string) =>
  new ZipReader(new Uint8ArrayReader(zip), { password, useWebWorkers: false, checkSignature: true });

/**
 * What is in it, by path.
 *
 * @throws with another password
 */
export async function unzipEncrypted(zip: Uint8Array, password: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of await encryptedZip(zip, password).getEntries()) {
    if (!entry.encrypted) throw new Error(`${entry.filename} is not encrypted`);
    if (!entry.directory) files[entry.filename] = await entry.getData(new Uint8ArrayWriter());
  }
  return files;
}
