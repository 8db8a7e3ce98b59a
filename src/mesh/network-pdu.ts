/**
 * The network layer: one PDU encrypted under a network key, with its header hidden.
 *
 * Above lies the lower transport; below lies a bearer that carries 14 to 29 bytes. It knows nothing of messages, nor whether a
 * PDU was seen before.
 * Source: Mesh Protocol 1.1, 3.4.4 (PDU), 3.9.7.2 (encryption), 3.9.7.3 (obfuscation).
 */
import { concatenate, struct, u16be, u24be, u32be, u8 } from '../bytes.ts';
import { isUnicast } from './unicast-run.ts';
import { encryptBlock } from './aes.ts';
import { ccmDecrypt, ccmEncrypt } from './ccm.ts';
import type { NetworkCredentials } from './derivation.ts';
import { networkNonce, proxyNonce } from './nonces.ts';

export interface NetworkPdu {
  /** A control message: its MIC is 8 bytes, and no access key is involved. */
  readonly control: boolean;
  /** 0…127. */
  readonly ttl: number;
  /** 0…0xFFFFFF. */
  readonly sequence: number;
  readonly source: number;
  readonly destination: number;
  /** Lower transport PDU: 1 to 16 bytes, 1 to 12 in a control message. */
  readonly transport: Uint8Array;
}

/** Proxy configuration messages have a nonce of their own, since their TTL is none (Mesh Protocol 1.1, 6.6). */
export type NetworkNonceKind = 'network' | 'proxy';

const HEADER_SIZE = 7;
const MIN_SIZE = 14;
const MAX_SIZE = 29;

/** What is hidden: bytes 1 to 6 of the PDU. */
const header = struct({ controlAndTtl: u8, sequence: u24be, source: u16be });
const privacyInput = struct({ zeros: u8, moreZeros: u32be, ivIndex: u32be });
const address = struct({ value: u16be });

const nonceOf = (
  kind: NetworkNonceKind,
  ivIndex: number,
  { controlAndTtl, sequence, source }: ReturnType<typeof header.decode>,
) =>
  kind === 'proxy'
    ? proxyNonce(sequence, source, ivIndex)
    : networkNonce(controlAndTtl, sequence, source, ivIndex);

/**
 * Make the bytes of a network PDU.
 *
 * @param ivIndex  the one to send under
 */
export function sealNetworkPdu(
  credentials: NetworkCredentials,
  ivIndex: number,
  pdu: NetworkPdu,
  nonceKind: NetworkNonceKind = 'network',
): Uint8Array<ArrayBuffer> {
  const clear = {
    controlAndTtl: (pdu.control ? 0x80 : 0) | pdu.ttl,
    sequence: pdu.sequence,
    source: pdu.source,
  };
  const encrypted = ccmEncrypt(
    credentials.encryptionKey,
    nonceOf(nonceKind, ivIndex, clear),
    concatenate([address.encode({ value: pdu.destination }), pdu.transport]),
    pdu.control ? 8 : 4,
  );
  return concatenate([
    Uint8Array.of(((ivIndex & 1) << 7) | credentials.nid),
    hide(credentials, ivIndex, header.encode(clear), encrypted),
    encrypted,
  ]);
}

/** A PDU as it was read, and the IV index it was sent under. */
export interface OpenedNetworkPdu extends NetworkPdu {
  readonly ivIndex: number;
}

/**
 * Read the bytes of a network PDU.
 *
 * @param ivIndex  the network's current one; the one before is taken where the PDU's lowest bit says so
 * @returns        `undefined` for what is another network's, was changed, or is no PDU
 */
export function openNetworkPdu(
  credentials: NetworkCredentials,
  ivIndex: number,
  bytes: Uint8Array,
  nonceKind: NetworkNonceKind = 'network',
): OpenedNetworkPdu | undefined {
  if (bytes.length < MIN_SIZE || bytes.length > MAX_SIZE) return undefined;
  const first = bytes[0]!;
  if ((first & 0x7f) !== credentials.nid) return undefined;
  const sentUnder = first >>> 7 === (ivIndex & 1) ? ivIndex : ivIndex - 1;
  if (sentUnder < 0) return undefined;

  const encrypted = bytes.subarray(HEADER_SIZE);
  const clear = header.decode(hide(credentials, sentUnder, bytes.subarray(1, HEADER_SIZE), encrypted));
  const control = clear.controlAndTtl >= 0x80;
  const plain = ccmDecrypt(
    credentials.encryptionKey,
    nonceOf(nonceKind, sentUnder, clear),
    encrypted,
    control ? 8 : 4,
  );
  if (!plain || plain.length < 3 || !isUnicast(clear.source)) return undefined;
  return {
    control,
    ttl: clear.controlAndTtl & 0x7f,
    sequence: clear.sequence,
    source: clear.source,
    destination: address.decode(plain).value,
    transport: plain.subarray(2),
    ivIndex: sentUnder,
  };
}

/** Hide the header, or show it again: the key stream comes from what is encrypted already. */
function hide(
  { privacyKey }: NetworkCredentials,
  ivIndex: number,
  headerBytes: Uint8Array,
  encrypted: Uint8Array,
): Uint8Array {
  const stream = encryptBlock(
    privacyKey,
    concatenate([privacyInput.encode({ zeros: 0, moreZeros: 0, ivIndex }), encrypted.subarray(0, 7)]),
  );
  return headerBytes.map((byte, i) => byte ^ stream[i]!);
}
