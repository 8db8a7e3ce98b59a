/** Install the dependencies when they are not there or not those of the lock file. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Meshpress needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Run a program in the project's folder and stop with its exit code when it fails. */
export function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
  if (status !== 0) process.exit(status ?? 1);
}

function isInstalled() {
  const installed = `${root}node_modules/.package-lock.json`;
  const wanted = `${root}package-lock.json`;
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return true;
  const versions = (file) =>
    Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
      .filter(([path, entry]) => path !== '' && !entry.optional)
      .map(([path, entry]) => `${path}@${entry.version}`);
  const present = new Set(versions(installed));
  return versions(wanted).every((one) => present.has(one));
}

if (!isInstalled()) {
  console.log('Installing the dependencies …');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}
