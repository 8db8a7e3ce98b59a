/** Virtual boards that carry a node, to be read as real ones are: the sample's, or one that joined in the tour. */
import { MemoryImage } from '../../image/index.ts';
import type { Identity } from '../../mesh/index.ts';
import { formatDatabase, type MeshDatabase } from '../../meshdb/index.ts';
import { VirtualBoard } from '../../virtual/index.ts';
import type { Engine } from '../../worker/index.ts';
import { sampleFiles } from '../samples/client.ts';
import { PacedClock } from './paced-clock.ts';
import { flashOf } from './sample-donor.ts';

export interface VirtualDonor {
  readonly device: USBDevice;
  readonly clock: PacedClock;
  /** Of its network. */
  readonly database: File;
}

const boardWith = (contents: MemoryImage, deviceId: bigint, database: File): VirtualDonor => {
  const clock = new PacedClock(4);
  const board = new VirtualBoard({ probe: 'debug-probe', serial: 'DEMO0000', contents, clock, deviceId });
  return { device: board.device, clock, database };
};

export async function sampleBoard(engine: Engine): Promise<VirtualDonor> {
  const [dump, database] = sampleFiles();
  const bytes = new Uint8Array(await dump!.arrayBuffer());
  const { segments } = await engine.bytes.imageOfFile({ name: dump!.name, bytes });
  return boardWith(MemoryImage.of(segments), 0x00d0_0e5a_4b1c_2f37n, database!);
}

/**
 * The board of a virtual switch that joined.
 *
 * @param uuid  it called itself so before, 32 hex digits: the second half is its chip's DEVICEID, as the firmware of the SDK has it
 * @param name  of the database's file
 */
export async function joinedBoard(
  engine: Engine,
  identity: Identity & { readonly uuid: string },
  database: MeshDatabase,
  name: string,
): Promise<VirtualDonor> {
  const littleEndian = identity.uuid.slice(16).match(/../g)!.reverse().join('');
  const json = formatDatabase(database) as Uint8Array<ArrayBuffer>;
  return boardWith(
    await flashOf(engine, identity, database),
    BigInt(`0x${littleEndian}`),
    new File([json], name, { type: 'application/json' }),
  );
}
