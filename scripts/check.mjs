/** `npm run check`: format, lint and types beside each other. What each says is printed whole when it has ended; one that fails fails all. */
import { spawn } from 'node:child_process';
import { root } from './install.mjs';

const CHECKS = ['format:check', 'lint', 'types'];

/** Run one of the package's scripts; resolves whether it went well. */
function check(script) {
  const child = spawn('npm', ['run', '--silent', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => said.push(part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      console.log(`${script}: ${status === 0 ? 'passed' : `failed (${signal ?? status})`}`);
      process.stdout.write(Buffer.concat(said));
      resolve(status === 0);
    });
  });
}

const passed = await Promise.all(CHECKS.map(check));
process.exitCode = passed.every(Boolean) ? 0 : 1;
