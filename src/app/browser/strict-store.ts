/**
 * A store for idb-keyval whose writes have reached the disk before they count. Its own leaves that to the browser, and Chromium has
 * answered earlier since version 121; a run holds the only copy of its device keys.
 */
import type { UseStore } from 'idb-keyval';

/** @param database  has this one store, under the version that idb-keyval gives it */
export function strictStore(database: string, name: string): UseStore {
  let opened: Promise<IDBDatabase> | undefined;
  const open = () =>
    (opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(database);
      request.onupgradeneeded = () => request.result.createObjectStore(name);
      request.onerror = () => reject(request.error ?? new Error('The database did not answer.'));
      request.onsuccess = () => {
        request.result.onclose = () => (opened = undefined);
        resolve(request.result);
      };
    }).catch((error: unknown) => {
      opened = undefined; // a person may allow it meanwhile
      throw error;
    }));
  return async (mode, act) =>
    act((await open()).transaction(name, mode, { durability: 'strict' }).objectStore(name));
}
