/** New firmware for a node that is to stay who it is: its dump and the files of the firmware become one image for its board. */
import { formatHex } from '../hex/index.ts';
import { joinFirmware, type ImageReading, type JoinedFirmware } from '../kinds/index.ts';
import { besideOf, type Dump } from './dump.ts';
import * as errors from './errors.ts';

export interface FirmwareUpdate extends JoinedFirmware {
  /** The image as Intel HEX. It holds the keys of the node. */
  readonly hex: Uint8Array;
}

/**
 * @param node      the dump of the node, read
 * @param firmware  the HEX of a build, in one file or in several, or a dump of a board that runs it
 * @param release   of the new firmware, on a person's word: `4.2.0`
 * @throws `clone/unknown-release`, and what `joinFirmware` throws
 */
export function updateFirmware(node: ImageReading, firmware: Dump, release?: string): FirmwareUpdate {
  const { title, releases } = node.kind;
  if (release !== undefined && !releases.includes(release))
    throw errors.unknownRelease(title, release, releases);
  const joined = joinFirmware(node, {
    image: firmware.image,
    ...besideOf(firmware),
    ...(release !== undefined && { release }),
  });
  return { ...joined, hex: new TextEncoder().encode(formatHex(joined.image, firmware.start)) };
}
