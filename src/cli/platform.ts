/** What Node does faster than code that runs everywhere. */
import { createHash } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import type { PlatformOptions } from '../clone/index.ts';

export const nodePlatform: PlatformOptions = {
  sha256: () => createHash('sha256'),
  deflate: (bytes) => deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }),
};
