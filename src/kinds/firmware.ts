/**
 * What lies around the state of a node: master boot record, SoftDevice, application, bootloader.
 *
 * Source: nrf_sdm.h (SoftDevice information structure at 0x3000); firmware ids from the HEX files in bin/softdevice of the
 * SDK releases, see section 8 of docs/flash-format.md.
 */
import { hex, isFilledWith, struct, u16, u32, u8 } from '../bytes.ts';
import { UICR_START, type MemoryImage } from '../image/index.ts';

export interface Firmware {
  readonly softDevice: SoftDevice | undefined;
  /** Whether the first page is a master boot record. */
  readonly hasMbr: boolean;
  /** Address of the application's vector table, where one was recognised. */
  readonly application: number | undefined;
  /** Vector tables that are surely such, for what they say of the chip. */
  readonly vectorTables: readonly number[];
}
export interface SoftDevice {
  readonly id: number;
  /** `S132 7.0.1`, as it says itself; else by its id, or that id in hex where we do not know it. */
  readonly name: string;
  /** First address beyond it. */
  readonly end: number;
}

const INFO_ADDRESS = 0x3000;
const INFO_MAGIC = 0x51b1e5db;
const infoStruct = struct({ size: u8, padding: u8, padding2: u16, magic: u32, end: u32, id: u16 });
/** What later SoftDevices say besides, as far as the structure's size covers it: `140` and `7003000`. */
const variantStruct = struct({ variant: u32, version: u32 });
const VARIANT_OFFSET = 0x10;

const NAMES: Readonly<Record<number, string>> = {
  0x0087: 'S130 2.0.1',
  0x008c: 'S132 3.0.0',
  0x0091: 'S132 3.1.0',
  0x009d: 'S132 5.0.0',
  0x00a8: 'S132 6.0.0',
  0x00a9: 'S140 6.0.0',
  0x00ae: 'S140 6.1.0',
  0x00af: 'S132 6.1.0',
  0x00b0: 'S112 6.1.0',
  0x00b6: 'S140 6.1.1',
  0x00b7: 'S132 6.1.1',
  0x00b8: 'S112 6.1.1',
  0x00ca: 'S140 7.0.1',
  0x00cb: 'S132 7.0.1',
  0x00cc: 'S113 7.0.1',
  0x00cd: 'S112 7.0.1',
  0x00ea: 'S122 8.0.0',
  0x0100: 'S140 7.2.0',
  0x0101: 'S132 7.2.0',
  0x0102: 'S113 7.2.0',
  0x0103: 'S112 7.2.0',
  0x0123: 'S140 7.3.0',
};

const vectorTable = struct({ stackTop: u32, reset: u32 });
/** The master boot record fills the first page; the SoftDevice's own vectors follow it. */
const MBR_SIZE = 0x1000;
const RAM_START = 0x20000000;
const RAM_END = 0x20040000;
const CODE_END = 0x100000;

/** A stack pointer into RAM and an odd reset vector into the code that follows the table. */
export function isVectorTable(image: MemoryImage, address: number, codeEnd = CODE_END): boolean {
  if (!image.covers(address, vectorTable.size)) return false;
  const { stackTop, reset } = vectorTable.decode(image.read(address, vectorTable.size));
  return (
    stackTop > RAM_START &&
    stackTop <= RAM_END &&
    stackTop % 4 === 0 &&
    reset % 2 === 1 &&
    reset > address &&
    reset < codeEnd
  );
}

/** The last bytes before the word that names a bootloader; a master boot record leaves them blank. */
export const MBR_TAIL = { address: 0x0fe0, length: 0x18 } as const;

/** Reset, NMI and hard fault: the first vectors behind the stack pointer. */
const FIRST_VECTORS = [4, 8, 12];

/** Whether the first page is a master boot record: its vectors lead into the page, and its code ends far before the page's end. */
export const looksLikeMbr = (image: MemoryImage): boolean =>
  isVectorTable(image, 0, MBR_SIZE) &&
  FIRST_VECTORS.every((at) => leadsIntoMbr(image, at)) &&
  isFilledWith(image.read(MBR_TAIL.address, MBR_TAIL.length), 0xff);

function leadsIntoMbr(image: MemoryImage, at: number): boolean {
  if (!image.covers(at, u32.size)) return false;
  const { buffer, byteOffset, length } = image.read(at, u32.size);
  const vector = u32.read(new DataView(buffer, byteOffset, length), 0);
  return vector % 2 === 1 && vector < MBR_SIZE;
}

/** Whether the first page holds code of an image that was built without a master boot record. */
export const hasOtherCode = (image: MemoryImage): boolean =>
  image.definedBytes(0, MBR_TAIL.address + MBR_TAIL.length) > 0 && !looksLikeMbr(image);

export const isSoftDevice = (image: MemoryImage): boolean => findSoftDevice(image) !== undefined;

export function findFirmware(image: MemoryImage): Firmware {
  const softDevice = findSoftDevice(image);
  const start = softDevice?.end ?? MBR_SIZE;
  const tables: number[] = [];
  for (let page = start; page < CODE_END; page += MBR_SIZE) if (isVectorTable(image, page)) tables.push(page);
  // without the information structure the first table after the master boot record may be the SoftDevice's own
  const application = softDevice ? tables[0] : (tables.find((page) => page > MBR_SIZE) ?? tables[0]);
  return {
    softDevice,
    hasMbr: looksLikeMbr(image),
    application,
    vectorTables: [0, MBR_SIZE, ...(application === undefined ? [] : [application])].filter((page) =>
      isVectorTable(image, page),
    ),
  };
}

function findSoftDevice(image: MemoryImage): SoftDevice | undefined {
  if (!image.covers(INFO_ADDRESS, infoStruct.size)) return undefined;
  const { size, magic, end, id } = infoStruct.decode(image.read(INFO_ADDRESS, infoStruct.size));
  if (magic !== INFO_MAGIC || end <= INFO_ADDRESS || end >= CODE_END) return undefined;
  const name = ownNameOf(image, size) ?? NAMES[id] ?? `with id ${hex(id, 4)}`;
  return { id, end, name };
}

/** `S140 7.3.0`, from variant and version in the structure itself. */
function ownNameOf(image: MemoryImage, size: number): string | undefined {
  const address = INFO_ADDRESS + VARIANT_OFFSET;
  if (size < VARIANT_OFFSET + variantStruct.size || !image.covers(address, variantStruct.size))
    return undefined;
  const { variant, version } = variantStruct.decode(image.read(address, variantStruct.size));
  if (variant < 100 || variant > 999 || version === 0 || version >= 100_000_000) return undefined;
  return `S${variant} ${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`;
}

/** Word 5 of the UICR, NRFFW[0]: the start of a bootloader. */
export const UICR_BOOTLOADER_OFFSET = 0x14;
export const UICR_BOOTLOADER = UICR_START + UICR_BOOTLOADER_OFFSET;
/** The same address in the master boot record, which later firmware asks first. */
export const MBR_BOOTLOADER = 0x0ff8;

/** Start of a bootloader that the master boot record names. Without one, what stands in its place is code. */
export const bootloaderInMbr = (image: MemoryImage, flashSize: number): number | undefined =>
  hasOtherCode(image) ? undefined : bootloaderAt(image, MBR_BOOTLOADER, flashSize);

/** Start addresses of a bootloader that the dump names, the master boot record first. */
export const bootloaderAddresses = (image: MemoryImage, flashSize: number): number[] =>
  [bootloaderInMbr(image, flashSize), bootloaderAt(image, UICR_BOOTLOADER, flashSize)].filter(
    (address) => address !== undefined,
  );

function bootloaderAt(image: MemoryImage, place: number, flashSize: number): number | undefined {
  if (!image.covers(place, u32.size)) return undefined;
  const { buffer, byteOffset, length } = image.read(place, u32.size);
  const address = u32.read(new DataView(buffer, byteOffset, length), 0);
  return address !== 0 && address < flashSize ? address : undefined;
}
