import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { formatHex, parseHex } from '../../src/hex/index.ts';
import { MemoryImage, type Segment } from '../../src/image/index.ts';
import { APPLICATION, application, below, code } from '../support/builds.ts';
import { useCli } from '../support/cli.ts';
import { sampleDatabasePath, sampleDumpPath } from '../support/samples.ts';

const { folder, run } = useCli();
const at = (name: string) => join(folder, name);
function build(name: string, ...segments: Segment[][]): string {
  writeFileSync(at(name), formatHex(MemoryImage.of(segments.flat())));
  return at(name);
}
const update = (firmware: readonly string[], ...more: string[]) =>
  run('update-firmware', sampleDumpPath, ...firmware.flatMap((path) => ['--firmware', path]), ...more);

describe('update-firmware', () => {
  const app = build('app.hex', application());

  test('writes the node of a dump under another build, and says what nobody can know', () => {
    const { status, stdout, stderr } = update([app], '--output', at('out.hex'));
    expect(stdout).toBe(
      `${at('out.hex')}: the node at 0x0011–0x0013 under nRF5 SDK for Mesh 4.0.0; 1 network and 2 application keys, IV index 0, next sequence number 8192\n`,
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/WARNING The HEX of a build does not show .* \[kinds\/layout-unseen\]/);
    expect(stderr).not.toContain('a63af6fb98c0841c47fe10a2122cb6f5');
    const check = run('check', at('out.hex'), '--db-input-file', sampleDatabasePath);
    expect([check.status, check.stderr]).toEqual([0, '']);
  });

  test('takes SoftDevice and application from files of their own', () => {
    const sd = build('sd.hex', below(0x0101));
    const { stdout, status } = update([sd, app], '--output', at('v5.hex'), '--firmware-release', '5.0.0');
    expect([status, stdout]).toEqual([0, expect.stringContaining('under nRF5 SDK for Mesh 5.0.0;')]);
  });

  test('takes a raw binary with an address of its own', () => {
    const { image } = parseHex(readFileSync(app, 'utf8'));
    writeFileSync(at('app.bin'), image.read(APPLICATION, 0x8200));
    const raw = (...more: string[]) => update([at('app.bin')], '--output', at('raw.hex'), ...more);
    expect(raw().stderr).toContain('[clone/binary-without-base]');
    expect(raw('--firmware-base-address', '0x26000').status).toBe(0);
    const joined = parseHex(readFileSync(at('raw.hex'), 'utf8')).image;
    expect(joined.read(APPLICATION + 0x200, 1)).toEqual(Uint8Array.of(0x5a));
  });

  test('writes nothing where the firmware would not find the node, and says why', () => {
    const large = build('large.hex', application(), [code(0x7d000, 0x40)]);
    const { status, stderr } = update([large], '--output', at('none.hex'));
    expect([status, existsSync(at('none.hex'))]).toEqual([1, false]);
    expect(stderr).toContain('0x7D000, where this node keeps its state. [kinds/firmware-over-state]');
  });

  test('never writes over the dump or the firmware', () => {
    const before = readFileSync(app);
    const { status, stderr } = update([app], '--output', app);
    expect([status, stderr]).toEqual([1, expect.stringContaining('[cli/output-is-input]')]);
    expect(readFileSync(app).equals(before)).toBe(true);
  });

  test('wants its three files, and a release that there is', () => {
    expect(run('update-firmware').status).toBe(2);
    expect(run('update-firmware', sampleDumpPath, '--output', at('x.hex')).status).toBe(2);
    expect(update([app]).status).toBe(2);
    const unknown = update([app], '--output', at('x.hex'), '--firmware-release', '9.9.9');
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('[clone/unknown-release]')]);
  });

  test('gives the dump back whole when it is its own new firmware', () => {
    writeFileSync(at('donor.hex'), gunzipSync(readFileSync(sampleDumpPath)));
    const { status } = run(
      'update-firmware',
      at('donor.hex'),
      '--firmware',
      sampleDumpPath,
      '--output',
      at('same.hex'),
    );
    expect(status).toBe(0);
    expect(readFileSync(at('same.hex'), 'utf8').replaceAll('\r', '')).toBe(
      readFileSync(at('donor.hex'), 'utf8').replaceAll('\r', ''),
    );
  });
});
