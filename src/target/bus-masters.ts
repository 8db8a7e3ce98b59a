/**
 * What moves bytes without the core, by chip, and how it is stopped.
 *
 * A soft reset stops all of it. Where none may be made, as it would close the port, what the old firmware started goes on writing into RAM
 * with the core halted: into the program that writes the flash, or into the pages on their way.
 * Source: product specifications, chapters "Peripherals" (instances), PPI, and of each peripheral with EasyDMA; docs/probe-protocols.md §6.9.
 */
import type { Chip } from '../image/index.ts';
import { writeWords, type MemoryAccess } from './mem-ap.ts';

export interface BusMaster {
  readonly name: string;
  readonly base: number;
  /** Offsets of the tasks that end what it is about. */
  readonly stop: readonly number[];
  /** Of the register that switches it off when it holds 0. */
  readonly enable?: number;
}

const ENABLE = 0x500;
const POWER = 0xffc;

const radio: BusMaster = { name: 'RADIO', base: 0x40001000, stop: [0x010], enable: POWER };
const uarte = (index: number, base: number): BusMaster => ({
  name: `UARTE${index}`,
  base,
  stop: [0x004, 0x00c],
  enable: ENABLE,
});
/** SPIM, SPIS, TWIM and TWIS share their place, their stop task and ENABLE. */
const serialBox = (index: number, base: number): BusMaster => ({
  name: `SPIM${index}, TWIM${index}`,
  base,
  stop: [0x014],
  enable: ENABLE,
});
const pwm = (index: number, base: number): BusMaster => ({
  name: `PWM${index}`,
  base,
  stop: [0x004],
  enable: ENABLE,
});
const nfct: BusMaster = { name: 'NFCT', base: 0x40005000, stop: [0x004] };
const saadc: BusMaster = { name: 'SAADC', base: 0x40007000, stop: [0x008], enable: ENABLE };
const ecb: BusMaster = { name: 'ECB', base: 0x4000e000, stop: [0x004] };
/** CCM and AAR share their place. */
const ccm: BusMaster = { name: 'CCM, AAR', base: 0x4000f000, stop: [0x008], enable: ENABLE };
const pdm: BusMaster = { name: 'PDM', base: 0x4001d000, stop: [0x004], enable: ENABLE };
const i2s: BusMaster = { name: 'I2S', base: 0x40025000, stop: [0x004], enable: ENABLE };
const usbd: BusMaster = { name: 'USBD', base: 0x40027000, stop: [], enable: ENABLE };
const qspi: BusMaster = { name: 'QSPI', base: 0x40029000, stop: [0x010], enable: ENABLE };
const cryptoCell: BusMaster = { name: 'CryptoCell', base: 0x5002a000, stop: [], enable: ENABLE };

const all: readonly BusMaster[] = [
  radio,
  uarte(0, 0x40002000),
  serialBox(0, 0x40003000),
  serialBox(1, 0x40004000),
  ecb,
  ccm,
];
const analog: readonly BusMaster[] = [saadc, pwm(0, 0x4001c000), pdm];
const larger: readonly BusMaster[] = [
  nfct,
  pwm(1, 0x40021000),
  pwm(2, 0x40022000),
  serialBox(2, 0x40023000),
  i2s,
];
const latest: readonly BusMaster[] = [
  usbd,
  uarte(1, 0x40028000),
  pwm(3, 0x4002d000),
  serialBox(3, 0x4002f000),
];

/** By INFO.PART of the FICR. A place where a chip has no peripheral is not written to. */
const MASTERS: Readonly<Record<number, readonly BusMaster[]>> = {
  0x52805: [...all, saadc],
  0x52810: [...all, ...analog],
  0x52811: [...all, ...analog],
  0x52820: [...all, usbd],
  0x52832: [...all, ...analog, ...larger],
  0x52833: [...all, ...analog, ...larger, ...latest],
  0x52840: [...all, ...analog, ...larger, ...latest, qspi, cryptoCell],
};

export const busMastersOf = ({ part }: Pick<Chip, 'part'>): readonly BusMaster[] => MASTERS[part ?? 0] ?? all;

/** All channels of PPI off: it starts tasks without the core. */
const PPI_CHENCLR = 0x4001f508;

/** Stop PPI first, which would start the others again, then each by its own task, and switch it off. */
export const stopBusMasters = (chip: Pick<Chip, 'part'>): MemoryAccess[] => [
  writeWords(PPI_CHENCLR, [0xffffffff]),
  ...busMastersOf(chip).flatMap(({ base, stop, enable }) => [
    ...stop.map((task) => writeWords(base + task, [1])),
    ...(enable === undefined ? [] : [writeWords(base + enable, [0])]),
  ]),
];
