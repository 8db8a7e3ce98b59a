/** Whatever this browser keeps in IndexedDB, as one run of bytes: what a program that reads its files would find. */
import { settled } from '../../src/app/browser/idb.ts';

/** Every record of every database, names included. Keys that no script can read are left out: they have no bytes for anybody. */
export async function everyKeptByte(): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const take = (value: unknown): void => {
    if (value instanceof Uint8Array) parts.push(value);
    else if (value instanceof CryptoKey) return;
    else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) {
        take(name);
        take(member);
      }
    else parts.push(Buffer.from(`${String(value)}\n`));
  };
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name!));
    for (const store of database.objectStoreNames) {
      const found = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([settled(found.getAllKeys()), settled(found.getAll())]);
      take([store, keys, values]);
    }
    database.close();
  }
  return Buffer.concat(parts);
}

/** How a key may lie somewhere: as bytes, as hex in both cases, in base64 at each of its three beginnings. */
export function formsOf(key: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(key);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    return text.slice(Math.ceil((before * 4) / 3), -1); // what hangs together with neighbours is left out
  });
  return [bytes, ...[hex, hex.toUpperCase(), ...base64].map((text) => Buffer.from(text))];
}
