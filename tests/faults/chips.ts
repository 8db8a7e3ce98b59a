/**
 * `npm run faults:chips`: the long forms of what happens to chips and probes, and what was tried as they print it. Ends with code 1 when
 * an identity was lost or doubled, or a board called done that is not. Words behind it choose tests by their names, chips for example.
 */
import { startVitest } from 'vitest/node';

process.env['CHIP_FAULTS'] = 'all';
const [, , ...names] = process.argv;
const vitest = await startVitest(
  'test',
  ['tests/bench/power-cuts', 'tests/bench/lying-probes', 'tests/bench/hub-power'],
  {
    run: true,
    project: 'unit',
    ...(names.length > 0 && { testNamePattern: names.join('|') }),
  },
);
await vitest.close();
