/** The dumps of tests/fixtures/zephyr, or of the folder that ZEPHYR_IMAGES names, and what Zephyr's own code made of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseHex } from '../../../src/hex/index.ts';
import type { MemoryImage } from '../../../src/image/index.ts';
import { fixture } from '../../support/fixtures.ts';

export interface Manifest {
  readonly backend: 'nvs' | 'zms';
  readonly data_crc: boolean;
  readonly key_storage: 'raw' | 'psa';
  readonly partition: { readonly address: number; readonly size: number };
  readonly provisioned: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly value_locations: Readonly<
    Record<string, { readonly address: number; readonly length: number; readonly ate: number }>
  >;
  readonly psa_keys?: Readonly<Record<string, string>>;
  readonly node?: {
    readonly primary_addr: number;
    readonly dev_key: string;
    readonly net_keys: Readonly<Record<string, readonly [string, string | null, number]>>;
    readonly app_keys: Readonly<
      Record<string, { readonly net_idx: number; readonly key: string; readonly new_key: string | null }>
    >;
    readonly models: Readonly<
      Record<string, { readonly bind?: readonly number[]; readonly pub?: { readonly addr: number } }>
    >;
    readonly iv_index: number;
    readonly iv_update: number;
    readonly seq: number;
    readonly rpl: Readonly<Record<string, { readonly seq: number; readonly old_iv: boolean }>>;
  };
  readonly clone_example?: {
    readonly primary_addr: number;
    readonly dev_key: string;
    readonly seq: number;
    readonly nonce?: string;
    readonly settings_after: Readonly<Record<string, string>>;
    readonly sha256_of_partition: string;
  };
}

export interface Fixture {
  /** `v4.2-nvs/fresh-light` */
  readonly name: string;
  readonly history: string;
  readonly manifest: Manifest;
  readonly readDump: () => MemoryImage;
}

const parse = (packed: Buffer): MemoryImage =>
  parseHex((packed[0] === 0x1f ? gunzipSync(packed) : packed).toString('latin1')).image;

function kept(): Fixture[] {
  const manifests = JSON.parse(gunzipSync(fixture('zephyr/manifests.json.gz')).toString()) as Readonly<
    Record<string, Readonly<Record<string, Manifest>>>
  >;
  return Object.entries(manifests).flatMap(([storage, histories]) =>
    Object.entries(histories).map(([history, manifest]) => ({
      name: `${storage}/${history}`,
      history,
      manifest,
      readDump: () => parse(fixture(`zephyr/${storage}/${history}.hex.gz`)),
    })),
  );
}

function given(folder: string): Fixture[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort()
    .flatMap((path) => {
      const stem = join(folder, path.slice(0, -'.json'.length));
      const file = [`${stem}.hex.gz`, `${stem}.hex`].find((one) => existsSync(one));
      if (file === undefined) return [];
      return {
        name: path.slice(0, -'.json'.length),
        history: path.split('/').at(-1)!.slice(0, -'.json'.length),
        manifest: JSON.parse(readFileSync(`${stem}.json`, 'utf8')) as Manifest,
        readDump: () => parse(readFileSync(file)),
      };
    });
}

const folder = process.env['ZEPHYR_IMAGES'];
export const fixtures: readonly Fixture[] = folder === undefined ? kept() : given(folder);

export const fixtureOf = (name: string): Fixture => {
  const found = fixtures.find((one) => one.name === name);
  if (!found) throw new Error(`No fixture ${name}`);
  return found;
};
