/** `npm run fuzz`: see `command.ts`. Run through Vite, as the page is: Node alone finds no names in dapjs, which is UMD there. */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const target = fileURLToPath(new URL('command.ts', import.meta.url));
const resolve = { noExternal: ['dapjs'], mainFields: ['module'] };
await runnerImport(target, { configFile: false, logLevel: 'warn', environments: { inline: { resolve } } });
