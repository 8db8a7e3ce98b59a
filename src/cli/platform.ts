/** What Node does faster than code that runs everywhere. */
import { createCipheriv, createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, deflateRawSync } from 'node:zlib';
import type { PlatformOptions } from '../clone/index.ts';
import type { EntryCrypto } from '../zip/index.ts';

export const nodePlatform: PlatformOptions = {
  sha256: () => createHash('sha256'),
  deflate: (bytes) => deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }),
};

const keysBesides = promisify(pbkdf2);

/** For encrypted zips. */
export const nodeEntryCrypto: EntryCrypto = {
  keysFrom: (password, rounds, bytes) => async (salt) =>
    Uint8Array.from(await keysBesides(password, salt, rounds, bytes, 'sha1')),
  encryptBlocks: (key, blocks) =>
    createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(blocks),
  authenticate: (key, data) => createHmac('sha1', key).update(data).digest(),
};
