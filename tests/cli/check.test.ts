import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatHex, parseHex } from '../../src/hex/index.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { useCli } from '../support/cli.ts';
import {
  sampleDatabasePath,
  sampleDatabaseText,
  sampleDumpPath,
  sampleDumpText,
} from '../support/samples.ts';

const { folder, run } = useCli();
const at = (name: string) => join(folder, name);
const check = (dump: string, database: string, ...more: string[]) =>
  run('check', dump, '--db-input-file', database, ...more);
function changed(name: string, ...pairs: readonly [string | RegExp, string][]): string {
  const path = at(name);
  writeFileSync(
    path,
    pairs.reduce((text, [old, now]) => text.replace(old, now), sampleDatabaseText()),
  );
  return path;
}

describe('a dump and the database of its network', () => {
  test('that agree are named, and the exit code is 0', () => {
    const { status, stdout } = check(sampleDumpPath, sampleDatabasePath);
    expect(stdout).toContain(`${sampleDatabasePath}: node 1, light, 0x0011–0x0013`);
    expect(stdout).toContain('Dump and record agree');
    expect(status).toBe(0);
  });

  test('name every disagreement, without a key; for a program too', () => {
    const database = changed(
      'differs.json',
      [/"ivIndex": \d+/, '"ivIndex": 7'],
      ['"phase": 0', '"phase": 1'],
    );
    const { status, stdout } = check(sampleDumpPath, database, '--json');
    expect(status).toBe(1);
    const report = JSON.parse(stdout) as { agrees: boolean; node: unknown; findings: { code: string }[] };
    expect(report).toMatchObject({ agrees: false, node: { index: 1, name: 'light', unicast: '0x0011' } });
    expect(report.findings.map(({ code }) => code)).toEqual(['clone/record-differs', 'clone/record-differs']);
    expect(stdout).toContain('key refresh phase 0 on the node and 1 in the database');
    expect(stdout).toContain('the database says 7');
    expect(stdout).not.toContain('a63af6fb');
  });

  test('of different networks, or of different times, say which', () => {
    const key = 'a63af6fb98c0841c47fe10a2122cb6f5';
    const stale = check(sampleDumpPath, changed('stale.json', [key, '0123456789abcdef0123456789abcdef']));
    expect([stale.status, stale.stdout]).toEqual([1, expect.stringContaining('[clone/dump-stale]')]);
    const moved = check(
      sampleDumpPath,
      changed('moved.json', ['"unicastAddress": 17', '"unicastAddress": 512']),
    );
    expect([moved.status, moved.stdout]).toEqual([1, expect.stringContaining('[clone/donor-moved]')]);
  });

  test('every clone agrees with the database that was updated for it', () => {
    const database = at('net.json');
    copyFileSync(sampleDatabasePath, database);
    const press = run(
      ...['--hex-input-file', sampleDumpPath, '--db-input-file', database],
      ...['--hex-output-file', at('clone.hex'), '--clone-copies', '2'],
    );
    expect(press.status).toBe(0);
    for (const [name, unicast] of [
      ['clone.hex', '0x0053'],
      ['clone_1.hex', '0x0056'],
    ] as const) {
      const { status, stdout } = check(at(name), database, '--json');
      expect([status, JSON.parse(stdout)]).toEqual([
        0,
        expect.objectContaining({ agrees: true, node: expect.objectContaining({ unicast }) }),
      ]);
    }
  });

  test('a clone is pressed with the donor’s UICR or without it, and inspect tells what is in it', () => {
    const uicr = at('uicr.hex');
    const bootloader = { address: 0x10001014, bytes: Uint8Array.of(0, 0x80, 0x07, 0) };
    writeFileSync(uicr, formatHex(MemoryImage.of([bootloader])));
    const inspected = run('inspect', sampleDumpPath, uicr).stdout;
    expect(inspected).toContain('0x10001014  NRFFW[0]     bootloader at 0x78000');
    for (const choice of ['keep', 'drop'] as const) {
      const database = at(`${choice}.json`);
      copyFileSync(sampleDatabasePath, database);
      const output = at(`${choice}.hex`);
      const { status } = run(
        ...['--hex-input-file', sampleDumpPath, '--hex-input-file', uicr, '--db-input-file', database],
        ...['--hex-output-file', output, '--uicr', choice],
      );
      expect(status).toBe(0);
      const { image } = parseHex(readFileSync(output, 'latin1'));
      expect(image.definedBytes(0x10001000, 0x1000)).toBe(choice === 'keep' ? 4 : 0);
    }
  });

  test('misused, it says how it is used', () => {
    expect(run('check').status).toBe(2);
    expect(run('check', sampleDumpPath).stderr).toContain('--db-input-file is missing');
    expect(check(sampleDumpPath, sampleDatabasePath, '--ficr', '1,2').status).toBe(2);
  });
});

describe('the UUID of a board', () => {
  const FICR = '0x12345678,0xba98fedc,0x44332211,0xffffc655';
  /** By the rule of 4.1.0 and later; see the release named by `inspect`. */
  const own = /UUID ([0-9a-f-]{36})/;

  test('is compared where its chip is known, and put into the record', () => {
    const database = at('uuid.json');
    copyFileSync(sampleDatabasePath, database);
    const before = check(sampleDumpPath, database, '--ficr', FICR);
    expect([before.status, before.stdout]).toEqual([1, expect.stringContaining('[clone/uuid-differs]')]);
    const set = run('set-uuid', database, '--hex-input-file', sampleDumpPath, '--ficr', FICR);
    expect(set.status).toBe(0);
    const uuid = own.exec(set.stdout)![1]!;
    expect(uuid.replaceAll('-', '').slice(0, 8)).toBe('78563412');
    expect(readFileSync(database, 'utf8')).toContain(uuid.replaceAll('-', ''));
    expect(check(sampleDumpPath, database, '--ficr', FICR).status).toBe(0);
  });

  test('is taken from the factory information in the dump itself', () => {
    const image = parseHex(sampleDumpText()).image;
    const words = FICR.split(',').map(Number);
    const ficr = (address: number, first: number) => ({
      address,
      bytes: new Uint8Array(Uint32Array.of(words[first]!, words[first + 1]!).buffer),
    });
    const dump = at('with-ficr.hex');
    const whole = MemoryImage.of([...image.runs, ficr(0x10000060, 0), ficr(0x100000a4, 2)]);
    writeFileSync(dump, formatHex(whole));
    expect(check(dump, sampleDatabasePath).stdout).toContain('[clone/uuid-differs]');
  });

  test('is refused where nothing tells the chip, or another record has it', () => {
    const database = at('uuid-2.json');
    copyFileSync(sampleDatabasePath, database);
    expect(run('set-uuid', database, '--hex-input-file', sampleDumpPath).stderr).toContain(
      '[clone/factory-ids-unknown]',
    );
    const other = /"UUID": "([0-9a-f]{32})"/.exec(sampleDatabaseText().split('"nodes"')[1]!)![1]!;
    expect(run('set-uuid', database, '--node', '1', '--uuid', other).stderr).toContain(
      '[meshdb/duplicate-identity]',
    );
    expect(readFileSync(database, 'utf8')).toBe(sampleDatabaseText());
  });
});
