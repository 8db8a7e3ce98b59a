/**
 * Calls in Thumb code say how far; here they say where to. So calls of one function are the same bytes, and pack as such. What unpacks
 * makes them relative again (`relative` in target/loader-listing.ts).
 *
 * A `BL` is two half-words, 11110 and 11 bits, 11111 and 11 bits: how far, in half-words, from four bytes behind its beginning (Arm
 * DDI 0419, A6.7.13, for what stays within 4 MB; the filter "ARM Thumb" of .xz takes the same). One that two pages share is none, so
 * each page can be unpacked by itself.
 */

const FIELD_BITS = 11;
const FIELD = 0x7ff;
const FIRST_HALF = 0b11110;
const SECOND_HALF = 0b11111;

/** @returns as many bytes; those of `flash`, which begins at address 0, stay as they are */
export function withAbsoluteBranches(flash: Uint8Array, pageSize: number): Uint8Array {
  const bytes = flash.slice();
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 4 <= bytes.length; at += 2) {
    const first = view.getUint16(at, true);
    const second = view.getUint16(at + 2, true);
    if (first >> FIELD_BITS !== FIRST_HALF || second >> FIELD_BITS !== SECOND_HALF) continue;
    if ((at + 2) % pageSize === 0) continue;
    const distance = ((first & FIELD) << FIELD_BITS) | (second & FIELD);
    const target = distance + (at + 4) / 2;
    view.setUint16(at, (FIRST_HALF << FIELD_BITS) | ((target >> FIELD_BITS) & FIELD), true);
    view.setUint16(at + 2, (SECOND_HALF << FIELD_BITS) | (target & FIELD), true);
  }
  return bytes;
}
