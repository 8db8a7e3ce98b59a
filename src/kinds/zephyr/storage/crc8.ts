/**
 * CRC-8 of allocation table entries: polynomial 0x07, most significant bit first, initial value 0xff, no final xor.
 * Source: Zephyr lib/crc/crc8_sw.c, `crc8_ccitt`.
 */
const TABLE = Uint8Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = ((value << 1) ^ (value & 0x80 ? 0x07 : 0)) & 0xff;
  return value;
});

/** Checksum of the bytes from `from` to `to` (exclusive). */
export function crc8(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xff;
  for (let i = from; i < to; i++) crc = TABLE[crc ^ bytes[i]!]!;
  return crc;
}
