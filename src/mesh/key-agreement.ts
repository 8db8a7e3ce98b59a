/**
 * Key agreement of provisioning: ECDH on P-256.
 *
 * All values are 32 bytes, big-endian. Source: Bluetooth Mesh Profile 1.0.1, section 5.4.2.3; W3C Web Cryptography API.
 */
import { concatenate } from '../bytes.ts';
import { badPublicKey } from './provisioning/errors.ts';

export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicX: Uint8Array;
  readonly publicY: Uint8Array;
  /** The X coordinate both sides come to. @throws `mesh/bad-public-key` for a point that is not on the curve */
  secretWith(peerX: Uint8Array, peerY: Uint8Array): Promise<Uint8Array>;
}
export interface KeyAgreement {
  generate(): Promise<KeyPair>;
}

const P256 = { name: 'ECDH', namedCurve: 'P-256' } as const;
/** Lead of an uncompressed point. Source: SEC 1, section 2.3.3. */
const UNCOMPRESSED = Uint8Array.of(4);

/** @param subtle  `crypto.subtle` of the browser, a worker or Node */
export const webKeyAgreement = (subtle: SubtleCrypto): KeyAgreement => ({
  async generate() {
    const { privateKey } = await subtle.generateKey(P256, true, ['deriveBits']);
    const { d, x, y } = await subtle.exportKey('jwk', privateKey);
    return keyPair(subtle, privateKey, [d!, x!, y!].map(fromBase64Url));
  },
});

/** The pair with a private key that is known already. */
export async function importKeyPair(
  subtle: SubtleCrypto,
  privateKey: Uint8Array,
  publicX: Uint8Array,
  publicY: Uint8Array,
): Promise<KeyPair> {
  const [d, x, y] = [privateKey, publicX, publicY].map(toBase64Url);
  const jwk = { kty: 'EC', crv: 'P-256', d: d!, x: x!, y: y!, ext: true };
  const key = await subtle.importKey('jwk', jwk, P256, false, ['deriveBits']);
  return keyPair(subtle, key, [privateKey, publicX, publicY]);
}

function keyPair(subtle: SubtleCrypto, key: CryptoKey, numbers: readonly Uint8Array[]): KeyPair {
  const [privateKey, publicX, publicY] = numbers as readonly [Uint8Array, Uint8Array, Uint8Array];
  return {
    privateKey,
    publicX,
    publicY,
    async secretWith(peerX, peerY) {
      const point = concatenate([UNCOMPRESSED, peerX, peerY]);
      const peer = await subtle.importKey('raw', point, P256, false, []).catch(() => {
        throw badPublicKey();
      });
      return new Uint8Array(await subtle.deriveBits({ name: 'ECDH', public: peer }, key, 256));
    },
  };
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Without padding. Source: RFC 4648, section 5. */
function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const word = (a << 16) | (b << 8) | c;
    text += [18, 12, 6, 0].map((shift) => DIGITS[(word >> shift) & 63]).join('');
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3));
}

function fromBase64Url(text: string): Uint8Array {
  const bits = [...text].map((digit) => DIGITS.indexOf(digit).toString(2).padStart(6, '0')).join('');
  const bytes = bits.slice(0, bits.length & ~7).match(/.{8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2));
}
