/** Builds the page if its sources are newer than the last build, and serves it as any static host would. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, preview } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    pageUrl: string;
  }
}

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = [
  'src',
  'public',
  'index.html',
  'package.json',
  'vite.config.ts',
  'scripts/service-worker.ts',
];

const newest = (path: string): number =>
  statSync(path).isDirectory()
    ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;

export async function serveBuiltPage(): Promise<{ url: string; close: () => Promise<void> }> {
  const built = join(ROOT, 'dist/index.html');
  if (
    !existsSync(built) ||
    statSync(built).mtimeMs < Math.max(...SOURCES.map((one) => newest(join(ROOT, one))))
  ) {
    await buildForProduction();
  }
  const server = await preview({ root: ROOT, logLevel: 'warn', preview: { port: 0, host: '127.0.0.1' } });
  return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
}

/** As `npm run build` does it: Vitest's own NODE_ENV would make Svelte a development build. */
async function buildForProduction() {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await build({ root: ROOT, logLevel: 'warn' });
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

export default async function setup(project: TestProject) {
  const { url, close } = await serveBuiltPage();
  project.provide('pageUrl', url);
  return close;
}
