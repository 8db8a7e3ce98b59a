import { hex } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import { LIMITS, megabytes } from '../limits.ts';

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
    `The HEX file has gaps in more than ${LIMITS.hexStretches.toLocaleString('en')} places; no chip is read out so.`,
    READ_AGAIN,
    { limit: LIMITS.hexStretches },
  );

export const notHex = (line: number) =>
  new KnownError(
    'hex/not-hex',
    line === 1
      ? 'This is not an Intel HEX file: its first line does not begin with a colon.'
      : `Line ${line} is no Intel HEX record: it must begin with a colon and hold nothing but hex digits.`,
    'Choose the dump that was read back from the donor, as .hex or .hex.gz.',
    { line },
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
