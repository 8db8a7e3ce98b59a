/** A virtual board that carries the sample's node, to be read as a real one is. */
import { MemoryImage } from '../../image/index.ts';
import { VirtualBoard } from '../../virtual/index.ts';
import type { Engine } from '../../worker/index.ts';
import { sampleFiles } from '../samples/client.ts';
import { PacedClock } from './paced-clock.ts';

export async function virtualDonor(engine: Engine) {
  const [dump, database] = sampleFiles();
  const bytes = new Uint8Array(await dump!.arrayBuffer());
  const { segments } = await engine.bytes.imageOfFile({ name: dump!.name, bytes });
  const clock = new PacedClock(4);
  const board = new VirtualBoard({
    probe: 'debug-probe',
    serial: 'DEMO0000',
    contents: MemoryImage.of(segments),
    clock,
    deviceId: 0x00d0_0e5a_4b1c_2f37n,
  });
  return { device: board.device, clock, database: database! };
}
