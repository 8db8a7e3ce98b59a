/** The dumps of tests/fixtures/nodes, and what each release's own code made of them. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fromHex } from '../../../src/bytes.ts';
import { parseHex } from '../../../src/hex/index.ts';
import { type MemoryImage, type NodeStateJson } from '../../../src/image/index.ts';
import { type Identity } from '../../../src/mesh/index.ts';

export interface Manifest {
  readonly nextBoot: NodeStateJson & { readonly assertionFailed: boolean };
  readonly secondBoot?: NodeStateJson & { readonly assertionFailed: boolean };
  readonly refuse: string | null;
  readonly warning: string | null;
  readonly recoveryPage: string;
  readonly deviceKeyLocations: readonly {
    readonly keyAddress: string;
    readonly key: string;
    readonly live: boolean;
    readonly own: boolean;
    readonly stale?: boolean;
  }[];
  readonly patchCheck?: { readonly newUnicast: string; readonly newDeviceKey: string };
  readonly pages: readonly { readonly address: string; readonly role: string }[];
}

const folder = new URL('../../fixtures/nodes/', import.meta.url);
const unzip = (path: string): string => gunzipSync(readFileSync(new URL(path, folder))).toString();

export const manifests = JSON.parse(unzip('manifests.json.gz')) as Readonly<
  Record<string, Readonly<Record<string, Manifest>>>
>;
export const releases: readonly string[] = Object.keys(manifests);

export interface Fixture {
  readonly release: string;
  readonly history: string;
  readonly manifest: Manifest;
}
export const fixtures: readonly Fixture[] = Object.entries(manifests).flatMap(([release, histories]) =>
  Object.entries(histories).map(([history, manifest]) => ({ release, history, manifest })),
);

export const readDump = (release: string, history: string): MemoryImage =>
  parseHex(unzip(`${release}/${history}.hex.gz`)).image;

/** The identity that was tried on the release's own code. */
export function triedIdentity({ patchCheck }: Manifest): Identity {
  return {
    unicast: Number.parseInt(patchCheck!.newUnicast, 16),
    deviceKey: fromHex(patchCheck!.newDeviceKey)!,
  };
}

/** A manifest's state in the form in which we print ours; it lists the firmware's models where the image holds none. */
export function stateOf(state: Manifest['nextBoot'], modelsKnown: boolean): NodeStateJson {
  const { stackInitStatus, assertionFailed, ...rest } = state as Manifest['nextBoot'] & {
    stackInitStatus: number;
  };
  void [stackInitStatus, assertionFailed];
  return modelsKnown ? rest : { ...rest, models: [] };
}
