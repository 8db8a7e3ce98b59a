import { describe, expect, test } from 'vitest';
import {
  describeUicr,
  findChip,
  foreignUicr,
  MemoryImage,
  uicrTitles,
  withoutUicr,
} from '../../src/image/index.ts';

const chip = (name: string) => findChip(name)!;
const words = (base: number, ...pairs: readonly (readonly [offset: number, word: number])[]) =>
  MemoryImage.of(
    pairs.map(([offset, word]) => ({
      address: base + offset,
      bytes: new Uint8Array(Uint32Array.of(word).buffer),
    })),
  );
const says = (image: MemoryImage, name: string) =>
  describeUicr(image, chip(name)).map(({ register, says }) => `${register}: ${says}`);

describe('the UICR of an nRF52', () => {
  test('is told in words, and what nobody knows as it stands', () => {
    const image = words(
      0x10001000,
      [0x14, 0x78000],
      [0x18, 0x7e000],
      [0x1c, 0x1234],
      [0x84, 0xcafe],
      [0x200, 0x15],
      [0x204, 0x15],
      [0x208, 0xffffff5a],
      [0x20c, 0xfffffffe],
      [0x304, 0xfffffffd],
      [0x400, 1],
    );
    expect(says(image, 'nRF52840')).toEqual([
      'NRFFW[0]: bootloader at 0x78000',
      'NRFFW[1]: parameters of the MBR at 0x7E000',
      'NRFFW[2]: 0x00001234',
      'CUSTOMER[1]: 0x0000CAFE',
      'PSELRESET[0]: reset pin P0.21',
      'PSELRESET[1]: reset pin P0.21',
      'APPROTECT: open, also on silicon that shuts itself (firmware agreeing)',
      'NFCPINS: NFC pins are plain pins',
      'REGOUT0: regulator gives 3.3 V when fed through VDDH',
      ': 0x00000001',
    ]);
    expect(says(image, 'nRF52832').slice(-2)).toEqual([': 0xFFFFFFFD', ': 0x00000001']);
  });

  test('says when the two words of the reset pin do not agree, and which port', () => {
    expect(says(words(0x10001000, [0x200, 0x12], [0x204, 0x32]), 'nRF52840')).toEqual([
      'PSELRESET[0]: reset pin P0.18, not in use: both words must agree',
      'PSELRESET[1]: reset pin P1.18, not in use: both words must agree',
    ]);
  });

  test.each([
    ['nRF52832', 0x10001000, 0x208, 0xffffff00],
    ['nRF51422', 0x10001000, 0x04, 0xffff00ff],
    ['nRF5340', 0x00ff8000, 0x1c, 0],
    ['nRF54L15', 0x00ffd000, 0x1c, 0],
  ])('that shuts the debug port of an %s says so', (name, base, offset, word) => {
    const [found] = describeUicr(words(base, [offset, word]), chip(name));
    expect(found).toMatchObject({ protects: true, says: expect.stringContaining('protected') });
  });

  test('that is erased, or not there, says nothing', () => {
    expect(describeUicr(words(0x10001000, [0x14, 0xffffffff]), chip('nRF52832'))).toEqual([]);
    expect(describeUicr(MemoryImage.empty, chip('nRF52832'))).toEqual([]);
  });

  test('is left out without anything else', () => {
    const image = words(0, [0, 1], [0x10001014, 0x78000]);
    expect(withoutUicr(image, chip('nRF52832')).stretches()).toEqual([{ address: 0, length: 4 }]);
  });

  test('names the kinds of words that will change', () => {
    const at = [0x14, 0x80, 0x84, 0x200, 0x204, 0x500].map((offset) => 0x10001000 + offset);
    expect(uicrTitles(at, chip('nRF52840'))).toBe(
      'bootloader address, 2 customer words, reset pin, unknown word',
    );
  });
});

describe('the UICR of an nRF54L15', () => {
  test('is told in words by the registers of its datasheet, and what has none as it stands', () => {
    const image = words(
      0x00ffd000,
      [0x00, 0xaa55aa55],
      [0x3c, 0],
      [0x40, 0x12345678],
      [0x60, 0x50fa50fa],
      [0x7c, 0],
      [0x80, 0x001f200d],
      [0x84, 1],
      [0x200, 0xcafe],
      [0x248, 0],
      [0x334, 7],
      [0x500, 2],
      [0x97c, 3],
      [0x980, 4],
      [0x9fc, 5],
    );
    expect(says(image, 'nRF54L15')).toEqual([
      'APPROTECT[0].PROTECT0: protected against readback',
      'SECUREAPPROTECT[0].PROTECT1: secure side protected against readback',
      'AUXAPPROTECT[0].PROTECT0: auxiliary access port closed',
      'ERASEPROTECT[0].PROTECT0: protected against erasing',
      'ERASEPROTECT[0].PROTECT1: 0x00000000, which does not protect against erasing',
      'BOOTCONF: boot region of 31 KB can be read, executed; by the secure side alone; fixed until everything is erased',
      ': 0x00000001',
      'USER.ROT.PUBKEY[0].DIGEST[0]: 0x0000CAFE, of the digest of root-of-trust key 0',
      'USER.ROT.PUBKEY[1].DIGEST[7]: 0x00000000, of the digest of root-of-trust key 1',
      'USER.ROT.AUTHOPKEY[3].DIGEST[0]: 0x00000007, of the digest of authenticated-operation key 3',
      'OTP[0]: 0x00000002, where the nRF Connect SDK has the storage of its boot loaders',
      'OTP[287]: 0x00000003, where the nRF Connect SDK has the storage of its boot loaders',
      'OTP[288]: 0x00000004',
      'OTP[319]: 0x00000005',
    ]);
    expect(describeUicr(image, chip('nRF54L15')).filter(({ protects }) => protects)).toHaveLength(2);
    expect(says(words(0x00ffd000, [0x24c, 0]), 'nRF54L15')).toEqual([
      'USER.ROT.PUBKEY[1].REVOKE[0]: root-of-trust key 1 is revoked',
    ]);
  });

  test('names the kinds of words that will change', () => {
    const at = [0, 0x80, 0x200, 0x204, 0x984, 0x84].map((offset) => 0x00ffd000 + offset);
    expect(uicrTitles(at, chip('nRF54L15'))).toBe(
      'protection, immutable boot region, 2 root-of-trust key digest words, one-time word, unknown word',
    );
  });
});

describe('the UICR of another family', () => {
  test('is known by its address', () => {
    expect(foreignUicr(words(0x00ff8000, [0, 0]), chip('nRF52832'))).toEqual({
      address: 0x00ff8000,
      family: 'nRF5340',
    });
    expect(foreignUicr(words(0x10001000, [0x14, 0]), chip('nRF5340'))).toMatchObject({
      family: 'nRF51 or nRF52',
    });
    expect(foreignUicr(words(0x10001000, [0x14, 0]), chip('nRF52840'))).toBeUndefined();
  });
});
