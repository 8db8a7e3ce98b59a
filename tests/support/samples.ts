/** The sample network that ships with the page: a light switch client of three elements, and its PyACI database. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const sample = (name: string) => fileURLToPath(new URL(`../../public/samples/${name}`, import.meta.url));

export const sampleDumpPath = sample('client.hex.gz');
export const sampleDatabasePath = sample('client.db.json');
export const sampleDumpText = (): string => gunzipSync(readFileSync(sampleDumpPath)).toString('latin1');
export const sampleDatabaseText = (): string => readFileSync(sampleDatabasePath, 'utf8');
