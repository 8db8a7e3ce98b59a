/** Compiled code: tests/fixtures/firmware. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Its first bytes. */
export const firmware = (length: number): Uint8Array => {
  const path = new URL('../fixtures/firmware/cortex-m4.bin.gz', import.meta.url);
  return new Uint8Array(gunzipSync(readFileSync(path))).slice(0, length);
};
