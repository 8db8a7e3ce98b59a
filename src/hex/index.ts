/** Intel HEX text to images and back. */
export { parseHex, type HexFile, type StartRecord } from './parse-hex.ts';
export { formatHex } from './format-hex.ts';
export { HexStencil } from './hex-stencil.ts';
