/**
 * The sample's network as it begins, and the flash of a virtual switch that joined it: the sample's own dump under the identity and
 * the keys it got. What firmware and configuration make of the rest of the flash is the same either way.
 */
import type { Identity } from '../../mesh/index.ts';
import { newNetwork, parseDatabase, type MeshDatabase, type NodeRecord } from '../../meshdb/index.ts';
import { MemoryImage } from '../../image/index.ts';
import { guideRecipe, type RecipeLine } from '../../provision/index.ts';
import type { Engine } from '../../worker/index.ts';
import { randomBytes } from '../browser/platform.ts';
import { sampleFiles } from '../samples/client.ts';

const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

/** Clear of the addresses in the sample's own database, under which its dump is worked on. */
const SWITCH_UNICAST = 0x0020;

export type SampleDevice = 'lamp' | 'switch';

export interface SampleStart {
  readonly database: MeshDatabase;
  /** Of its file. */
  readonly name: string;
  /** Who joins, in this order, and what each is told. */
  readonly joining: readonly {
    readonly device: SampleDevice;
    readonly unicast?: number;
    readonly recipe: readonly RecipeLine[];
  }[];
}

async function sampleNetwork(): Promise<MeshDatabase> {
  const [, json] = sampleFiles();
  return parseDatabase(await bytesOf(json!));
}

/** A network of fresh keys with nobody in it, as the sample's was once: a lamp, and the switch for it, are to join. */
export async function sampleStart(now: Date): Promise<SampleStart> {
  const sample = await sampleNetwork();
  const database = newNetwork(
    { name: sample.meshName, dialect: 'pyaci', appKeyNames: sample.appKeys.map(({ name }) => name), now },
    randomBytes,
  );
  const configured = sample.nodes.find(({ composition }) => composition !== undefined)!;
  return {
    database,
    name: 'mesh.json',
    joining: [
      { device: 'lamp', recipe: guideRecipe(database) },
      { device: 'switch', unicast: SWITCH_UNICAST, recipe: recipeOf(configured) },
    ],
  };
}

/** What a provisioner has told a node, by its record. */
const recipeOf = (node: NodeRecord): readonly RecipeLine[] => [
  { kind: 'composition' },
  ...node.appKeyIndexes.map((appKeyIndex): RecipeLine => ({ kind: 'app-key', appKeyIndex })),
  ...node.elements.flatMap(({ index: element, models }) =>
    models.flatMap(({ modelId: model, bindings, publication }): RecipeLine[] => [
      ...bindings.map((appKeyIndex) => ({ kind: 'bind', element, model, appKeyIndex }) as const),
      ...(publication && typeof publication.address === 'number'
        ? [{ kind: 'publication', element, model, ...publication, address: publication.address } as const]
        : []),
    ]),
  ),
];

/** What is in the flash of the switch that joined. The engine holds the sample afterwards, until other files are opened. */
export async function flashOf(
  engine: Engine,
  { unicast, deviceKey }: Identity,
  { netKeys, appKeys }: MeshDatabase,
): Promise<MemoryImage> {
  const given = await Promise.all(
    sampleFiles().map(async (file) => ({ name: file.name, bytes: await bytesOf(file) })),
  );
  await engine.project.open(given);
  await engine.plan.make({ count: 1, firstUnicast: unicast, firstDeviceKey: deviceKey });
  const { bytes } = await engine.plan.hexFile(0);
  const { segments } = await engine.bytes.imageOfFile({ name: 'switch.hex', bytes });
  const sample = await sampleNetwork();
  const flash = segments.map(({ address, bytes }) => ({ address, bytes: bytes.slice() }));
  for (const [before, after] of [
    [sample.netKeys, netKeys],
    [sample.appKeys, appKeys],
  ] as const)
    for (const [place, { key }] of before.entries())
      for (const { bytes } of flash) replaceIn(bytes, key!, after[place]!.key!);
  return MemoryImage.of(flash);
}

/** Wherever it stands. */
function replaceIn(bytes: Uint8Array, before: Uint8Array, after: Uint8Array): void {
  for (let at = bytes.indexOf(before[0]!); at !== -1; at = bytes.indexOf(before[0]!, at + 1))
    if (before.every((byte, i) => bytes[at + i] === byte)) bytes.set(after, at);
}
