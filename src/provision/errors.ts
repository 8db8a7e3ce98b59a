/** Every failure of the room, so that all its wording can be read and mended in one place. No key ever enters one. */
import { hex } from '../bytes.ts';
import { KnownError, type Finding } from '../errors.ts';

export const notStored = (unicast: number, cause: unknown) =>
  new KnownError(
    'provision/database-not-stored',
    `The device is provisioned at ${hex(unicast, 4)}, but the database with its key could not be stored.`,
    'Do not close this page: make room, or save the database somewhere else. Until then its key is here alone.',
    { unicast },
    { cause },
  );

export const storeFirst = () =>
  new KnownError(
    'provision/store-first',
    'The database holds a device whose key is not stored yet.',
    'Store the database, then provision the next device.',
  );

export const moreElements = (facts: {
  readonly unicast: number;
  readonly elementCount: number;
  readonly nextFree: number | undefined;
}) => {
  const { unicast, elementCount, nextFree } = facts;
  return new KnownError(
    'provision/more-elements',
    `The device has ${elementCount} elements; from ${hex(unicast, 4)} on so many addresses are not free.`,
    nextFree === undefined
      ? 'No run of addresses is long enough. Have the provisioner allocate a wider range.'
      : `Provision it at ${hex(nextFree, 4)}.`,
    { unicast, elementCount, ...(nextFree !== undefined && { nextFree }) },
  );
};

export const alreadyThere = (name: string, unicast: number) =>
  new KnownError(
    'provision/already-a-node',
    `The database has a node of that UUID already: '${name}' at ${hex(unicast, 4)}.`,
    'If the device was reset, remove that node from the database first.',
    { unicast },
  );

export const noDeviceKey = (unicast: number) =>
  new KnownError(
    'provision/no-device-key',
    `The database has no device key for the node at ${hex(unicast, 4)}.`,
    'Open the database of the provisioner itself, not a partial export.',
    { unicast },
  );

export const noReset = (unicast: number) =>
  new KnownError(
    'provision/no-reset',
    `The node at ${hex(unicast, 4)} did not answer, so it was not removed.`,
    'Switch it on, or remove it from the database alone if it is gone for good.',
    { unicast },
  );

export const stillOpen = (unicast: number) =>
  new KnownError(
    'provision/still-open',
    `Nobody answers at ${hex(unicast, 4)} under the key of the node that may have joined.`,
    'Bring it nearer and ask again. If it can be chosen to be provisioned, it has not joined: forget the key.',
    { unicast },
  );

export const noNetKey = (index: number) =>
  new KnownError(
    'provision/no-net-key',
    `The database has no network key ${index} that can be read.`,
    'Open the database of the provisioner itself, not a partial export.',
    { index },
  );

export const noAppKey = (index: number) =>
  new KnownError(
    'provision/no-app-key',
    `The database has no application key ${index} that can be read.`,
    'Choose a key of the database, or leave the line out.',
    { index },
  );

export const ownAddress = (unicast: number) =>
  new KnownError(
    'provision/own-address',
    `The radio speaks from ${hex(unicast, 4)} itself; a node with that address would never be heard.`,
    'Give the device a lower address, or connect the radio again: it may take another one.',
    { unicast },
  );

/** The code of every finding. */
export type ProvisionFindingCode = 'provision/no-relay' | 'provision/no-proxy';
export type ProvisionFinding = Finding<ProvisionFindingCode>;
