/** Find a Chromium for the browser tests, or fetch one. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run } from './install.mjs';

const { chromium } = await import('playwright-core');

const PLACES = [
  process.env.CHROMIUM_PATH,
  '/usr/lib/chromium/chromium-headless-shell', // Debian's, without what windows need: tests take three quarters of the time
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

function findChromium() {
  const fetched = chromium.executablePath();
  return [...PLACES, fetched].find((path) => path && existsSync(path));
}

/** Path of a Chromium; installs Debian's, or fetches Playwright's, when there is none. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  console.log('No Chromium found; fetching one for the browser tests …');
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const wait = ['-o', 'DPkg::Lock::Timeout=120']; // a new machine often updates itself in its first minutes
    spawnSync('apt-get', [...wait, 'update'], { stdio: 'ignore' });
    // a distribution may have but the second
    for (const browser of ['chromium-headless-shell', 'chromium']) {
      const packages = [browser, 'fonts-liberation'];
      spawnSync('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], {
        stdio: 'inherit',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
      if (findChromium()) break;
    }
  }
  if (!findChromium()) run('npx', ['playwright-core', 'install', 'chromium']);
  const fetched = findChromium();
  if (!fetched) {
    console.error(
      'There is still no Chromium. Install Chrome or Chromium and set CHROMIUM_PATH to its program file.',
    );
    process.exit(1);
  }
  return fetched;
}
