/** What the computer under this browser says of itself. */
import type { Platform } from '../../probe/index.ts';
import { testedSource } from '../../random/index.ts';

const PLATFORMS: readonly (readonly [RegExp, Platform])[] = [
  [/android/i, 'android'],
  [/cros|chrome ?os/i, 'chromeos'],
  [/win/i, 'windows'],
  [/mac/i, 'macos'],
  [/linux/i, 'linux'],
];

/** Where this browser runs, as far as it says so. */
export function currentPlatform(): Platform {
  const { platform = '' } = (navigator as { userAgentData?: { platform?: string } }).userAgentData ?? {};
  const said = platform || navigator.userAgent;
  return PLATFORMS.find(([pattern]) => pattern.test(said))?.[1] ?? 'unknown';
}

export const currentDate = (): Date => new Date();

/** From the browser's own cryptographic source, tried before its first byte is used. */
export const randomBytes = testedSource((count) => crypto.getRandomValues(new Uint8Array(count)));
