/** `npm test`: install what is missing, find or fetch Chromium, build, and run unit, property and browser tests. */
import { run } from './install.mjs';

const { ensureChromium } = await import('./chromium.mjs');
const env = { ...process.env, CHROMIUM_PATH: ensureChromium() };

run('npm', ['run', '--silent', 'build']);
run('npx', ['vitest', 'run', ...process.argv.slice(2)], { env });
