import { afterEach, describe, expect, test, vi } from 'vitest';
import { currentPlatform } from '../../src/app/browser/platform.ts';

afterEach(() => void vi.unstubAllGlobals());

describe('the system under the browser', () => {
  test.each([
    ['Windows', 'windows'],
    ['macOS', 'macos'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'macos'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'linux'],
    ['Mozilla/5.0 (Linux; Android 14; Pixel 8)', 'android'],
    ['Chrome OS', 'chromeos'],
    ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)', 'chromeos'],
    ['Haiku', 'unknown'],
  ])('that says "%s" is %s', (userAgent, platform) => {
    vi.stubGlobal('navigator', { userAgent });
    expect(currentPlatform()).toBe(platform);
  });
});
