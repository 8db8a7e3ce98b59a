import { describe, expect, test } from 'vitest';
import type { KeptRun } from '../../src/app/browser/bench-memory.ts';
import { DEFAULT_SETTINGS } from '../../src/app/state/plan-settings.ts';
import { formatRun, parseRun } from '../../src/app/state/run-file.ts';
import { samplePlan } from '../support/projects.ts';

const bytes = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 37) & 0xff);
const run: KeptRun = {
  version: 1,
  id: 'a-run',
  startedAt: '2026-11-26T14:58:00.000Z',
  boards: 'usb',
  files: [
    { name: 'dump.hex', bytes },
    { name: 'db.json', bytes: Uint8Array.of(1) },
  ],
  settings: { ...DEFAULT_SETTINGS, csv: 'name,deviceKey\r\nlight,00112233445566778899aabbccddeeff\r\n' },
  donor: 'light_0050',
  network: 'f3'.repeat(16),
  meshName: 'Office',
  clones: [0x53, 0x56],
  saved: false,
};
const changed = (changes: Record<string, unknown>) =>
  JSON.stringify({ ...(JSON.parse(formatRun(run)) as object), ...changes });

describe('a run as a file', () => {
  test('comes back with all that its clones are made of, and lies in a file then', () => {
    expect(parseRun(formatRun(run))).toEqual({ ...run, saved: true });
  });

  test.each([
    ['broken JSON', formatRun(run).slice(0, -4)],
    ['other JSON', '{"nodes":[]}'],
    ['JSON that is no object', '[1]'],
    ['a later version', changed({ version: 2 })],
    ['unknown boards', changed({ boards: 'paper' })],
    ['a network that is none', changed({ network: 'Office' })],
    ['no clones', changed({ clones: [] })],
    ['a group address', changed({ clones: [0xc000] })],
    ['no files', changed({ files: [] })],
    ['a file without a name', changed({ files: [{ base64: 'AA==' }] })],
    ['a file that is damaged', changed({ files: [{ name: 'x', base64: 'A' }] })],
  ])('is refused where it is %s', (_, text) => {
    expect(() => parseRun(text)).toThrow(expect.objectContaining({ code: 'app/bad-run-file' }));
  });

  test('has settings of the plan alone', () => {
    const { settings } = parseRun(changed({ settings: { csv: 'x', count: 7, first: '0x53', other: 'y' } }));
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, csv: 'x', first: '0x53' });
  });
});

describe('the plan of a run', () => {
  const plan = samplePlan({ count: 2 });
  const saved = formatRun({
    ...run,
    version: 2,
    network: plan.donor.meshUuid,
    clones: plan.clones.map(({ unicast }) => unicast),
    plan,
  });
  const withFileNames = (...names: string[]) => {
    const all = JSON.parse(saved) as { plan: { clones: { fileName: string }[] } };
    for (const [i, name] of names.entries()) all.plan.clones[i]!.fileName = name;
    return JSON.stringify(all);
  };

  test('comes back as it was made', () => {
    expect(parseRun(saved)).toMatchObject({ plan });
  });

  test.each([
    ['leads out of its folder', ['../../.profile']],
    ['is a device', ['nul.hex']],
    ['is another’s', ['light.hex', 'LIGHT.hex']],
  ])('is refused where the file of a clone %s', (_, names) => {
    expect(() => parseRun(withFileNames(...names))).toThrow(
      expect.objectContaining({ code: 'app/bad-run-file' }),
    );
  });
});
