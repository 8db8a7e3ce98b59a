/**
 * The nonces of network, access and proxy PDUs: 13 bytes each, and never the same twice under a key.
 * Source: Mesh Protocol 1.1, 3.9.5.
 */
import { struct, u16be, u24be, u32be, u8 } from '../bytes.ts';
import type { MessageKey } from './keys.ts';

const nonce = struct({
  type: u8,
  /** CTL and TTL, or ASZMIC in bit 7; 0 in the proxy's. */
  detail: u8,
  sequence: u24be,
  source: u16be,
  /** 0 in the network's and the proxy's. */
  destination: u16be,
  ivIndex: u32be,
});

/** @param ctlAndTtl  CTL in bit 7, TTL in bits 6 to 0 */
export const networkNonce = (
  ctlAndTtl: number,
  sequence: number,
  source: number,
  ivIndex: number,
): Uint8Array => nonce.encode({ type: 0x00, detail: ctlAndTtl, sequence, source, destination: 0, ivIndex });

export const proxyNonce = (sequence: number, source: number, ivIndex: number): Uint8Array =>
  nonce.encode({ type: 0x03, detail: 0, sequence, source, destination: 0, ivIndex });

/** @param about  `sequence` is that of the first segment; `longMic` only where the message is segmented */
export const accessNonce = (
  kind: MessageKey['kind'],
  about: {
    readonly longMic: boolean;
    readonly sequence: number;
    readonly source: number;
    readonly destination: number;
    readonly ivIndex: number;
  },
): Uint8Array =>
  nonce.encode({
    type: kind === 'device' ? 0x02 : 0x01,
    detail: about.longMic ? 0x80 : 0,
    sequence: about.sequence,
    source: about.source,
    destination: about.destination,
    ivIndex: about.ivIndex,
  });
