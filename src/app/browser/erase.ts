/**
 * All that Meshpress has in this browser goes. What other pages of the same origin keep is theirs and stays: it is told apart by its
 * name.
 */
import { forgetOffline } from '../../offline/index.ts';
import { notErased } from '../storage-errors.ts';
import { closeForGood, NAME } from './database.ts';
import { OLD_DATABASES } from './old-databases.ts';
import { forgetTheme } from './theme.ts';

/** A database that nobody uses is gone at once. */
const GONE_MS = 5000;

/** @throws `app/not-erased` when another tab keeps a database open; what was done by then is done */
export async function eraseAll(): Promise<void> {
  closeForGood();
  for (const name of [NAME, ...OLD_DATABASES]) await deleteDatabase(name);
  forgetTheme();
  await forgetPermissions();
  await forgetOffline();
}

/** A tab of today closes its connection when it is told; one of version 0.1.0, or one that is frozen, does not. */
const deleteDatabase = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    const late = setTimeout(() => reject(notErased()), GONE_MS);
    const settle = (end: () => void) => () => {
      clearTimeout(late);
      end();
    };
    request.onsuccess = settle(resolve);
    request.onerror = settle(() => reject(notErased(request.error)));
  });

interface Forgettable {
  forget?(): Promise<void>;
}
interface Lists {
  readonly usb?: { getDevices(): Promise<readonly Forgettable[]> };
  readonly serial?: { getPorts(): Promise<readonly Forgettable[]> };
  readonly bluetooth?: { getDevices?(): Promise<readonly Forgettable[]> };
}

/** Boards, ports and radios that a person let this page use; browsers that cannot take that back leave it to their settings. */
async function forgetPermissions(): Promise<void> {
  const { usb, serial, bluetooth } = navigator as Lists;
  const lists = await Promise.allSettled([
    usb?.getDevices() ?? [],
    serial?.getPorts() ?? [],
    bluetooth?.getDevices?.() ?? [],
  ]);
  const devices = lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
  await Promise.allSettled(devices.map((device) => device.forget?.()));
}
