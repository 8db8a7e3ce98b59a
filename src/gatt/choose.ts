/** The one question to a person: which device. It takes a press of a button, and shows what advertises a mesh service. */
import type { KnownError } from '../errors.ts';
import { MESH_SERVICES, type MeshServiceName } from '../mesh/index.ts';
import type { Bluetooth } from './bluetooth.ts';
import { noAdapter, noneChosen, notPermitted, noWebBluetooth } from './errors.ts';
import { GattNode, type GattSurroundings } from './gatt-node.ts';

/**
 * Have a node chosen. Both services may be used afterwards, since a node that is provisioned changes from one to the other and
 * another question would take another press.
 *
 * @param bluetooth  `navigator.bluetooth`, where there is one
 * @param show       what the nodes that are shown have to offer now
 * @throws           `gatt/no-web-bluetooth`, `gatt/no-adapter`, `gatt/not-permitted`, `gatt/none-chosen`
 */
export async function chooseNode(
  bluetooth: Bluetooth | undefined,
  show: readonly MeshServiceName[],
  surroundings: GattSurroundings,
): Promise<GattNode> {
  if (!bluetooth) throw noWebBluetooth(surroundings.system);
  try {
    const device = await bluetooth.requestDevice({
      filters: show.map((name) => ({ services: [MESH_SERVICES[name].service] })),
      optionalServices: Object.values(MESH_SERVICES).map(({ service }) => service),
    });
    return new GattNode(device, surroundings);
  } catch (error) {
    // asked after, not before: a question in between would use the press up
    const isThere = await bluetooth.getAvailability?.().catch(() => undefined);
    throw isThere === false ? noAdapter(surroundings.system) : refusal(error);
  }
}

function refusal(error: unknown): KnownError {
  const { name } = error as { readonly name?: unknown };
  return name === 'NotFoundError' || name === 'AbortError' ? noneChosen() : notPermitted(error);
}
