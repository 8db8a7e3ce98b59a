import { cmac } from '@noble/ciphers/aes.js';

/** AES-CMAC with a key of zeros over `vtad`: the salt s1("vtad"). */
const SALT = cmac(new TextEncoder().encode('vtad'), new Uint8Array(16));

/**
 * The 16-bit virtual address 0x8000..0xBFFF of a label UUID (16 bytes).
 * Source: Bluetooth Mesh Profile 1.0.1, section 3.4.2.3.
 */
export function virtualAddressOf(label: Uint8Array): number {
  const hash = cmac(label, SALT);
  return 0x8000 | (((hash[14]! << 8) | hash[15]!) & 0x3fff);
}
