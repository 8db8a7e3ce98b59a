/** A zip whose entries arrive deflated, so that what many share is compressed once. It knows nothing of clones. */
export { crc32, joinCrc32, shiftFor } from './crc32.ts';
export { deflated, utf8Chunks, type DeflatedFile } from './deflated-file.ts';
export { ZipStream, type ByteSink } from './zip-stream.ts';
