/** The sample network that ships with the page: a light switch client of three elements, and its PyACI database. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const sample = (name: string) => fileURLToPath(new URL(`../../public/samples/${name}`, import.meta.url));

export const sampleDumpPath = sample('client.hex.gz');
export const sampleDatabasePath = sample('client.db.json');
export const sampleDumpText = (): string => gunzipSync(readFileSync(sampleDumpPath)).toString('latin1');
export const sampleDatabaseText = (): string => readFileSync(sampleDatabasePath, 'utf8');

/** The sample's dump without most of its code, so that a run takes milliseconds. */
export function smallDumpText(): string {
  const lines = sampleDumpText().split('\n');
  const address = (line: string) => Number.parseInt(line.slice(3, 7), 16);
  let segment = 0;
  return lines
    .filter((line) => {
      if (line.slice(7, 9) === '04') segment = Number.parseInt(line.slice(9, 13), 16);
      if (line.slice(7, 9) !== '00') return true;
      return (segment === 0 && address(line) < 0x20) || (segment === 7 && address(line) >= 0xb000);
    })
    .join('\n');
}
