/**
 * The sample network before its switch was provisioned, and the flash of a virtual switch that just was: the sample's own dump under
 * the identity it got. What firmware and configuration make of the rest of the flash is the same either way.
 */
import {
  clockAt,
  findDonor,
  planClones,
  portableSha256,
  readDump,
  rendererOf,
  type Donor,
} from '../../clone/index.ts';
import { readImage } from '../../kinds/index.ts';
import type { Identity } from '../../mesh/index.ts';
import { parseDatabase, removeNode, type MeshDatabase } from '../../meshdb/index.ts';
import type { RecipeLine } from '../../provision/index.ts';
import { sampleFiles } from '../sample.ts';

const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

async function sample(): Promise<{ donor: Donor; database: MeshDatabase; name: string }> {
  const [dump, json] = sampleFiles();
  const database = parseDatabase(await bytesOf(json!));
  const read = readDump([{ name: dump!.name, bytes: await bytesOf(dump!) }]);
  return { donor: findDonor(read, readImage(read.image), database), database, name: json!.name };
}

/** The sample network without its switch, and what the provisioner told the switch. */
export async function sampleBefore(now: Date): Promise<{
  readonly database: MeshDatabase;
  readonly name: string;
  readonly recipe: readonly RecipeLine[];
}> {
  const { donor, database, name } = await sample();
  const { node } = donor;
  const recipe = node.elements.flatMap(({ index: element, models }) =>
    models.flatMap(({ modelId: model, bindings, publication }): RecipeLine[] => [
      ...bindings.map((appKeyIndex) => ({ kind: 'bind', element, model, appKeyIndex }) as const),
      ...(publication && typeof publication.address === 'number'
        ? [{ kind: 'publication', element, model, ...publication, address: publication.address } as const]
        : []),
    ]),
  );
  return {
    database: removeNode(database, node.unicast, 0, clockAt(now)),
    name,
    recipe: [
      { kind: 'composition' },
      ...node.appKeyIndexes.map((appKeyIndex) => ({ kind: 'app-key', appKeyIndex }) as const),
      ...recipe,
    ],
  };
}

/** What a debug probe reads out of the switch: Intel HEX of its whole flash. */
export async function dumpOf({ unicast, deviceKey }: Identity, name: string): Promise<File> {
  const { donor } = await sample();
  const wishes = { count: 1, firstUnicast: unicast, firstDeviceKey: deviceKey };
  const plan = planClones(donor, wishes, (count) => crypto.getRandomValues(new Uint8Array(count)));
  const { renderer } = rendererOf(donor, plan, 'full', { sha256: portableSha256 });
  const text = renderer.hex(renderer.render(plan.clones[0]!));
  return new File([...text] as Uint8Array<ArrayBuffer>[], `${name}.hex`);
}
