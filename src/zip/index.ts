/** A zip whose entries arrive deflated, so that what many share is compressed once; encrypted where it is asked for. It knows nothing of clones. */
export { deflated, FILE_LEVEL, utf8Chunks, type DeflatedFile, type Deflater } from './deflated-file.ts';
export { EntryEncryption } from './encryption.ts';
export { portableCrypto, type EntryCrypto } from './entry-crypto.ts';
export { checkPassword, LEAST_CHARACTERS, makePassword } from './password.ts';
export { ZipStream, type ByteSink } from './zip-stream.ts';
