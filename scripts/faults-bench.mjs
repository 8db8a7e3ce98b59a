/** `npm run faults:bench`: tabs struck at each of their writes, browsers killed and tabs frozen at each transfer to a board. Arguments go to Vitest. */
import { run } from './install.mjs';

const files = ['tests/app/tab-faults.test.ts', 'tests/bench/interrupted.test.ts'];
run('npx', ['vitest', 'run', '--project', 'unit', ...files, ...process.argv.slice(2)], {
  env: { ...process.env, FAULTS: 'long' },
});
