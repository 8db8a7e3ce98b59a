import { hex } from '../../bytes.ts';
import { KnownError } from '../../errors.ts';

export const ownNodeElsewhere = () =>
  new KnownError(
    'mesh/own-node-elsewhere',
    'Another tab speaks in this network under the same address.',
    'Go on in that tab, or close it and try again.',
  );

export const ownNodeNotRead = (cause: unknown) =>
  new KnownError(
    'mesh/own-node-not-read',
    'It could not be read which sequence numbers this browser has used in the network, so nothing is sent.',
    'Reload the page. If it stays so, allow this page to keep data.',
    {},
    { cause },
  );

export const numbersNotKept = (cause: unknown) =>
  new KnownError(
    'mesh/numbers-not-kept',
    'The next sequence numbers could not be written down, so nothing is sent under them.',
    'Make room on the disk and allow this page to keep data, then try again.',
    {},
    { cause },
  );

export const numbersExhausted = (unicast: number) =>
  new KnownError(
    'mesh/numbers-exhausted',
    `All 16,777,216 sequence numbers of ${hex(unicast, 4)} are used up under this IV index.`,
    'Let a provisioner of the network start an IV update, or speak from a fresh address.',
    { unicast },
  );

export const noOwnAddress = () =>
  new KnownError(
    'mesh/no-own-address',
    'The database leaves no unicast address from which this page could speak.',
    'Give its provisioner a range with an address that no node has and none had.',
  );
