/** Where records with keys lie in the database of this page, and what a person calls them. */
export const SEALED_STORES = ['project', 'run', 'desk', 'radio'] as const;

export interface Place {
  readonly store: (typeof SEALED_STORES)[number] | 'keys';
  readonly key: string | number;
}

export const PROJECT: Place = { store: 'project', key: 'project' };
export const RUN: Place = { store: 'run', key: 'run' };
export const boardAt = (key: number): Place => ({ store: 'desk', key });
/** With a device that was just provisioned. */
export const DATABASE: Place = { store: 'radio', key: 'database' };
/** A device that was given its keys and has not said whether it took them. */
export const PENDING: Place = { store: 'radio', key: 'pending' };

/** What else lies in these stores, addresses and numbers of the radio, holds no keys. */
export const isPlace = ({ store, key }: { readonly store: string; readonly key: IDBValidKey }): boolean =>
  store !== 'radio' || key === DATABASE.key || key === PENDING.key;

/** No two places have one name. */
export const nameOf = ({ store, key }: Place): string => `${store}/${typeof key}/${key}`;

export function titleOf({ store, key }: Place): string {
  if (store === 'project') return 'the project';
  if (store === 'run') return 'the run of the bench';
  if (store === 'desk') return 'a virtual board';
  if (store === 'keys') return 'the passphrase';
  return key === PENDING.key ? 'a device that may have joined' : 'the database with a new device';
}
