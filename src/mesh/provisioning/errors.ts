import { KnownError } from '../../errors.ts';
import { FAILURES, type FailureCode, type OobMethod, type ProvisioningPduType } from './pdus.ts';

const AGAIN = 'Switch the node off and on, then try again.';

/** Why a node ended a provisioning, in the specification's words. */
export const failureText = (code: number): string =>
  FAILURES[code as FailureCode] ?? `unknown reason ${code}`;

export const nodeRefused = (code: number) => {
  const reason = failureText(code);
  return new KnownError(
    'mesh/node-refused',
    `The node ended the provisioning: ${reason}.`,
    code === 4 ? 'The out-of-band value was not the one the node expects. Check it, and try again.' : AGAIN,
    { code, reason },
  );
};

export const provisioningSilent = (awaited: ProvisioningPduType, seconds: number) =>
  new KnownError(
    'mesh/provisioning-silent',
    `The node did not answer for ${seconds} seconds; its ${awaited} was awaited.`,
    'Bring the node nearer, switch it off and on, then try again.',
    { awaited, seconds },
  );

export const unexpectedPdu = (awaited: ProvisioningPduType | 'nothing', came: string) =>
  new KnownError(
    'mesh/unexpected-pdu',
    `The node broke the order of the provisioning: ${awaited} was awaited, ${came} came.`,
    `${AGAIN} If it stays so, the node's firmware or somebody in between is not to be trusted.`,
    { awaited, came },
  );

export const badPublicKey = () =>
  new KnownError(
    'mesh/bad-public-key',
    'The public key that came is no point of the curve, so no secret was made from it.',
    'Do not provision this node here: its firmware is broken, or somebody is in between.',
  );

export const reflected = (what: 'public key' | 'confirmation' | 'random value') =>
  new KnownError(
    'mesh/reflected',
    `Our own ${what} came back as if it were the node's.`,
    'Do not provision here: somebody is in between. Try at another place.',
    { what },
  );

export const wrongConfirmation = (method: OobMethod) =>
  new KnownError(
    'mesh/wrong-confirmation',
    method === 'none'
      ? 'The node could not confirm what it sent: somebody may be in between.'
      : 'The node could not confirm what it sent: the out-of-band value is wrong, or somebody is in between.',
    method === 'none' ? 'Try again at another place.' : 'Check the value, and try again.',
    { method },
  );

export const noCommonAlgorithm = (algorithms: number) =>
  new KnownError(
    'mesh/no-common-algorithm',
    'The node offers none of the two ways of provisioning that the specification knows.',
    'Look for newer firmware for the node, or for a newer Meshpress.',
    { algorithms },
  );

export const oobNotOffered = (method: OobMethod) =>
  new KnownError(
    'mesh/oob-not-offered',
    method === 'none'
      ? 'The node lets nobody provision it without an out-of-band value.'
      : `The node does not offer the out-of-band method that was chosen: ${method}.`,
    'Choose one of the methods that the node offers.',
    { method },
  );

export const badOobInput = (size: number) =>
  new KnownError(
    'mesh/bad-oob-input',
    `What was typed cannot be what the node shows: it has at most ${size} digits or characters.`,
    'Try again, and type it as the node shows it.',
    { size },
  );

export const completeLost = (cause: unknown) =>
  new KnownError(
    'mesh/complete-lost',
    'The node was sent its keys and address, and its last word did not come: it may have joined the network or not.',
    'Its device key is kept. Connect again: if the node answers under it, it has joined.',
    {},
    { cause },
  );
