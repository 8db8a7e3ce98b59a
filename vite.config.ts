import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };
import { HEADERS } from './scripts/headers.ts';
import { buildServiceWorker } from './scripts/service-worker.ts';

/** The page's policy forbids what the dev server lives on: styles put in by scripts, and a socket. Builds keep it. */
const withoutPolicyInDev: Plugin = {
  name: 'without-policy-in-dev',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
};

/** Once all files of the page lie there. */
const withServiceWorker: Plugin = {
  name: 'with-service-worker',
  apply: 'build',
  writeBundle: { order: 'post', handler: ({ dir }) => buildServiceWorker(dir!, manifest.version) },
};

export default defineConfig({
  base: './', // the page also works from a subfolder of a static host
  define: { __VERSION__: JSON.stringify(manifest.version) },
  plugins: [svelte(), withoutPolicyInDev, withServiceWorker],
  worker: { format: 'es' },
  preview: { headers: HEADERS },
  build: { target: 'es2023', modulePreload: { polyfill: false } },
  test: {
    testTimeout: 60_000,
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['tests/**/*.test.ts'], exclude: ['tests/browser/**'] },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/browser/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } }, // as long as a page is given for anything else
        },
      },
    ],
  },
});
