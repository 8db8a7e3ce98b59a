/**
 * The upper transport layer: an access message encrypted under an application key or a device key.
 *
 * Above lies the access layer; below, the lower transport cuts the result into segments.
 * Source: Mesh Protocol 1.1, 3.6.2 (PDU), 3.9.7.1 (encryption).
 */
import { ccmDecrypt, ccmEncrypt } from '../ccm.ts';
import type { MessageKey } from '../keys.ts';
import { accessNonce } from '../nonces.ts';

/** What a message is bound to beside its key. */
export interface MessageContext {
  /** SEQ of its first segment, or of its only PDU. */
  readonly sequence: number;
  readonly source: number;
  readonly destination: number;
  readonly ivIndex: number;
  /** A MIC of 8 bytes instead of 4; segmented messages alone may have it. */
  readonly longMic: boolean;
  /** Label UUID where the destination is a virtual address. */
  readonly label?: Uint8Array;
}

/** The greatest access message: 380 bytes with a MIC of 4 fill 32 segments of 12. */
export const MAX_ACCESS_SIZE = 380;

/** @param message  access message of 1 to 380 bytes */
export const sealAccess = (key: MessageKey, context: MessageContext, message: Uint8Array): Uint8Array =>
  ccmEncrypt(key.key, accessNonce(key.kind, context), message, context.longMic ? 8 : 4, context.label);

/** The access message; `undefined` when it is under another key. */
export function openAccess(
  key: MessageKey,
  context: MessageContext,
  upper: Uint8Array,
): Uint8Array | undefined {
  const nonce = accessNonce(key.kind, context);
  const message = ccmDecrypt(key.key, nonce, upper, context.longMic ? 8 : 4, context.label);
  return message && message.length > 0 ? message : undefined;
}
