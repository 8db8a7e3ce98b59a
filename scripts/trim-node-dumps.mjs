/**
 * Make small test fixtures of full node dumps: keeps of every HEX file the flash-manager region and the few words that tell
 * chip, SoftDevice and bootloader apart, and gathers the manifests in one file.
 *
 *     node scripts/trim-node-dumps.mjs <folder of releases with *.hex, *.hex.gz, *.json> <target folder>
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const [source, target] = process.argv.slice(2);
if (!source || !target) throw new Error('Give the folder of the dumps and the folder for the fixtures.');

const PAGE_SIZE = 0x1000;
const BOOTLOADER = 0x78000;
/** Vector tables, master boot record, SoftDevice information, and the top pages; end exclusive. */
const KEPT = [
  [0x00000, 0x00010],
  [0x00ff0, 0x01010],
  [0x03000, 0x03020],
  [0x26000, 0x26010],
  [0x6f000, 0x80000],
  [0x10001000, 0x10002000],
];
/** Of a bootloader, its vector table will do. */
const KEPT_WITH_BOOTLOADER = [...KEPT.slice(0, 4), [0x6f000, BOOTLOADER + 0x10], [0x7e000, 0x80000], KEPT[5]];

function trim(text, kept) {
  const lines = [];
  let base = 0;
  let written = 0;
  for (const line of text.split(/\r?\n/).filter(Boolean)) {
    const type = line.slice(7, 9);
    if (type === '04') base = Number.parseInt(line.slice(9, 13), 16) * 0x10000;
    else if (type === '01') lines.push(line);
    else if (type === '00') {
      const address = base + Number.parseInt(line.slice(3, 7), 16);
      if (!kept.some(([from, to]) => address >= from && address < to)) continue;
      // erased flash compresses badly in this format; a line a page is enough to say that it was read
      if (address % PAGE_SIZE !== 0 && /^F+$/i.test(line.slice(9, -2))) continue;
      if (base !== written) lines.push(extendedAddress(base));
      written = base;
      lines.push(line);
    }
  }
  return `${lines.join('\n')}\n`;
}

function extendedAddress(base) {
  const bytes = [2, 0, 0, 4, base >>> 24, (base >>> 16) & 0xff];
  const checksum = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return `:${[...bytes, checksum].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('')}`;
}

const manifests = {};
for (const release of readdirSync(source).filter((name) => /^\d/.test(name))) {
  mkdirSync(join(target, release), { recursive: true });
  manifests[release] = {};
  for (const file of readdirSync(join(source, release))) {
    const name = file.match(/^([^.]+)\.json$/)?.[1];
    if (!name) continue;
    const manifest = JSON.parse(readFileSync(join(source, release, file), 'utf8'));
    const hex = join(source, release, `${name}.hex`);
    const text = existsSync(hex)
      ? readFileSync(hex, 'utf8')
      : gunzipSync(readFileSync(`${hex}.gz`)).toString();
    const kept = manifest.uicrBootloaderAddress === '0x00078000' ? KEPT_WITH_BOOTLOADER : KEPT;
    writeFileSync(join(target, release, `${name}.hex.gz`), gzipSync(trim(text, kept), { level: 9 }));
    manifests[release][name] = manifest;
  }
}
writeFileSync(join(target, 'manifests.json.gz'), gzipSync(JSON.stringify(manifests), { level: 9 }));
