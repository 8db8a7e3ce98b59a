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

/** By byte, as the table before, with one more zero byte behind it. */
const withZero = (table: Uint32Array): Uint32Array =>
  table.map((value) => TABLE[value & 0xff]! ^ (value >>> 8));
const TABLE_1 = withZero(TABLE);
const TABLE_2 = withZero(TABLE_1);
const TABLE_3 = withZero(TABLE_2);

/** CRC-32 of `bytes`, or of something with checksum `start` followed by `bytes`. */
export function crc32(bytes: Uint8Array, start = 0): number {
  let crc = ~start;
  let i = 0;
  // four at a time take two fifths of the time; counted, since an iterator takes twice as long
  for (const end = bytes.length - 3; i < end; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      TABLE_3[crc & 0xff]! ^
      TABLE_2[(crc >>> 8) & 0xff]! ^
      TABLE_1[(crc >>> 16) & 0xff]! ^
      TABLE[crc >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
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
