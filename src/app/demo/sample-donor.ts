/**
 * The sample network before its switch was provisioned, and the flash of a virtual switch that just was: the sample's own dump under
 * the identity it got. What firmware and configuration make of the rest of the flash is the same either way.
 */
import type { Identity } from '../../mesh/index.ts';
import { parseDatabase, removeNodes, type MeshDatabase } from '../../meshdb/index.ts';
import type { RecipeLine } from '../../provision/index.ts';
import type { Engine } from '../../worker/index.ts';
import { sampleFiles } from '../samples/client.ts';

const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

/** The sample network without its switch, and what the provisioner told the switch. */
export async function sampleBefore(now: Date): Promise<{
  readonly database: MeshDatabase;
  readonly name: string;
  readonly recipe: readonly RecipeLine[];
}> {
  const [, json] = sampleFiles();
  const database = parseDatabase(await bytesOf(json!));
  const node = database.nodes.find(({ composition }) => composition !== undefined)!; // the one that was configured
  const told = node.elements.flatMap(({ index: element, models }) =>
    models.flatMap(({ modelId: model, bindings, publication }): RecipeLine[] => [
      ...bindings.map((appKeyIndex) => ({ kind: 'bind', element, model, appKeyIndex }) as const),
      ...(publication && typeof publication.address === 'number'
        ? [{ kind: 'publication', element, model, ...publication, address: publication.address } as const]
        : []),
    ]),
  );
  return {
    database: removeNodes(database, [node.index], 0, { now }).database,
    name: json!.name,
    recipe: [
      { kind: 'composition' },
      ...node.appKeyIndexes.map((appKeyIndex) => ({ kind: 'app-key', appKeyIndex }) as const),
      ...told,
    ],
  };
}

/** What a debug probe reads out of the switch. The engine holds the sample afterwards, until other files are opened. */
export async function dumpOf(engine: Engine, { unicast, deviceKey }: Identity, name: string): Promise<File> {
  const given = await Promise.all(
    sampleFiles().map(async (file) => ({ name: file.name, bytes: await bytesOf(file) })),
  );
  await engine.project.open(given);
  await engine.plan.make({ count: 1, firstUnicast: unicast, firstDeviceKey: deviceKey });
  const { bytes } = await engine.plan.hexFile(0);
  return new File([bytes as Uint8Array<ArrayBuffer>], `${name}.hex`);
}
