/** Requests and transactions of IndexedDB as promises. */

export const settled = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The database did not answer.'));
  });

/** @returns once all that `change` does in these stores would survive a power loss; none of it is done where it rejects */
export function strictly(
  database: IDBDatabase,
  names: readonly string[],
  change: (transaction: IDBTransaction) => void,
): Promise<void> {
  const transaction = database.transaction([...names], 'readwrite', { durability: 'strict' });
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted.'));
  });
  change(transaction);
  return done;
}
