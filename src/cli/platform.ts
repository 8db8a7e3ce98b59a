/** What Node does faster than code that runs everywhere. */
import { createCipheriv, createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, deflateRawSync } from 'node:zlib';
import type { PlatformOptions } from '../clone/index.ts';
import { FILE_LEVEL, type EntryCrypto } from '../zip/index.ts';

/** Copied, since Node answers with a view of a buffer that may be many times as large. */
const deflateToBoundary = (bytes: Uint8Array, level = constants.Z_DEFAULT_COMPRESSION): Uint8Array =>
  Uint8Array.from(deflateRawSync(bytes, { level, finishFlush: constants.Z_SYNC_FLUSH }));

export const nodePlatform: PlatformOptions = {
  sha256: () => createHash('sha256'),
  deflate: deflateToBoundary,
  deflater() {
    const pieces: Uint8Array[] = [];
    return {
      push: (chunk) => void pieces.push(deflateToBoundary(chunk, FILE_LEVEL)),
      finish: () => [...pieces, deflateRawSync(new Uint8Array())],
    };
  },
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
