/**
 * Whose code ships with Meshpress, and under which licences: `npm run licences` writes `public/licences.txt`, which page and package carry, and
 * `docs/licences.md` from what is installed. A test holds both against it, and no build takes in a package that is not in the list.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const root = join(import.meta.dirname, '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

/** Every package that a build takes code of, the last three come with components. All else that is installed is for development. */
export const SHIPPED: readonly string[] = [
  '@noble/ciphers',
  '@noble/hashes',
  'dapjs',
  'hash-wasm',
  'idb-keyval',
  'lean-qr',
  'nrf-intel-hex',
  'pako',
  'svelte',
  'clsx',
  'esm-env',
];

interface Licence {
  readonly name: string;
  readonly version: string;
  /** SPDX, as the package has it. */
  readonly licence: string;
  readonly home: string;
  readonly text: string;
}

function licenceOf(name: string): Licence {
  const folder = join('node_modules', name);
  const { version, license, homepage } = JSON.parse(read(folder, 'package.json')) as {
    version: string;
    license: string;
    homepage?: string;
  };
  const file = readdirSync(join(root, folder)).find((one) => /^licen[cs]e(\.\w+)?$/i.test(one));
  if (!file || !license) throw new Error(`${name} has no licence.`);
  return {
    name,
    version,
    licence: license.replace(/^\((.*)\)$/, '$1'),
    home: homepage ?? `https://www.npmjs.com/package/${name}`,
    text: tidy(read(folder, file)),
  };
}

/** As a text file of this repository has it. */
const tidy = (text: string) =>
  text
    .replaceAll('\r\n', '\n')
    .replace(/[ \t]+$/gm, '')
    .trim();

/** Where the text of a licence stands that a package only refers to: in a package that has it whole, and need not ship. */
const REFERRED_TO = [
  { licence: 'Apache-2.0', title: 'Apache License 2.0', file: 'node_modules/typescript/LICENSE.txt' },
] as const;

/** Some hosts do not say of a text how it is encoded; with this before it a browser knows. */
const UTF_8 = '\ufeff';

/** All texts, as the page shows them. */
export function licencesText(): string {
  const shipped = SHIPPED.map(licenceOf);
  const referred = REFERRED_TO.filter((one) => shipped.some(({ licence }) => licence.includes(one.licence)));
  const parts = [
    `Meshpress\n\n${tidy(read('LICENSE'))}`,
    ...shipped.map(({ name, version, licence, text }) => `${name} ${version} (${licence})\n\n${text}`),
    ...referred.map(({ title, file }) => `${title}\n\n${tidy(read(file))}`),
  ];
  return `${UTF_8}Meshpress and the packages whose code it carries.\n\n${parts.map((part) => `${'='.repeat(40)}\n${part}\n`).join('\n')}`;
}

/** The list of them. */
export function licencesPage(): string {
  const rows = SHIPPED.map(licenceOf).map(
    ({ name, version, licence, home }) => `| [${name}](${home}) | ${version} | ${licence} |`,
  );
  return `# Licences

Meshpress is under the MIT licence ([LICENSE](../LICENSE)). The built page and \`dist/cli.js\` carry code of these packages; their texts are in
[public/licences.txt](../public/licences.txt), which the page shows by **Licences** in its foot and the package has in \`dist/\`. \`npm run licences\` writes both
files from what is installed; \`tests/packaging\` holds them against it, and a build stops at a package that is not here.

| package | version | licence |
| --- | --- | --- |
${rows.join('\n')}
`;
}

/** Stops a build that takes in code of a package whose licence is not shown. */
export const withKnownLicences: Plugin = {
  name: 'with-known-licences',
  apply: 'build',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      const packages = file.type === 'chunk' ? file.moduleIds.map(packageOf) : [];
      const unknown = packages.find((name) => name !== undefined && !SHIPPED.includes(name));
      if (unknown) this.error(`${unknown} ships, and its licence is not shown: see scripts/licences.ts.`);
    }
  },
};

/** Of which package a module is; `undefined` for our own. */
const packageOf = (id: string): string | undefined =>
  /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/'))?.[1];
