/** Files that hold bytes by flash address: Intel HEX and back, and what other tools write. */
export { decodeText } from './decode-text.ts';
export { parseHex, type HexFile, type StartRecord } from './parse-hex.ts';
export { isSrec, parseSrec } from './parse-srec.ts';
export { isUf2, parseUf2 } from './parse-uf2.ts';
export { formatHex, formatReadout } from './format-hex.ts';
export { HexStencil } from './hex-stencil.ts';
