/**
 * Opcodes of access messages: one byte `0xxxxxxx`, two bytes `10xxxxxx` (big-endian), or three bytes `11xxxxxx` with a company
 * identifier (little-endian). As a number: `0x02`, `0x8008`, and for a vendor's `0xC10059` (first byte, then company 0x0059).
 *
 * Source: Bluetooth Mesh Profile 1.0.1, section 3.7.3.1.
 */

/** Reserved for future use. */
const RESERVED = 0x7f;

export function formatOpcode(opcode: number): Uint8Array {
  if (opcode > 0xffff) return Uint8Array.of(opcode >> 16, opcode & 0xff, (opcode >> 8) & 0xff);
  return opcode > 0xff ? Uint8Array.of(opcode >> 8, opcode & 0xff) : Uint8Array.of(opcode);
}

/** The opcode that a message starts with and its size in bytes; nothing for an empty, cut or reserved one. */
export function readOpcode(access: Uint8Array): { opcode: number; size: 1 | 2 | 3 } | undefined {
  const [first, second, third] = access;
  if (first === undefined || first === RESERVED) return undefined;
  if (first < 0x80) return { opcode: first, size: 1 };
  if (second === undefined) return undefined;
  if (first < 0xc0) return { opcode: (first << 8) | second, size: 2 };
  return third === undefined ? undefined : { opcode: (first << 16) | (third << 8) | second, size: 3 };
}
