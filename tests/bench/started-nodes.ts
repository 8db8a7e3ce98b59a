/** Nodes of both kinds on chips just large enough for them, and what their firmware may do to its state once it was started. */
import type { MemoryImage } from '../../src/image/index.ts';
import type { ChipProfile } from '../../src/virtual/index.ts';
import * as flash from '../kinds/flashfs/area-writer.ts';
import * as zephyr from '../kinds/zephyr/area-writer.ts';
import { sized } from '../support/every-transfer.ts';
import { pattern } from '../target/bench.ts';

type Change = (flash: Uint8Array) => void;
export type Conduct = 'starts' | 'goesBack' | 'jumps' | 'ivGoesBack' | 'wipes' | 'hasOtherKey';

export interface StartedNode {
  readonly silicon: ChipProfile;
  readonly image: MemoryImage;
  readonly elements: number;
  readonly does: Readonly<Record<Conduct, Change>>;
}

/** A stack at the end of RAM, and a way in. */
const VECTORS = [0x00, 0x40, 0x00, 0x20, 0x81, 0x00, 0x00, 0x00];
const CODE = { address: 0, bytes: Uint8Array.of(...VECTORS, ...pattern(0xf8, 7)) };

/** Of the nRF5 SDK for Mesh: entries behind those of its network state. */
export function switchNode(unicast: number): StartedNode {
  const areas = flash.switchB(unicast);
  const [netState, deviceState] = [0x1e000, 0x1d000];
  const append =
    (...entries: readonly flash.EntrySpec[]): Change =>
    (chip) =>
      chip.set(
        flash.writeArea(flash.withEntries(areas, flash.NET_STATE, ...entries)[flash.NET_STATE]!),
        netState,
      );
  const key = flash
    .writeArea(areas[flash.DSM]!)
    .findIndex((_, i, all) => flash.DEVICE_KEY.every((byte, n) => all[i + n] === byte));
  return {
    silicon: sized(0x20000),
    image: flash.imageOf({ recoveryPage: 0x1f000, areas }, CODE),
    elements: 1,
    does: {
      starts: append(flash.sequenceB(0x4000)),
      goesBack: append(flash.sequenceB(0)),
      jumps: append(flash.sequenceB(0x8000)),
      ivGoesBack: append(flash.ivB(2)),
      wipes: (chip) => chip.fill(0xff, deviceState - 0x1000, netState),
      hasOtherKey: (chip) => chip.fill(0x5a, deviceState + key, deviceState + key + 16),
    },
  };
}

/** Of the nRF Connect SDK: changed settings behind those that they override. */
export function lightNode(unicast: number, format: 'nvs' | 'zms'): StartedNode {
  const address = 0x4000;
  const settings = zephyr.light(unicast);
  const sectors = (...more: readonly zephyr.EntrySpec[]) =>
    zephyr.lightArea(format, settings, {
      address,
      sectors: [
        { entries: [...zephyr.store(format, settings), ...more] },
        ...Array<zephyr.SectorSpec>(3).fill({ blank: true }),
      ],
    });
  const set =
    (name: string, data: readonly number[]): Change =>
    (chip) => {
      const { value } = zephyr.idsOf(format, Object.keys(settings).indexOf(name));
      for (const part of zephyr.writeArea(sectors({ id: value, data }))) chip.set(part.bytes, part.address);
    };
  return {
    silicon: sized(0x8000),
    image: zephyr.imageOf(sectors(), CODE),
    elements: 2,
    does: {
      starts: set('bt/mesh/Seq', [0, 2, 0]),
      goesBack: set('bt/mesh/Seq', [0, 0, 0]),
      jumps: set('bt/mesh/Seq', [0, 0, 1]),
      ivGoesBack: set('bt/mesh/IV', [4, 0, 0, 0, 0]),
      wipes: (chip) => chip.fill(0xff, address, address + 0x4000),
      hasOtherKey: set('bt/mesh/Net', [...zephyr.le16(unicast), ...zephyr.key(0x77)]),
    },
  };
}
