/**
 * The user information configuration registers in words: what firmware and hardware take from them at a reset.
 *
 * Sources: product specifications, chapter UICR (nRF51 series reference manual; nRF52805..52840; nRF5340), for the boot loader's words
 * nrf_mbr.h of the SoftDevices. nRF54L15: datasheet, chapter UICR, with places and values of Nordic's SVD file (`nrf54l15_application.svd`);
 * nRF Connect SDK, "nRF54L One-Time Programmable memory map" and its generator of BOOTCONF for the unit of SIZE.
 */
import { hex, u32 } from '../bytes.ts';
import type { Chip } from './chips.ts';
import type { MemoryImage, Stretch } from './memory-image.ts';
import { familyOf } from './uicr-places.ts';

/** One word that is not erased. */
export interface UicrWord {
  readonly address: number;
  readonly word: number;
  /** As the product specification calls it: `NRFFW[0]`; empty where the chip has no register. */
  readonly register: string;
  /** `bootloader at 0x78000`; the word itself where nothing is known of it. */
  readonly says: string;
  /** From the next reset on the debug port is shut. */
  readonly protects: boolean;
}

interface Register {
  readonly offset: number;
  /** Words in a row; one when left out. */
  readonly count?: number;
  /** With `[]` where there are several. */
  readonly name: string;
  /** Number of the first of several. */
  readonly from?: number;
  /** What it is, without a value: `bootloader address`. */
  readonly title: string;
  readonly says?: (word: number, other: (offset: number) => number) => string;
  readonly protects?: (word: number) => boolean;
  /** Chips that have it; all of the family when left out. */
  readonly chips?: readonly string[];
}

const lowByte = (word: number) => word & 0xff;
const OWN_FIRMWARE: readonly Register[] = [
  {
    offset: 0x14,
    name: 'NRFFW[0]',
    title: 'bootloader address',
    says: (word) => `bootloader at ${hex(word, 5)}`,
  },
  {
    offset: 0x18,
    name: 'NRFFW[1]',
    title: 'MBR parameter page',
    says: (word) => `parameters of the MBR at ${hex(word, 5)}`,
  },
  { offset: 0x1c, count: 13, name: 'NRFFW[]', from: 2, title: 'word for Nordic firmware' },
  { offset: 0x50, count: 12, name: 'NRFHW[]', title: 'word for Nordic hardware' },
  { offset: 0x80, count: 32, name: 'CUSTOMER[]', title: 'customer word' },
];

const HIGH_VOLTAGE = ['nRF52820', 'nRF52833', 'nRF52840'];
/** Volts by REGOUT0 or VREGHVOUT; 7 is as erased. */
const VOLTS = ['1.8 V', '2.1 V', '2.4 V', '2.7 V', '3.0 V', '3.3 V'];
const regulator = (word: number) => `regulator gives ${VOLTS[word & 7] ?? '1.8 V'} when fed through VDDH`;
const nfcPins = (word: number) => (word & 1 ? 'NFC antenna on the NFC pins' : 'NFC pins are plain pins');

const REGISTERS: Readonly<Record<string, readonly Register[]>> = {
  nRF51: [
    { offset: 0x00, name: 'CLENR0', title: 'length of code region 0' },
    {
      offset: 0x04,
      name: 'RBPCONF',
      title: 'readback protection',
      says: (word) => (isShut51(word) ? 'protected against readback' : 'open for readback'),
      protects: isShut51,
    },
    {
      offset: 0x08,
      name: 'XTALFREQ',
      title: 'crystal frequency',
      says: (word) => `${lowByte(word) === 0 ? 32 : 16} MHz crystal`,
    },
    {
      offset: 0x10,
      name: 'FWID',
      title: 'firmware id',
      says: (word) => `firmware id ${hex(word & 0xffff, 4)}`,
    },
    ...OWN_FIRMWARE,
  ],
  nRF52: [
    ...OWN_FIRMWARE,
    {
      offset: 0x200,
      count: 2,
      name: 'PSELRESET[]',
      title: 'reset pin',
      says: (word, other) => {
        if (word >>> 31) return 'no reset pin';
        const pin = `reset pin P${(word >>> 5) & 1}.${String(word & 0x1f).padStart(2, '0')}`;
        return other(0x200) === other(0x204) ? pin : `${pin}, not in use: both words must agree`;
      },
    },
    {
      offset: 0x208,
      name: 'APPROTECT',
      title: 'protection',
      says: (word) =>
        isShut52(word)
          ? 'protected against readback'
          : 'open, also on silicon that shuts itself (firmware agreeing)',
      protects: isShut52,
    },
    { offset: 0x20c, name: 'NFCPINS', title: 'NFC pins', says: nfcPins },
    {
      offset: 0x210,
      name: 'DEBUGCTRL',
      title: 'debug control',
      says: (word) =>
        `core debug ${lowByte(word) === 0 ? 'off' : 'on'}, breakpoints ${lowByte(word >>> 8) === 0 ? 'off' : 'on'}`,
      chips: ['nRF52820', 'nRF52833', 'nRF52840'],
    },
    {
      offset: 0x300,
      name: 'EXTSUPPLY',
      title: 'external supply',
      says: (word) => `VDD ${word & 1 ? 'feeds' : 'does not feed'} external circuits`,
      chips: ['nRF52840'],
    },
    { offset: 0x304, name: 'REGOUT0', title: 'regulator output', says: regulator, chips: HIGH_VOLTAGE },
  ],
  // that of its application core
  nRF53: [
    {
      offset: 0x00,
      name: 'APPROTECT',
      title: 'protection',
      says: (word) => (word === 0 ? 'protected against readback' : 'open as far as the firmware agrees'),
      protects: (word) => word === 0,
    },
    { offset: 0x10, name: 'VREGHVOUT', title: 'regulator output', says: regulator },
    { offset: 0x14, name: 'HFXOCNT', title: 'crystal start-up', says: (word) => `start-up count ${word}` },
    {
      offset: 0x1c,
      name: 'SECUREAPPROTECT',
      title: 'protection of the secure side',
      says: (word) =>
        word === 0
          ? 'secure side protected against readback'
          : 'secure side open as far as the firmware agrees',
      protects: (word) => word === 0,
    },
    {
      offset: 0x20,
      name: 'ERASEPROTECT',
      title: 'erase protection',
      says: (word) => (word === 0 ? 'protected against erasing' : 'can be erased'),
    },
    { offset: 0x24, name: 'TINSTANCE', title: 'debug port instance' },
    { offset: 0x28, name: 'NFCPINS', title: 'NFC pins', says: nfcPins },
    { offset: 0x100, count: 192, name: 'OTP[]', title: 'one-time word' },
    { offset: 0x400, count: 768, name: 'KEYSLOT', title: 'key slot', says: () => 'a key, or rights to one' },
  ],
  // that of the nRF54L15, whose words are written once between two erasings of everything
  nRF54: [
    ...accessPort54(0x00, 'APPROTECT', 'protection', 'protected against readback', true),
    ...accessPort54(
      0x20,
      'SECUREAPPROTECT',
      'protection of the secure side',
      'secure side protected against readback',
      true,
    ),
    ...accessPort54(
      0x40,
      'AUXAPPROTECT',
      'protection of the auxiliary port',
      'auxiliary access port closed',
      false,
    ),
    ...[0x60, 0x7c].map((offset, number): Register => ({
      offset,
      name: `ERASEPROTECT[0].PROTECT${number}`,
      title: 'erase protection',
      says: (word) =>
        word === 0x50fa50fa
          ? 'protected against erasing'
          : `${hex(word, 8)}, which does not protect against erasing`,
    })),
    { offset: 0x80, name: 'BOOTCONF', title: 'immutable boot region', says: bootRegion54 },
    ...rootOfTrust54(0x200, 'PUBKEY', 'root-of-trust key'),
    ...rootOfTrust54(0x2b0, 'AUTHOPKEY', 'authenticated-operation key'),
    {
      offset: 0x500,
      count: 288,
      name: 'OTP[]',
      title: 'word of the boot loader’s storage',
      says: (word) => `${hex(word, 8)}, where the nRF Connect SDK has the storage of its boot loaders`,
    },
    { offset: 0x980, count: 32, name: 'OTP[]', from: 288, title: 'one-time word' },
  ],
};

/** Each port has two words, and either one that is not erased closes it. */
function accessPort54(
  offset: number,
  name: string,
  title: string,
  shut: string,
  protects: boolean,
): Register[] {
  return [0, 0x1c].map((at, number) => ({
    offset: offset + at,
    name: `${name}[0].PROTECT${number}`,
    title,
    says: () => shut,
    protects: () => protects,
  }));
}

/** Of a region from address 0 on: its size in KB and who may do what with it. */
function bootRegion54(word: number): string {
  const may = ['read', 'written', 'executed'].filter((_, bit) => (word >>> bit) & 1);
  const more = [
    [3, 'by the secure side alone'],
    [12, 'written once'],
    [13, 'fixed until everything is erased'],
  ] as const;
  const also = more.filter(([bit]) => (word >>> bit) & 1).map(([, text]) => text);
  return [
    `boot region of ${(word >>> 16) & 0x1f} KB can be ${may.join(', ') || 'neither read nor executed'}`,
    ...also,
  ].join('; ');
}

/** Four generations of a key of the root of trust: the first 256 bits of its digest, and three words that revoke it. */
function rootOfTrust54(offset: number, name: string, title: string): Register[] {
  return [0, 1, 2, 3].flatMap((generation): Register[] => [
    {
      offset: offset + generation * 0x2c,
      count: 8,
      name: `USER.ROT.${name}[${generation}].DIGEST[]`,
      title: `${title} digest word`,
      says: (word) => `${hex(word, 8)}, of the digest of ${title} ${generation}`,
    },
    {
      offset: offset + generation * 0x2c + 0x20,
      count: 3,
      name: `USER.ROT.${name}[${generation}].REVOKE[]`,
      title: `${title} revocation`,
      says: () => `${title} ${generation} is revoked`,
    },
  ]);
}

/** Either byte at 0 protects: PR0, PALL. */
function isShut51(word: number): boolean {
  return lowByte(word) === 0 || lowByte(word >>> 8) === 0;
}
/** 0xFF as erased, 0x5A opens the port of newer silicon, all else shuts it. */
function isShut52(word: number): boolean {
  return lowByte(word) !== 0xff && lowByte(word) !== 0x5a;
}

const ERASED = 0xffffffff;

/** The words that say something, by rising address; none where the image leaves the UICR out or has it erased. */
export function describeUicr(image: MemoryImage, chip: Chip): readonly UicrWord[] {
  const { address: from, length } = chip.uicr;
  const wordAt = (address: number) => {
    const bytes = image.read(address, u32.size);
    return u32.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
  };
  return image
    .slice(from, from + length)
    .stretches()
    .flatMap(wordsOf)
    .map((address) => ({ address, word: wordAt(address) }))
    .filter(({ word }) => word !== ERASED)
    .map(({ address, word }) => {
      const found = registerAt(address - from, chip);
      const says = found?.register.says?.(word, (offset) => wordAt(from + offset));
      return {
        address,
        word,
        register: found?.name ?? '',
        says: says ?? hex(word, 8),
        protects: found?.register.protects?.(word) ?? false,
      };
    });
}

/** Addresses of whole words that a stretch touches. */
function wordsOf({ address, length }: Stretch): number[] {
  const first = address - (address % u32.size);
  return Array.from(
    { length: Math.ceil((address + length - first) / u32.size) },
    (_, i) => first + u32.size * i,
  );
}

function registerAt(offset: number, chip: Pick<Chip, 'name'>) {
  for (const register of REGISTERS[familyOf(chip)] ?? []) {
    const index = (offset - register.offset) / u32.size;
    if (
      index < 0 ||
      index >= (register.count ?? 1) ||
      (register.chips && !register.chips.includes(chip.name))
    )
      continue;
    return { register, name: register.name.replace('[]', `[${index + (register.from ?? 0)}]`) };
  }
  return undefined;
}

/** What a word of the UICR is, without its value: `reset pin`, `customer word`; for somebody who is told that it will change. */
export const uicrTitle = (address: number, chip: Chip): string =>
  registerAt(address - chip.uicr.address, chip)?.register.title ?? 'unknown word';

/** Of these words, what they are and how many: `bootloader address, 2 customer words`. */
export function uicrTitles(addresses: readonly number[], chip: Chip): string {
  const counts = new Map<string, number>();
  for (const address of addresses) {
    const title = uicrTitle(address, chip);
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  return [...counts]
    .map(([title, count]) => (count === 1 || title === 'reset pin' ? title : `${count} ${title}s`))
    .join(', ');
}
