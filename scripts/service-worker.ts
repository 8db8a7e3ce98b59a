/** Builds `sw.js`, which knows every file of a built page by name and SHA-256. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { build } from 'vite';

/** Not of the page: the command line, the service worker itself, and the sample's files, which the page has in a script. */
const LEFT_OUT = /^(cli\.js$|sw\.js$|samples\/)/;

/**
 * @param folder   where a page was built; `sw.js` is put beside it
 * @param version  what it is called: `0.2.0`
 */
export async function buildServiceWorker(folder: string, version: string): Promise<void> {
  const files = filesOf(folder);
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    define: {
      __FILES__: JSON.stringify(files),
      __FIRST__: JSON.stringify(firstOf(folder)),
      __BUILD__: JSON.stringify(sha256(JSON.stringify(files)).toString('hex').slice(0, 16)),
      __VERSION__: JSON.stringify(version),
    },
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: {
        input: join(import.meta.dirname, '../src/offline/service-worker.ts'),
        output: { entryFileNames: 'sw.js', format: 'iife' },
      },
    },
  });
}

/** What the page asks for before it can say anything, itself included. */
function firstOf(folder: string): readonly string[] {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  return [
    '',
    ...[...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path!),
  ];
}

/** Path to integrity, as `fetch` takes it; hosts name the page by its folder, so its path is empty. */
export function filesOf(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder, sep).length))
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => !LEFT_OUT.test(path))
    .sort();
  return Object.fromEntries(
    paths.map((path) => [
      path === 'index.html' ? '' : path,
      `sha256-${sha256(readFileSync(join(folder, path))).toString('base64')}`,
    ]),
  );
}

const sha256 = (content: string | Buffer): Buffer => createHash('sha256').update(content).digest();
