/** Files that people give for a dump and that are none: known by their first bytes, and named with the way out. */
import { decodeText } from '../hex/index.ts';

export interface ForeignFile {
  /** What it is: `an ELF file`. */
  readonly what: string;
  /** What a person can do with it. */
  readonly wayOut: string;
}

interface Signature extends ForeignFile {
  readonly begins: readonly number[];
}

const ascii = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
const packed = (what: string, begins: readonly number[], command: string): Signature => ({
  begins,
  what,
  wayOut: `Unpack it first (${command}), and give what is in it.`,
});

const SIGNATURES: readonly Signature[] = [
  {
    begins: [0x7f, ...ascii('ELF')],
    what: 'an ELF file: a program as the linker made it, without the configuration of any node',
    wayOut: 'Read the whole flash out of the provisioned node, and give that file.',
  },
  packed('packed with bzip2', ascii('BZh'), 'bunzip2'),
  packed('packed with xz', [0xfd, ...ascii('7zXZ'), 0x00], 'unxz'),
  packed('packed with zstd', [0x28, 0xb5, 0x2f, 0xfd], 'unzstd'),
  packed('a 7z archive', [...ascii('7z'), 0xbc, 0xaf, 0x27, 0x1c], '7z x'),
];
const ZIP = ascii('PK\u0003\u0004');
/** The digits of pi that begin each block of bzip2. */
const BZIP2_BLOCK = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];

const TEXTS: readonly (ForeignFile & { readonly looksSo: RegExp })[] = [
  {
    looksSo: /^version https:\/\/git-lfs\.github\.com\/spec\//,
    what: 'a Git LFS pointer: a few lines that stand for the file, which was not fetched',
    wayOut: 'Fetch the file itself (git lfs pull), and give that.',
  },
  {
    looksSo: /^0x[\da-f]{8}: (?:[\da-f]{8}|[\da-f]{4}|[\da-f]{2})\b/im,
    what: 'what nrfjprog --memrd prints: text for people, of a few words of memory',
    wayOut: 'Read the whole flash into a file: nrfjprog --readuicr --readcode donor.hex',
  },
  {
    looksSo: /^\s*(?:<!doctype html|<html)/i,
    what: 'a web page, perhaps saved in place of the file it shows',
    wayOut: 'Download the file itself.',
  },
];

/** What a file is that holds no dump, or holds it in a form that is not read; `undefined` where nothing tells. */
export function recogniseForeign(bytes: Uint8Array): ForeignFile | undefined {
  const begins = (signature: readonly number[], at = 0) =>
    signature.every((byte, i) => bytes[at + i] === byte);
  if (begins(ZIP)) return archiveOf(bytes);
  const known = SIGNATURES.find(({ begins: signature }) => begins(signature));
  if (known && (known.begins[0] !== 0x42 || begins(BZIP2_BLOCK, 4))) return known;
  const head = decodeText(bytes.subarray(0, 0x1000));
  return TEXTS.find(({ looksSo }) => looksSo.test(head));
}

/** A zip, told by the names in it, which stand in clear. */
function archiveOf(bytes: Uint8Array): ForeignFile {
  const names = new TextDecoder('latin1').decode(bytes);
  if (names.includes('manifest.json') && /\.(?:dat|bin)\b/.test(names) && !names.includes('manifest.csv')) {
    return {
      what: 'a DFU package: an update of the firmware, without the configuration of any node',
      wayOut: 'Read the whole flash out of the provisioned node, and give that file.',
    };
  }
  return { what: 'a zip archive', wayOut: 'Unpack it, and give the dump and the database that are in it.' };
}
