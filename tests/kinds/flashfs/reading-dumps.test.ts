import { describe, expect, test } from 'vitest';
import {
  flashManagerKind,
  type FirmwareState,
  type FlashManagerReading,
} from '../../../src/kinds/flashfs/index.ts';
import type { NodeStateJson } from '../../../src/image/index.ts';
import { fixtures, readDump, releases, stateOf } from './fixtures.ts';

const REFUSALS: Readonly<Record<string, string>> = {
  'no flash manager pages': 'flashfs/no-area',
  'node was never provisioned': 'flashfs/never-provisioned',
  'node is not provisioned (reset)': 'flashfs/node-reset',
  'half-finished node reset': 'flashfs/half-reset',
  'no device key': 'flashfs/no-device-key',
  'the stack of this release asserts on every boot of this image (interrupted defragmentation)':
    'flashfs/interrupted-defragmentation',
};
const WARNINGS: Readonly<Record<string, string>> = {
  'holds more than one device key; the own one is that whose owner is the unicast address':
    'flashfs/several-device-keys',
  'net key entry present twice; the stack repairs it on the next boot': 'flashfs/replaced-entry',
  'the stack of this release asserts on the first boot of this image, repairs the flash and runs on the second':
    'flashfs/replaced-entry',
  'half-finished node reset: address and keys are still there, bindings and publication are gone':
    'flashfs/half-finished-reset',
};
/** Histories that end before anything was written about models, and the releases that write none before configuration. */
const WITHOUT_MODELS = ['blank', 'powercut-reset'];
const WITHOUT_MODELS_BEFORE_3_2 = [
  'deprovisioned',
  'multipage',
  'powercut-provisioning',
  'powercut-provisioning-netkey',
  'two-devkeys',
  'unprovisioned',
];

const read = (release: string, history: string) => flashManagerKind.read(readDump(release, history))!;
const print = (reading: FlashManagerReading, state: FirmwareState): NodeStateJson =>
  reading.formatState(state, { showKeys: true });

describe.each(releases)('a dump of %s', (release) => {
  const ofRelease = fixtures.filter((fixture) => fixture.release === release);

  test.each(ofRelease)(
    'with the history $history is read as its own code reads it',
    ({ history, manifest }) => {
      const reading = read(release, history);
      const { nextBoot } = reading;
      const holdsNoModels =
        WITHOUT_MODELS.includes(history) ||
        (release < '3.2.0' && WITHOUT_MODELS_BEFORE_3_2.includes(history));
      expect(nextBoot.modelsKnown).toBe(!holdsNoModels);
      const expected = stateOf(manifest.nextBoot, !holdsNoModels);
      if (history === 'blank') delete (expected as { replayCache?: unknown }).replayCache; // nothing tells its release
      expect(print(reading, nextBoot)).toEqual(expected);
    },
  );

  test.each(ofRelease)(
    'with the history $history is refused for the right reason or not at all',
    ({ history, manifest }) => {
      const { refusal } = read(release, history);
      expect(refusal?.code).toBe(manifest.refuse === null ? undefined : REFUSALS[manifest.refuse]);
    },
  );

  test.each(ofRelease.filter(({ manifest }) => manifest.warning))(
    'with the history $history warns',
    ({ history, manifest }) => {
      expect(read(release, history).findings).toContainEqual(
        expect.objectContaining({ severity: 'warning', code: WARNINGS[manifest.warning!] }),
      );
    },
  );

  test.each(ofRelease.filter(({ manifest }) => manifest.secondBoot && !manifest.refuse))(
    'with the history $history settles to what its code has at the second boot',
    ({ history, manifest }) => {
      const reading = read(release, history);
      const { settled, nextBoot } = reading;
      // the boot that stopped had already taken a block of sequence numbers
      const { nextSequenceNumber, ...rest } = stateOf(manifest.secondBoot!, true);
      expect(print(reading, settled)).toEqual({ ...rest, nextSequenceNumber: nextSequenceNumber - 8192 });
      expect(settled).not.toBe(nextBoot);
    },
  );

  test.each(ofRelease.filter(({ history }) => history !== 'blank'))(
    'with the history $history shows every device key where it is',
    ({ history, manifest }) => {
      const { areas } = read(release, history);
      const secrets = areas.flatMap(({ pages }) =>
        pages.flatMap(({ entries }) => entries.flatMap((entry) => entry.secrets)),
      );
      for (const { keyAddress } of manifest.deviceKeyLocations) {
        expect(secrets).toContainEqual({ address: Number.parseInt(keyAddress, 16), length: 16 });
      }
    },
  );

  test.each(ofRelease)('with the history $history is mapped without a gap', ({ history }) => {
    const { regions, chip } = read(release, history);
    let end = 0;
    for (const { address, length } of regions) {
      expect(address).toBe(end);
      end = address + length;
    }
    expect(end).toBe(chip.chip.flashSize);
  });
});

describe('telling the release', () => {
  const FAMILIES = [
    ['2.0.1', '2.1.1'],
    ['2.2.0'],
    ['3.0.0', '3.1.0', '3.2.0'],
    ['4.0.0'],
    ['4.1.0', '4.2.0'],
    ['5.0.0'],
  ];

  test.each(fixtures.filter(({ history }) => history !== 'blank' && history !== 'powercut-reset'))(
    '$release with the history $history is told apart from other families',
    ({ release, history }) => {
      const { likely } = read(release, history).releases;
      const family = FAMILIES.find((one) => one.includes(release))!;
      const first = likely[0]!;
      expect(family.includes(first) || (family[0] === '2.0.1' && first.startsWith('2.'))).toBe(true);
    },
  );

  test("a person's word goes before the guess", () => {
    const { releases: guess } = flashManagerKind.read(readDump('4.1.0', 'fresh'), { release: '4.1.0' })!;
    expect(guess).toEqual({ likely: ['4.1.0'], certain: true, reasons: ['chosen by hand'] });
  });
});
