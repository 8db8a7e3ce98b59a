/** Files as a person would choose them. */
import { application, below, code } from '../support/builds.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'fflate';
import { formatHex } from '../../src/hex/index.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { smallDumpText } from '../support/samples.ts';

export interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const ROOT = join(import.meta.dirname, '../..');

export const file = (name: string, content: Buffer | string): ChosenFile => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
});

const SAMPLES = join(ROOT, 'public/samples');
export const packedDump = file('client.hex.gz', readFileSync(join(SAMPLES, 'client.hex.gz')));
export const dump = file('client.hex', Buffer.from(gunzipSync(packedDump.buffer)));
/** The same node with little of its code, up to the cell that is worn on boards that have one: written in a third of the time. */
export const smallDump = file('client.hex', smallDumpText([0x3000, 0x3010, 0x10a10]));
export const database = file('client.db.json', readFileSync(join(SAMPLES, 'client.db.json')));

/** As a phone app exports it: no IV index in it. */
export const phoneDatabase = file(
  'phone.json',
  readFileSync(join(ROOT, 'tests/fixtures/databases/cdb-android-export.json')),
);

/** A UICR as a tool reads it by itself: a bootloader, a reset pin, NFC pins as pins. */
export const uicr = file(
  'uicr.hex',
  formatHex(
    MemoryImage.of([
      { address: 0x10001014, bytes: Uint8Array.of(0x00, 0x80, 0x07, 0x00) },
      { address: 0x10001080, bytes: Uint8Array.of(0xfe, 0xca, 0x00, 0x00) },
      { address: 0x10001200, bytes: Uint8Array.of(0x15, 0, 0, 0, 0x15, 0, 0, 0) },
      { address: 0x1000120c, bytes: Uint8Array.of(0xfe, 0xff, 0xff, 0xff) },
    ]),
  ),
);

/** A dump of the test fixtures: `nodeDump('4.0.0', 'deprovisioned')`. */
export const nodeDump = (release: string, name: string): ChosenFile =>
  file(`${name}.hex.gz`, readFileSync(join(ROOT, `tests/fixtures/nodes/${release}/${name}.hex.gz`)));

interface Database {
  nodes: { name: string; unicastAddress: number; deviceKey: string }[];
  netKeys: { key: string }[];
  appKeys: { key: string }[];
}
export const parseDatabase = (content: Buffer | Uint8Array): Database =>
  JSON.parse(Buffer.from(content).toString()) as Database;

/** The sample database without some of its nodes. */
export function databaseWithout(...names: string[]): ChosenFile {
  const content = parseDatabase(database.buffer);
  content.nodes = content.nodes.filter(({ name }) => !names.includes(name));
  return file('without.json', JSON.stringify(content, null, 2));
}

/** Every key of the sample, as hex digits. */
export function keysOfSample(): string[] {
  const { nodes, netKeys, appKeys } = parseDatabase(database.buffer);
  return [
    ...nodes.map(({ deviceKey }) => deviceKey),
    ...netKeys.map(({ key }) => key),
    ...appKeys.map(({ key }) => key),
  ];
}

const build = (name: string, ...segments: Parameters<typeof MemoryImage.of>[0][]): ChosenFile =>
  file(name, formatHex(MemoryImage.of(segments.flatMap((some) => [...some]))));
/** New firmware for the donor, with the SoftDevice of 5.0.0. */
export const newFirmware = build('light-v2.hex', below(0x0101), application());
/** The same with code where the donor keeps its keys. */
export const largeFirmware = build('light-v3.hex', application(), [code(0x7d000, 0x40)]);
