/**
 * What both sides of a provisioning compute from what they told each other.
 * Source: Mesh Protocol 1.1, 5.4.2.4 (authentication), 5.4.2.5 (distribution of provisioning data).
 */
import { concatenate } from '../../bytes.ts';
import { aesCmac } from '../aes.ts';
import { ccmDecrypt, ccmEncrypt } from '../ccm.ts';
import { ascii, hmacSha256, k1, k5, s1, s2 } from '../derivation.ts';
import type { ProvisioningAlgorithm } from './pdus.ts';

/** Parameters of the PDUs that came before, without their types: nothing of them can be changed on the way unnoticed. */
export interface ConfirmationInputs {
  readonly invite: Uint8Array;
  readonly capabilities: Uint8Array;
  readonly start: Uint8Array;
  readonly provisionerPublicKey: Uint8Array;
  readonly nodePublicKey: Uint8Array;
}

export interface ConfirmationKeys {
  readonly algorithm: ProvisioningAlgorithm;
  readonly secret: Uint8Array;
  /** 16 bytes, 32 with HMAC. */
  readonly confirmationSalt: Uint8Array;
  readonly confirmationKey: Uint8Array;
  readonly authValue: Uint8Array;
}

/**
 * @param secret     32 bytes, from the key agreement
 * @param authValue  16 bytes, 32 with HMAC
 */
export function confirmationKeys(
  algorithm: ProvisioningAlgorithm,
  inputs: ConfirmationInputs,
  secret: Uint8Array,
  authValue: Uint8Array,
): ConfirmationKeys {
  const told = concatenate([
    inputs.invite,
    inputs.capabilities,
    inputs.start,
    inputs.provisionerPublicKey,
    inputs.nodePublicKey,
  ]);
  const confirmationSalt = algorithm === 'cmac' ? s1(told) : s2(told);
  const confirmationKey =
    algorithm === 'cmac'
      ? k1(secret, confirmationSalt, ascii('prck'))
      : k5(concatenate([secret, authValue]), confirmationSalt, ascii('prck256'));
  return { algorithm, secret, confirmationSalt, confirmationKey, authValue };
}

/** Binds a side to its random value before it is told: 16 bytes, 32 with HMAC. */
export const confirmationOf = (
  { algorithm, confirmationKey, authValue }: ConfirmationKeys,
  random: Uint8Array,
): Uint8Array =>
  algorithm === 'cmac'
    ? aesCmac(confirmationKey, concatenate([random, authValue]))
    : hmacSha256(confirmationKey, random);

export interface SessionKeys {
  readonly provisioningSalt: Uint8Array;
  readonly sessionKey: Uint8Array;
  /** 13 bytes. */
  readonly sessionNonce: Uint8Array;
  /** The key that provisioner and node have from now on. */
  readonly deviceKey: Uint8Array;
}

export function sessionKeys(
  { secret, confirmationSalt }: Pick<ConfirmationKeys, 'secret' | 'confirmationSalt'>,
  provisionerRandom: Uint8Array,
  nodeRandom: Uint8Array,
): SessionKeys {
  const provisioningSalt = s1(concatenate([confirmationSalt, provisionerRandom, nodeRandom]));
  return {
    provisioningSalt,
    sessionKey: k1(secret, provisioningSalt, ascii('prsk')),
    sessionNonce: k1(secret, provisioningSalt, ascii('prsn')).slice(3),
    deviceKey: k1(secret, provisioningSalt, ascii('prdk')),
  };
}

/** @param data  `provisioningData`, 25 bytes; @returns 33 bytes */
export const sealProvisioningData = (
  { sessionKey, sessionNonce }: SessionKeys,
  data: Uint8Array,
): Uint8Array => ccmEncrypt(sessionKey, sessionNonce, data, 8);

export const openProvisioningData = (
  { sessionKey, sessionNonce }: SessionKeys,
  sealed: Uint8Array,
): Uint8Array | undefined => ccmDecrypt(sessionKey, sessionNonce, sealed, 8);
