/**
 * `npm run faults:cli`: strike the command line at every file operation, and print what was tried and what was lost. Ends with
 * code 1 when anything was.
 */
Object.assign(globalThis, { __VERSION__: 'faults', __COMMIT__: 'unknown' });

const { ERRORS, SCENARIOS, failEverywhere, killEverywhere, killProcesses, race } =
  await import('./campaigns.ts');
const { Children } = await import('./children.ts');

const children = await Children.prepare();
const rounds = Number(process.argv[2] ?? 100);

let isWhole = true;
try {
  for (const campaign of [
    () => killEverywhere(),
    () => killProcesses(children, SCENARIOS),
    () => failEverywhere(() => ERRORS),
    () => race(children, rounds),
  ]) {
    const { title, tried, lost, doubled, broken } = await campaign();
    console.log(
      `${title.padEnd(42)} tried ${String(tried).padStart(5)}   lost ${lost.length}   doubled ${doubled.length}   broken ${broken.length}`,
    );
    for (const one of [...lost, ...doubled, ...broken].slice(0, 20)) console.log(`  ${one}`);
    isWhole &&= lost.length + doubled.length + broken.length === 0;
  }
} finally {
  children.end();
}
process.exitCode = isWhole ? 0 : 1;

export {};
