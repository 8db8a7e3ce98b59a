/** Text of files as editors and shells save them, whatever their encoding. */

const DECODERS = { le: new TextDecoder('utf-16le'), be: new TextDecoder('utf-16be') } as const;

/**
 * Decode text that is ASCII at heart: with a byte order mark or without, also as UTF-16, which PowerShell's `>` writes. Bytes
 * beyond ASCII become the characters of the same number, so that a line can be named and nothing is lost on the way.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return DECODERS.le.decode(bytes);
  if (first === 0xfe && second === 0xff) return DECODERS.be.decode(bytes);
  if (first === 0xef && second === 0xbb && third === 0xbf) return latin1(bytes.subarray(3));
  if (isWide(bytes, 1)) return DECODERS.le.decode(bytes);
  if (isWide(bytes, 0)) return DECODERS.be.decode(bytes);
  return latin1(bytes);
}

/** TextDecoder's `latin1` is windows-1252, which is the same for all that such texts hold. */
const latin1 = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

/** ASCII in units of two bytes, of which those at this offset are 0: enough of the beginning to be sure. */
function isWide(bytes: Uint8Array, zeroAt: 0 | 1): boolean {
  const head = bytes.subarray(0, Math.min(bytes.length - (bytes.length % 2), 64));
  return (
    head.length >= 8 && head.every((byte, at) => (at % 2 === zeroAt ? byte === 0 : byte > 0 && byte < 0x80))
  );
}
