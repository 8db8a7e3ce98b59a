import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { nodeEntryCrypto } from '../../src/cli/platform.ts';
import { webEntryCrypto } from '../../src/worker/web-entry-crypto.ts';
import {
  checkPassword,
  deflated,
  EntryEncryption,
  makePassword,
  portableCrypto,
  ZipStream,
  type EntryCrypto,
} from '../../src/zip/index.ts';
import { encryptedZip, unzipEncrypted } from '../support/encrypted-zip.ts';
import { seededBytes } from '../support/projects.ts';

const local = new Date('2026-05-04T10:20:31Z');
const PASSWORD = 'correct horse battery';

/** Every platform's. */
const CRYPTO: Readonly<Record<string, EntryCrypto>> = {
  portable: portableCrypto,
  browser: webEntryCrypto(crypto.subtle),
  Node: nodeEntryCrypto,
};

interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}
async function zipOf(files: readonly NamedBytes[], encryption?: EntryEncryption): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  const zip = new ZipStream({ write: (bytes) => void blocks.push(bytes.slice()) }, local, encryption);
  for (const { name, bytes } of files) await zip.add(name, await deflated([bytes]));
  await zip.finish();
  return new Uint8Array(Buffer.concat(blocks));
}
const encryption = (crypto?: EntryCrypto, password = PASSWORD, seed = 'salt') =>
  new EntryEncryption(password, seededBytes(seed), crypto);

const someFiles = fc.array(fc.oneof(fc.uint8Array({ maxLength: 70 }), largeBytes()), {
  minLength: 1,
  maxLength: 4,
});
/** Around the ends of the pieces in which ciphertext is made, and over several of them; they do not get smaller by deflating. */
function largeBytes() {
  const seed = fc.string({ maxLength: 8 });
  return fc
    .tuple(seed, fc.constantFrom(0xffff, 0x10000, 0x10001, 0x1fff0, 0x20001), fc.nat({ max: 40 }))
    .map(([name, size, more]) => seededBytes(name)(size + more));
}

describe('an encrypted zip', () => {
  test('gives another program what the plain one holds, whichever cryptography made it', async () => {
    await fc.assert(
      fc.asyncProperty(
        someFiles,
        fc.string({ unit: 'grapheme-ascii', minLength: 12, maxLength: 99 }),
        fc.constantFrom(...Object.keys(CRYPTO)),
        async (contents, password, platform) => {
          const files = contents.map((bytes, i) => ({ name: `clones/${i}.hex`, bytes }));
          const zip = await zipOf(files, encryption(CRYPTO[platform], password));
          const plain = unzipSync(await zipOf(files));
          const read = await unzipEncrypted(zip, password);
          expect(Object.keys(read)).toEqual(Object.keys(plain));
          for (const [name, bytes] of Object.entries(read))
            expect(Buffer.compare(bytes, plain[name]!)).toBe(0);
        },
      ),
      { numRuns: Number(process.env['ZIP_RUNS'] ?? 15) },
    );
  });

  test('is the same zip from all platforms, with the same random bytes', async () => {
    const files = [3, 0x10001].map((size) => ({ name: `${size}`, bytes: seededBytes('data')(size) }));
    const [first, ...others] = await Promise.all(
      Object.values(CRYPTO).map((crypto) => zipOf(files, encryption(crypto))),
    );
    for (const other of others) expect(Buffer.compare(first!, other)).toBe(0);
  });

  test('is refused with another password, and where a byte was changed', async () => {
    const zip = await zipOf([{ name: 'a', bytes: seededBytes('a')(1000) }], encryption());
    await expect(unzipEncrypted(zip, 'correct horse batteries')).rejects.toThrow('Invalid password');
    const changed = zip.slice();
    changed[500]! ^= 1;
    await expect(unzipEncrypted(changed, PASSWORD)).rejects.toThrow('authentication');
  });

  test('says in both headers that it is AE-2 with AES-256, and nothing of the data but its sizes', async () => {
    const bytes = new TextEncoder().encode('a text that is deflated '.repeat(40));
    const zip = await zipOf([{ name: 'a', bytes }], encryption());
    const [entry] = await encryptedZip(zip, PASSWORD).getEntries();
    expect(entry).toMatchObject({
      encrypted: true,
      zipCrypto: false,
      compressionMethod: 8,
      signature: 0,
      uncompressedSize: bytes.length,
    });
    expect(entry!.extraFieldAES).toMatchObject({ vendorVersion: 2, strength: 3 });
    expect(entry!.compressedSize).toBe(
      (await deflated([bytes])).pieces.reduce((sum, one) => sum + one.length, 28),
    );
  });

  test('encrypts two files that are alike with two keys', async () => {
    const bytes = seededBytes('a')(1000);
    const zip = await zipOf(
      [0, 1].map((i) => ({ name: `${i}`, bytes })),
      encryption(),
    );
    const data = (await encryptedZip(zip, PASSWORD).getEntries()).map(({ offset }) =>
      Buffer.from(zip.subarray(offset + 60, offset + 1000)).toString('hex'),
    );
    expect(data[0]).not.toBe(data[1]);
  });

  test('is not begun where the random bytes are refused', async () => {
    const broken = new EntryEncryption(PASSWORD, () => {
      throw new Error('broken source');
    });
    await expect(zipOf([{ name: 'a', bytes: new Uint8Array(1) }], broken)).rejects.toThrow('broken source');
  });
});

describe('a password', () => {
  test.each([
    ['elevenchars', 'zip/short-password'],
    ['', 'zip/short-password'],
    ['p'.repeat(100), 'zip/long-password'],
    ['größer als zwölf', 'zip/password-characters'],
    ['with a tab\tin it', 'zip/password-characters'],
  ])('%j is refused with %s', (password, code) => {
    const wrong = checkPassword(password)!;
    expect(wrong.code).toBe(code);
    if (password) expect(JSON.stringify([wrong.message, wrong.hint, wrong.facts])).not.toContain(password);
  });

  test('that is made is let pass, is like no other, and has no letters that look alike', () => {
    const made = new Set<string>();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 25, maxLength: 25 }), (bytes) => {
        const password = makePassword(() => bytes);
        expect(password).toMatch(/^([a-km-np-z2-9]{5}-){4}[a-km-np-z2-9]{5}$/);
        expect(checkPassword(password)).toBeNull();
      }),
    );
    const random = seededBytes('passwords');
    for (let i = 0; i < 100; i++) made.add(makePassword(random));
    expect(made.size).toBe(100);
  });
});
