/** A zip whose entries arrive deflated, so that what many share is compressed once. It knows nothing of clones. */
export { deflated, FILE_LEVEL, utf8Chunks, type DeflatedFile, type Deflater } from './deflated-file.ts';
export { ZipStream, type ByteSink } from './zip-stream.ts';
