import { aesCmac } from './aes.ts';
import { ascii, s1 } from './derivation.ts';

const SALT = s1(ascii('vtad'));

/**
 * The virtual address 0x8000…0xBFFF of a label UUID (16 bytes).
 * Source: Mesh Protocol 1.1, 3.4.2.3.
 */
export function virtualAddressOf(label: Uint8Array): number {
  const hash = aesCmac(SALT, label);
  return 0x8000 | (((hash[14]! << 8) | hash[15]!) & 0x3fff);
}
