import { hex } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import { LIMITS, megabytes } from '../limits.ts';
import { thousands } from '../numbers.ts';

const READ_AGAIN = 'Read the node out again, or fetch the file from where it was first saved.';

export const emptyFile = () =>
  new KnownError(
    'hex/empty-file',
    'The file is empty.',
    'Choose the dump that was read back from the donor.',
  );

export const tooLarge = (characters: number) =>
  new KnownError(
    'hex/too-large',
    `The HEX file has ${megabytes(characters)}; at most ${megabytes(LIMITS.hexCharacters)} are read, ten times the dump of a whole nRF52840.`,
    'Choose the dump that was read back from the donor.',
    { characters, limit: LIMITS.hexCharacters },
  );

export const tooScattered = () =>
  new KnownError(
    'hex/too-scattered',
    `The HEX file has gaps in more than ${thousands(LIMITS.hexStretches)} places; no chip is read out so.`,
    READ_AGAIN,
    { limit: LIMITS.hexStretches },
  );

export const notHex = (line: number) =>
  new KnownError(
    'hex/not-hex',
    line === 1
      ? 'This is not an Intel HEX file: its first line does not begin with a colon.'
      : `Line ${line} is no Intel HEX record: it does not begin with a colon.`,
    'Choose the dump that was read back from the donor, as .hex or .hex.gz.',
    { line },
  );

/** @param character  no hex digit, and so of no key */
export const badDigit = (line: number, column: number, character: string) =>
  new KnownError(
    'hex/not-hex',
    `Line ${line} of the HEX file has ${nameOf(character)} in column ${column}, where a hex digit belongs.`,
    /[oil]/i.test(character)
      ? 'It looks like a digit, and somebody typed it. Fetch the file from where it was first saved, or read the node out again.'
      : READ_AGAIN,
    { line, column },
  );

function nameOf(character: string): string {
  if (/^[a-z]$/i.test(character)) return `the letter ${character}`;
  if (/^[!-~]$/.test(character)) return `the character ${character}`;
  return `the character U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

export const unevenRecord = (line: number, digits: number) =>
  new KnownError(
    'hex/not-hex',
    `Line ${line} of the HEX file is no record: it has ${digits} hex digits, and a record has an even number of them, ten at least.`,
    READ_AGAIN,
    { line, digits },
  );

export const universalHex = (halves: readonly string[]) =>
  new KnownError(
    'hex/universal-hex',
    `This is a universal hex, which holds a program for each kind of micro:bit in one file, here ${halves.join(' and ') || 'of none that is known'}. It is not a read-out.`,
    'Neither half holds a provisioned node. Read the whole flash of the board out, and give that file.',
    { halves: halves.join(', ') },
  );

export const badSrec = (line: number, reason: string) =>
  new KnownError('hex/bad-srec', `Line ${line} of the S-record file ${reason}.`, READ_AGAIN, { line });

export const srecOverlap = (line: number, earlierLine: number, address: number) =>
  new KnownError(
    'hex/overlap',
    `Lines ${earlierLine} and ${line} of the S-record file both hold data for address ${hex(address, 5)}.`,
    'A dump defines every address once. If two files were joined, give them one by one.',
    { line, earlierLine, address },
  );

export const srecTruncated = (lines: number) =>
  new KnownError(
    'hex/truncated',
    `The S-record file ends in the middle: after line ${lines} there is no record that ends it (S7, S8 or S9).`,
    READ_AGAIN,
    { lines },
  );

export const badUf2 = (block: number, reason: string) =>
  new KnownError(
    'hex/bad-uf2',
    `Block ${block} of the UF2 file ${reason}.`,
    'Fetch the file from where it was first saved, or read the node out again.',
    { block },
  );

export const badLength = (line: number, announced: number, found: number) =>
  new KnownError(
    'hex/bad-length',
    `Line ${line} of the HEX file is damaged: it announces ${announced} data bytes and holds ${found}.`,
    READ_AGAIN,
    { line, announced, found },
  );

export const badChecksum = (line: number, written: number, computed: number) =>
  new KnownError(
    'hex/bad-checksum',
    `Line ${line} of the HEX file is damaged: its checksum is ${hex(written, 2)}, its bytes add up to ${hex(computed, 2)}.`,
    READ_AGAIN,
    { line, written, computed },
  );

export const badRecord = (line: number, type: number, reason: string) =>
  new KnownError(
    'hex/bad-record',
    `Line ${line} of the HEX file holds a record of type ${hex(type, 2)} that ${reason}.`,
    READ_AGAIN,
    { line, type },
  );

export const truncated = (lines: number) =>
  new KnownError(
    'hex/truncated',
    `The HEX file ends in the middle: after line ${lines} there is no end-of-file record.`,
    READ_AGAIN,
    { lines },
  );

export const dataAfterEnd = (line: number) =>
  new KnownError(
    'hex/data-after-end',
    `The HEX file goes on after its end-of-file record, in line ${line}.`,
    'If several files were joined into one, give them one by one instead.',
    { line },
  );

export const overlap = (line: number, earlierLine: number, address: number) =>
  new KnownError(
    'hex/overlap',
    `Lines ${earlierLine} and ${line} of the HEX file both hold data for address ${hex(address, 5)}.`,
    'A dump defines every address once. If two files were joined, give them one by one.',
    { line, earlierLine, address },
  );

/** @param cause  of the library, whose message may quote a line and goes no further */
export const unreadable = (cause: unknown) =>
  new KnownError('hex/unreadable', 'The HEX file cannot be read.', READ_AGAIN, {
    library: cause instanceof Error ? cause.name : 'unknown',
  });
