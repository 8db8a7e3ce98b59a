/**
 * The PDUs by which a node joins a network: a type byte, then parameters of a fixed size.
 * Source: Mesh Protocol 1.1, 5.4.1.
 */
import { bytes, concatenate, struct, u16be, u32be, u8, type Decoded } from '../../bytes.ts';

/** P-256 with a confirmation by AES-CMAC, or (since 1.1) by HMAC-SHA-256. */
export type ProvisioningAlgorithm = 'cmac' | 'hmac';
/** How both sides come by a secret that somebody in between cannot know. */
export type OobMethod = 'none' | 'static' | 'output' | 'input';

export const ALGORITHMS: readonly ProvisioningAlgorithm[] = ['cmac', 'hmac'];
export const OOB_METHODS: readonly OobMethod[] = ['none', 'static', 'output', 'input'];

export const invite = struct({ attentionSeconds: u8 });
export const capabilities = struct({
  elementCount: u8,
  /** Bit 0 CMAC, bit 1 HMAC. */
  algorithms: u16be,
  /** Bit 0: the node's public key is to be had out of band. */
  publicKeyType: u8,
  /** Bit 0: static OOB; bit 1 (1.1): no provisioning without OOB. */
  oobType: u8,
  outputSize: u8,
  outputActions: u16be,
  inputSize: u8,
  inputActions: u16be,
});
export const start = struct({
  algorithm: u8,
  /** 0 in band. */
  publicKey: u8,
  method: u8,
  /** Number of the action's bit. */
  action: u8,
  size: u8,
});
export const provisioningData = struct({
  netKey: bytes(16),
  keyIndex: u16be,
  /** Bit 0 key refresh, bit 1 IV update. */
  flags: u8,
  ivIndex: u32be,
  unicast: u16be,
});
export type Capabilities = Decoded<typeof capabilities>;
export type Start = Decoded<typeof start>;

/** X and Y of a point, 32 bytes each. */
export const PUBLIC_KEY_SIZE = 64;
/** Confirmation, random and OOB value of an algorithm, in bytes. */
export const VALUE_SIZES: Record<ProvisioningAlgorithm, number> = { cmac: 16, hmac: 32 };
const DATA_MIC_SIZE = 8;

/** Why a node ended it; the words are the specification's. */
export const FAILURES = {
  1: 'invalid PDU',
  2: 'invalid format',
  3: 'unexpected PDU',
  4: 'confirmation failed',
  5: 'out of resources',
  6: 'decryption failed',
  7: 'unexpected error',
  8: 'cannot assign addresses',
  9: 'invalid data',
} as const;
export type FailureCode = keyof typeof FAILURES;

export const PDU_TYPES = [
  'invite',
  'capabilities',
  'start',
  'public-key',
  'input-complete',
  'confirmation',
  'random',
  'data',
  'complete',
  'failed',
] as const;
export type ProvisioningPduType = (typeof PDU_TYPES)[number];

/** A PDU whose parameters have the size of its type. */
export interface ProvisioningPdu {
  readonly type: ProvisioningPduType;
  readonly parameters: Uint8Array;
}

/** Sizes of the parameters; confirmation and random have two. */
const SIZES: Record<ProvisioningPduType, readonly number[]> = {
  invite: [invite.size],
  capabilities: [capabilities.size],
  start: [start.size],
  'public-key': [PUBLIC_KEY_SIZE],
  'input-complete': [0],
  confirmation: Object.values(VALUE_SIZES),
  random: Object.values(VALUE_SIZES),
  data: [provisioningData.size + DATA_MIC_SIZE],
  complete: [0],
  failed: [1],
};

export const formatProvisioningPdu = (
  type: ProvisioningPduType,
  parameters: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> => concatenate([Uint8Array.of(PDU_TYPES.indexOf(type)), parameters]);

/** @returns  `undefined` for an unknown type or a size that its type cannot have */
export function parseProvisioningPdu(pdu: Uint8Array): ProvisioningPdu | undefined {
  const type = PDU_TYPES[pdu[0] ?? PDU_TYPES.length];
  return type && SIZES[type].includes(pdu.length - 1) ? { type, parameters: pdu.slice(1) } : undefined;
}
