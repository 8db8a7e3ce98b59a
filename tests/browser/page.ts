/** A fresh visitor: a page without memory of earlier ones, which keeps a list of everything the browser complains about. */
import type { Browser, Download, Page } from 'playwright-core';
import type { ChosenFile } from './files.ts';

export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, and exceptions: among them every breach of the page's own policy. */
  readonly complaints: string[];
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** What moves is looked at where tests say so; everywhere else it would only be waited for. */
  readonly reducedMotion?: 'reduce' | 'no-preference';
  /**
   * Where saved files go: `download`, as in a browser that cannot ask for a place; `file`, a real file in the origin's own
   * file system; `closed`, a person who closes the picker. A real picker cannot be driven.
   */
  readonly picker?: 'download' | 'file' | 'closed';
  /** Whether this browser keeps pages for offline use, as on a secure origin. Most tests have nothing to do with that. */
  readonly offline?: boolean;
}

export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const {
    width = 1280,
    height = 900,
    colorScheme = 'light',
    reducedMotion = 'reduce',
    picker = 'download',
    offline = false,
  } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion,
    deviceScaleFactor: width > 760 ? 1 : 2,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await context.addInitScript((picker) => {
    const target = window as { showSaveFilePicker?: unknown };
    if (picker === 'download') delete target.showSaveFilePicker;
    else {
      target.showSaveFilePicker = async ({ suggestedName }: { suggestedName: string }) => {
        if (picker === 'closed') throw new DOMException('The user aborted a request.', 'AbortError');
        return (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
      };
    }
  }, picker);
  if (!offline) await context.addInitScript({ content: 'delete Navigator.prototype.serviceWorker' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

/** Choose files by the button that says so. */
export async function choose(
  page: Page,
  files: readonly ChosenFile[],
  button: RegExp = /^Choose|^Other files/,
) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).first().click();
  await (await chooser).setFiles([...files]);
}

/** Drop files onto the window. */
export async function drop(page: Page, files: readonly ChosenFile[]) {
  const transfer = await page.evaluateHandle(
    (files) => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      return transfer;
    },
    files.map(({ name, buffer }) => ({ name, base64: buffer.toString('base64') })),
  );
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('body', type, { dataTransfer: transfer });
  }
}

/** Go to a step by the rail. */
export const step = (page: Page, name: 'Donor' | 'Plan' | 'Press' | 'Bench') =>
  page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name });

/** All that is asked before pressing. */
export async function sayWord(page: Page) {
  await page.getByRole('checkbox', { name: /development or research/ }).check();
  await page.getByRole('radio', { name: 'Without a password' }).check();
}

export const headline = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

/** All that this origin has in IndexedDB, as text; bytes as hex digits and as characters. */
export const stored = (page: Page) =>
  page.evaluate(async () => {
    let text = '';
    for (const { name } of await indexedDB.databases()) {
      const open = indexedDB.open(name!);
      const db = await new Promise<IDBDatabase>((resolve) => {
        open.onsuccess = () => resolve(open.result);
      });
      for (const store of db.objectStoreNames) {
        const request = db.transaction(store).objectStore(store).getAll();
        const values = await new Promise<unknown[]>((resolve) => {
          request.onsuccess = () => resolve(request.result as unknown[]);
        });
        text += JSON.stringify(values, (_, value: unknown) =>
          value instanceof Uint8Array
            ? Array.from(value, (byte) => String.fromCharCode(byte)).join('')
            : value,
        );
      }
      db.close();
    }
    return text;
  });

/** What this origin has encrypted, opened with the key of the device as docs/security.md says: JSON, and bytes as characters. */
export const opened = (page: Page) =>
  page.evaluate(async () => {
    const settled = <Result>(request: IDBRequest<Result>) =>
      new Promise<Result>((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const db = await settled(indexedDB.open('meshpress-kept'));
    let text = '';
    const all = async (name: string) => {
      const store = db.transaction(name).objectStore(name);
      const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
      return keys.map((key, i) => [key, values[i] as Record<string, unknown>] as const);
    };
    const [[, { id, key } = {}] = []] = await all('keys');
    for (const name of db.objectStoreNames) {
      for (const [place, { sealed, iv, bytes }] of name === 'keys' ? [] : await all(name)) {
        if (sealed !== 1) continue;
        const named = `meshpress-kept 1 ${id as string} ${name}/${typeof place}/${String(place)}`;
        const how = {
          name: 'AES-GCM',
          iv: iv as BufferSource,
          additionalData: new TextEncoder().encode(named),
        };
        const packed = await crypto.subtle.decrypt(how, key as CryptoKey, bytes as BufferSource);
        for (const byte of new Uint8Array(packed)) text += String.fromCharCode(byte);
      }
    }
    db.close();
    return text;
  });

/** Wait until what this origin has encrypted is as wanted: asked again and again, as nothing on the page tells of it. */
export async function untilKept(page: Page, isWanted: (text: string) => boolean): Promise<void> {
  while (!isWanted(await opened(page)));
}

/** What a file holds that the page gave. */
export async function contentOf(download: Download): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** As for want of memory, or by a person with developer tools. */
export async function endEngine(page: Page): Promise<void> {
  await page.workers()[0]!.evaluate(() => self.close());
  await page.getByText('The part of the page that works on your files has stopped.').first().waitFor();
}
