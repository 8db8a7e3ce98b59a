/** Who a chip is: what the factory wrote into its FICR. */
import { CHIPS, FICR_START, type Chip, type FactoryIds } from '../image/index.ts';
import { hex } from '../bytes.ts';
import { otherChip, unknownPart } from './errors.ts';
import { readWords, type MemAp } from './mem-ap.ts';

/** Words of the FICR by offset. The keys that lie among them are not read. */
const FICR = {
  CODEPAGESIZE: 0x010,
  CODESIZE: 0x014,
  DEVICEID0: 0x060,
  DEVICEID1: 0x064,
  DEVICEADDRTYPE: 0x0a0,
  DEVICEADDR0: 0x0a4,
  DEVICEADDR1: 0x0a8,
  INFO_PART: 0x100,
  INFO_VARIANT: 0x104,
  INFO_RAM: 0x10c, // kilobytes
};

export interface ChipIdentity {
  /** The chip with the memory that this one has, which in some variants is half of the usual. */
  readonly chip: Chip;
  /** Package, function and build code: `AAE0`. */
  readonly variant: string;
  /** 16 hex digits, different in every chip ever made; the identity for a journal. */
  readonly deviceId: string;
  /** Bluetooth device address as written: `C0:11:22:33:44:55`. */
  readonly deviceAddress: string;
  readonly addressType: 'public' | 'random static';
  /** What firmware makes names of, as it is read. */
  readonly factoryIds: FactoryIds;
  /** The debug port closes at every reset unless UICR and the firmware both say otherwise. */
  readonly relocks: boolean;
}

/**
 * Build code of the first silicon that protects itself at every reset.
 * Source: docs/probe-protocols.md §6.5: Nordic's informational notice on the change, and pyOCD's table.
 */
const FIRST_RELOCKING_BUILD: Record<number, string> = {
  0x52805: 'B0',
  0x52810: 'E0',
  0x52811: 'B0',
  0x52820: 'D0',
  0x52832: 'G0',
  0x52833: 'B0',
  0x52840: 'F0',
};

/** @throws `target/unknown-part` */
export async function identify(memory: MemAp): Promise<ChipIdentity> {
  const words = await memory.run(Object.values(FICR).map((offset) => readWords(FICR_START + offset, 1)));
  const ficr = Object.fromEntries(
    Object.keys(FICR).map((register, i) => [register, words[i]!]),
  ) as typeof FICR;
  const usual = CHIPS.find((one) => one.part === ficr.INFO_PART);
  if (!usual) throw unknownPart(ficr.INFO_PART);
  const variant = String.fromCharCode(...[24, 16, 8, 0].map((shift) => (ficr.INFO_VARIANT >>> shift) & 0xff));
  const random = (ficr.DEVICEADDRTYPE & 1) === 1;
  const addressHigh = (ficr.DEVICEADDR1 & 0xffff) | (random ? 0xc000 : 0);
  return {
    chip: {
      ...usual,
      flashSize: ficr.CODEPAGESIZE * ficr.CODESIZE,
      pageSize: ficr.CODEPAGESIZE,
      ramSize: ficr.INFO_RAM * 1024,
    },
    variant,
    deviceId: (digits(ficr.DEVICEID1, 8) + digits(ficr.DEVICEID0, 8)).toLowerCase(),
    deviceAddress: (digits(addressHigh, 4) + digits(ficr.DEVICEADDR0, 8)).match(/../g)!.join(':'),
    addressType: random ? 'random static' : 'public',
    factoryIds: {
      deviceId: [ficr.DEVICEID0, ficr.DEVICEID1],
      deviceAddress: [ficr.DEVICEADDR0, ficr.DEVICEADDR1],
    },
    relocks: variant.slice(2) >= FIRST_RELOCKING_BUILD[ficr.INFO_PART]!,
  };
}

/**
 * Who a chip is goes into a journal, and decides what may be done to it: so it is asked twice, and again around each job.
 *
 * @throws `target/other-chip` when it says something else now
 */
export async function assertSameChip(memory: MemAp, said: ChipIdentity): Promise<void> {
  const now = await identify(memory);
  const told = ({ deviceId, deviceAddress, variant, chip }: ChipIdentity) =>
    [deviceId, deviceAddress, variant, chip.part, chip.flashSize, chip.pageSize, chip.ramSize].join();
  if (told(now) !== told(said)) throw otherChip(said.deviceId, now.deviceId);
}

const digits = (word: number, count: number) => hex(word, count).slice(2);
