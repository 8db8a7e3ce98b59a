/** The sample network that ships with the page: a light switch client of three elements, and its PyACI database. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const sample = (name: string) => fileURLToPath(new URL(`../../public/samples/${name}`, import.meta.url));

export const sampleDumpPath = sample('client.hex.gz');
export const sampleDatabasePath = sample('client.db.json');
export const sampleDumpText = (): string => gunzipSync(readFileSync(sampleDumpPath)).toString('latin1');
export const sampleDatabaseText = (): string => readFileSync(sampleDatabasePath, 'utf8');

/**
 * The sample's dump without most of its code, so that a run takes milliseconds.
 *
 * @param places  rows of 16 bytes that stay, by their addresses
 */
export function smallDumpText(places: readonly number[] = []): string {
  const stays = (address: number) => address < 0x20 || address >= 0x7b000 || places.includes(address);
  let segment = 0;
  return sampleDumpText()
    .split('\n')
    .filter((line) => {
      if (line.slice(7, 9) === '04') segment = Number.parseInt(line.slice(9, 13), 16);
      if (line.slice(7, 9) !== '00') return true;
      // a UICR stands behind the flash
      return segment < 8 && stays(segment * 0x10000 + Number.parseInt(line.slice(3, 7), 16));
    })
    .join('\n');
}
