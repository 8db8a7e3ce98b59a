/**
 * CRC-32 of text that is put together from pieces: the checksum of a whole follows from those of its parts, so what
 * clones share is summed up once. Polynomial 0x04C11DB7, reflected. Source: ITU-T V.42, section 8.1.1.6.4; the join is
 * multiplication by x^(8n) modulo the polynomial, as RFC 1952's authors describe it for zlib.
 */

const POLYNOMIAL = 0xedb88320; // bit-reversed

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0);
  return value;
});

/** CRC-32 of `bytes`, or of something with checksum `before` followed by `bytes`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  // counted: an iterator takes twice as long
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Product of two polynomials over GF(2) modulo the CRC's; bit 31 is the coefficient of x^0. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= b;
    b = (b >>> 1) ^ (b & 1 ? POLYNOMIAL : 0);
  }
  return product >>> 0;
}

/** x^(8 * length): what a checksum is multiplied by when `length` bytes follow. */
export function shiftFor(length: number): number {
  let power = 0x80000000; // x^0
  let square = 0x00800000; // x^8
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
}

/** The checksum of a followed by b, from those of a and b and `shiftFor` the length of b. */
export const joinCrc32 = (a: number, b: number, shiftOfB: number): number =>
  (multiply(a, shiftOfB) ^ b) >>> 0;
