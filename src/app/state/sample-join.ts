/** The tour's first steps: devices of the sample join a network that did not exist before, and the board of one of them. */
import { uuidDigits } from '../../meshdb/index.ts';
import type { Engine } from '../../worker/index.ts';
import { currentDate } from '../browser/platform.ts';
import type { SampleDevice } from '../demo/sample-donor.ts';
import type { VirtualDonor } from '../demo/virtual-donor.ts';
import type { JoinState } from './join.svelte.ts';
import type { Radio, RadioKind } from './radio-parts.ts';

/** A lamp, and the switch whose clones will be pressed, join by a virtual radio. `joined` is the switch, once all is done. */
export async function joinSample(
  join: JoinState,
  radio: Radio,
  kind: Extract<RadioKind, 'virtual' | 'virtual-bluetooth'>,
): Promise<void> {
  const { sampleStart } = await import('../demo/sample-donor.ts');
  const { database, name, joining } = await sampleStart(currentDate());
  join.forgetPreparation();
  join.database = database;
  join.databaseName = name;
  join.isNewNetwork = true;
  for (const { device, unicast, recipe } of joining) {
    join.joined = null;
    join.waiting = [device];
    join.setRecipe(recipe);
    if (!(await radio.connect(kind, 'join'))) return;
    await choose(join, radio, device);
    join.name = device;
    await join.provision(unicast);
    join.uuid = '';
    if (join.outcomes.some(({ state }) => state !== 'done')) {
      join.joined = null;
      return;
    }
  }
}

/** A kit hears what the device calls itself; a browser's Bluetooth does not tell, but its label does. */
async function choose(join: JoinState, radio: Radio, device: SampleDevice): Promise<void> {
  join.layOut();
  const uuid = radio.desk?.uuidOf(device) ?? '';
  join.uuid = uuid;
  await join.startScan();
  while (join.scanning && !join.around.some((heard) => heard.uuid === uuid)) await radio.clock.sleep(200);
  join.chosen = uuid;
}

/** The board of the node that joined, for a probe to read. */
export async function joinedVirtualBoard(join: JoinState, engine: Engine): Promise<VirtualDonor | null> {
  const { database, databaseName, joined } = join;
  const node = database?.nodes.find(({ unicast }) => unicast === joined?.unicast);
  if (!database || !node?.deviceKey) return null;
  const { joinedBoard } = await import('../demo/virtual-donor.ts');
  const { unicast, elementCount, deviceKey } = node;
  const identity = { unicast, elementCount, deviceKey, uuid: uuidDigits(node.uuid) };
  return joinedBoard(engine, identity, database, databaseName);
}
