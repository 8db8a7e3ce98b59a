import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { BUILD_INFO, version } from './scripts/build-info.ts';
import { HEADERS } from './scripts/headers.ts';
import { withKnownLicences } from './scripts/licences.ts';
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
  writeBundle: { order: 'post', handler: ({ dir }) => buildServiceWorker(dir!, version) },
};

/** The page needs the words of the program in a chip's RAM; the source beside them is for readers and for the test that assembles it. */
const withoutLoaderSource: Plugin = {
  name: 'without-loader-source',
  apply: 'build',
  enforce: 'pre',
  transform: {
    filter: { id: /\/src\/target\/loader-listing\.ts$/ },
    handler: (code) =>
      code.replace(/(?<=LISTING = `)[^`]*/, (listing) =>
        listing
          .replace(/^(?![0-9a-f]{4} [0-9a-f]{4}).*\n/gm, '')
          .replace(/^([0-9a-f]{4} (?:[0-9a-f]{4} )+) *(unpack:)?.*$/gm, '$1$2')
          .replace(/\n(?!.*unpack:)[0-9a-f]{4} /g, '')
          .replace(/^(.{5})(.*)unpack:(.*)$/m, '$1$2$3 unpack:')
          .replace(/(?<=^.{5,}[0-9a-f]{4}) (?=[0-9a-f]{4})/gm, ''),
      ),
  },
};

/**
 * Tests of the command line and of rooms that keep nothing between calls and touch nothing global: their files share the modules that they
 * load, which would otherwise take longer than many of the tests. A file that mocks modules is called otherwise.
 */
const ENGINE_TESTS = [
  'tests/{cli,clone,gatt,hex,image,kinds,mesh,meshdb,on-air,probe,provision,serial,session,target,virtual,zip}/**/!(*.mocked).test.ts',
  'tests/{crc32,csv}.test.ts',
];

export default defineConfig({
  base: './', // the page also works from a subfolder of a static host
  define: BUILD_INFO,
  plugins: [svelte(), withoutLoaderSource, withoutPolicyInDev, withServiceWorker, withKnownLicences],
  worker: { format: 'es', plugins: () => [withKnownLicences] },
  preview: { headers: HEADERS },
  build: { target: 'es2023', modulePreload: { polyfill: false } },
  test: {
    testTimeout: 60_000,
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'engine',
          include: ENGINE_TESTS,
          isolate: false,
          setupFiles: ['tests/support/properties.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/browser/**', ...ENGINE_TESTS],
          setupFiles: ['tests/support/properties.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          isolate: false,
          globalSetup: ['tests/browser/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } }, // as long as a page is given for anything else
        },
      },
    ],
  },
});
