import { defineConfig } from 'vite';
import { BUILD_INFO } from './scripts/build-info.ts';
import { withKnownLicences } from './scripts/licences.ts';

/** The command line: one file for Node 20 with everything in it, beside the page in `dist/`. */
export default defineConfig({
  define: BUILD_INFO,
  plugins: [withKnownLicences],
  publicDir: false,
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: 'src/cli/main.ts',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    rolldownOptions: {
      experimental: { attachDebugInfo: 'none' }, // comments with paths, as seen from the folder that a build is started in
      output: { entryFileNames: 'cli.js', codeSplitting: false, banner: '#!/usr/bin/env node' },
    },
  },
});
