/**
 * The settings of a node under another firmware of the nRF Connect SDK: whether its partition is where the old one has it, and which
 * parts of the old image it needs besides.
 *
 * The HEX of a build does not say where its settings lie, except in one place: its flash map, an array of partitions in which offset
 * and size stand side by side. Where the old firmware has the node's partition there, so must the new one.
 *
 * Sources: Zephyr include/zephyr/storage/flash_map.h, `struct flash_area` (fa_off, fa_size; 2.0..4.2); MCUboot
 * boot/bootutil/include/bootutil/image.h, IMAGE_MAGIC.
 */
import { hex, u32 } from '../../bytes.ts';
import type { Chip, MemoryImage, Stretch } from '../../image/index.ts';
import * as kindErrors from '../errors.ts';
import type { KindsFinding } from '../errors.ts';
import { bootloaderAddresses, findFirmware } from '../firmware.ts';
import type { Companion, NewFirmware, UnderFirmware } from '../image-kind.ts';
import { lengthOf } from './storage/log.ts';
import { PAGE_SIZE } from './storage/locate.ts';
import { readZephyrDump, type ReadArea, type ZephyrDump } from './zephyr-dump.ts';

const MCUBOOT_MAGIC = 0x96f3b83d;
const MBR_END = 0x1000;

export function underFirmware(donor: ZephyrDump, chip: Chip, { image }: NewFirmware): UnderFirmware {
  if (donor.refusal) throw donor.refusal;
  const { softDevice } = findFirmware(image);
  if (softDevice)
    throw kindErrors.firmwareOfAnotherKind(
      'nRF Connect SDK',
      `it holds the SoftDevice ${softDevice.name}, which no firmware of this SDK has`,
    );
  const own = readZephyrDump(image);
  const before = stateOf(donor);
  const ownState = own ? stateOf(own) : [];
  const companions = companionsOf(donor.image, image, chip);
  const findings = judgeLayout(donor.chosen!, own?.chosen, {
    old: partitionSizes(withoutPages(donor.image, before), chip, donor.chosen!.area.address),
    now: partitionSizes(withoutPages(image, ownState), chip, donor.chosen!.area.address),
  });
  return {
    state: before.map(({ address, length }) => ({ address, bytes: donor.image.read(address, length) })),
    ownState,
    companions,
    findings,
    check: () => {},
  };
}

/** Storage of every firmware in the dump, and what it saves when power goes. */
const stateOf = ({ areas, emds }: ZephyrDump): Stretch[] => [
  ...areas.map(({ area }) => ({ address: area.address, length: lengthOf(area) })),
  ...emds,
];

/** What lies below the place where an application begins, and a bootloader at the end of flash. */
function companionsOf(old: MemoryImage, firmware: MemoryImage, { flashSize }: Chip): Companion[] {
  const first = firmware.runs[0]!.address;
  const [named] = findFirmware(old).hasMbr ? bootloaderAddresses(old, flashSize) : [];
  const above: Companion[] =
    named === undefined ? [] : [{ address: named, length: flashSize - named, title: 'bootloader' }];
  if (first === 0) return above;
  if (isMcubootImage(firmware, first)) {
    if (!isMcubootImage(old, first))
      throw kindErrors.noApplication(
        `it is an image for MCUboot at ${hex(first, 5)}, and the dump has none there`,
      );
    return [{ address: 0, length: first, title: 'MCUboot' }, ...above];
  }
  if (findFirmware(old).hasMbr && first === MBR_END)
    return [{ address: 0, length: MBR_END, title: 'master boot record' }, ...above];
  throw kindErrors.noApplication(
    `it begins at ${hex(first, 5)}, and neither is it an image for MCUboot, nor has the dump a master boot record in front of it`,
  );
}

const isMcubootImage = (image: MemoryImage, address: number): boolean =>
  image.covers(address, u32.size) && wordAt(image, address) === MCUBOOT_MAGIC;

function wordAt(image: MemoryImage, address: number): number {
  const { buffer, byteOffset, length } = image.read(address, u32.size);
  return u32.read(new DataView(buffer, byteOffset, length), 0);
}

function withoutPages(image: MemoryImage, state: readonly Stretch[]): MemoryImage['runs'] {
  return image.runs.filter(
    ({ address }) => !state.some((one) => address >= one.address && address < one.address + one.length),
  );
}

/** Sizes of a partition at this address, as the flash map in code names them. */
function partitionSizes(
  runs: MemoryImage['runs'],
  { flashSize }: Chip,
  address: number,
): ReadonlySet<number> {
  const sizes = new Set<number>();
  for (const { address: start, bytes } of runs) {
    if (start >= flashSize) break;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = -start & 3; at + 2 * u32.size <= bytes.length; at += u32.size) {
      if (u32.read(view, at) !== address) continue;
      const size = u32.read(view, at + u32.size);
      if (size >= PAGE_SIZE && size % PAGE_SIZE === 0 && address + size <= flashSize) sizes.add(size);
    }
  }
  return sizes;
}

interface FlashMaps {
  readonly old: ReadonlySet<number>;
  readonly now: ReadonlySet<number>;
}

function judgeLayout(here: ReadArea, there: ReadArea | undefined, maps: FlashMaps): KindsFinding[] {
  const { address } = here.area;
  const inKb = (sizes: ReadonlySet<number>) => [...sizes].map((size) => `${size / 1024} KB`).join(' or ');
  if (there) compareAreas(here, there);
  if (maps.old.size > 0 && maps.now.size === 0)
    throw kindErrors.layoutDiffers(
      `the flash map of the old firmware has its partition at ${hex(address, 5)}, and that of the new one has none there`,
    );
  const isSame = [...maps.old].some((size) => maps.now.has(size));
  if (maps.old.size > 0 && !isSame)
    throw kindErrors.layoutDiffers(
      `its partition at ${hex(address, 5)} has ${inKb(maps.now)}, and the node’s has ${inKb(maps.old)}`,
    );
  if (isSame || there)
    return [
      {
        severity: 'info',
        code: 'kinds/layout-seen',
        message: `The new firmware keeps its settings at ${hex(address, 5)}, as the node has them${isSame ? `: its flash map says so, ${inKb(maps.now)}` : ''}.`,
        hint: '',
      },
      unseen('kinds/firmware-unseen', 'A HEX file does not tell'),
    ];
  return [
    unseen(
      'kinds/layout-unseen',
      `The HEX of a build does not show where it keeps its settings (the node has them at ${hex(address, 5)}, ${lengthOf(here.area) / 1024} KB or more), nor`,
    ),
  ];
}

const unseen = (code: KindsFinding['code'], said: string): KindsFinding => ({
  severity: 'warning',
  code,
  message: `${said} its elements and models, which the node must have as before, nor how it keeps keys (CONFIG_BT_MESH_USES_TINYCRYPT or MBEDTLS_PSA).`,
  hint: 'Where these differ, the node starts unprovisioned or answers as another one than it was configured as. Keep the dump: writing it back brings the old node.',
});

/** A dump of a board that ran the new firmware shows what it makes of its storage. */
function compareAreas(here: ReadArea, there: ReadArea): void {
  const refuse = (what: string) => {
    throw kindErrors.layoutDiffers(what);
  };
  if (here.area.address !== there.area.address)
    refuse(
      `its settings lie at ${hex(there.area.address, 5)}, those of the node at ${hex(here.area.address, 5)}`,
    );
  if (here.area.format.id !== there.area.format.id || here.settings.layout.id !== there.settings.layout.id)
    refuse(`it keeps settings in ${there.area.format.title}, the node in ${here.area.format.title}`);
  if (here.area.sectorSize !== there.area.sectorSize || here.area.spacing !== there.area.spacing)
    refuse('the sectors of its storage have another size');
  const forms = [here.node.keyForm, there.node.keyForm];
  if (forms[1] && forms[0] !== forms[1])
    refuse(
      forms[0] === 'key-store'
        ? 'it keeps keys in their records, the node keeps them in a key store'
        : 'it keeps keys in a key store, the node keeps them in their records',
    );
  if (there.settings.byName.size > 0 && here.settings.mount.hasDataCrc !== there.settings.mount.hasDataCrc)
    refuse('only one of the two puts a checksum behind every value (CONFIG_NVS_DATA_CRC)');
}
