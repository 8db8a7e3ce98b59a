import { describe, expect, test } from 'vitest';
import { changesSince } from '../../src/clone/index.ts';
import type { NodeState } from '../../src/image/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { readSampleDump } from '../support/projects.ts';

const pressed = readImage(readSampleDump().image).settled;
const said = (now: NodeState) => changesSince(pressed, now).map(({ code, message }) => `${code} ${message}`);

describe('a board beside the image that was made for it', () => {
  test('is as it was pressed', () => {
    expect(said(pressed)).toEqual([
      'clone/board-as-pressed Keys and settings are as they were pressed. It has not been on air.',
    ]);
  });

  test('that was on air has a higher sequence number, and may have followed the network', () => {
    expect(said({ ...pressed, nextSequenceNumber: pressed.nextSequenceNumber + 8192, ivIndex: 3 })).toEqual([
      'clone/board-as-pressed It has been running: its sequence number went from 8,192 to 16,384.',
      'clone/board-as-pressed It followed the network from IV index 0 to 3.',
      'clone/board-as-pressed Keys and settings are as they were pressed.',
    ]);
  });

  test.each<[string, Partial<NodeState>, string]>([
    ['reset', { unicast: null, provisioned: false }, 'The node was reset'],
    ['moved', { unicast: { start: 0x99, count: 3 } }, 'The board is 0x0099–0x009B now'],
    [
      'provisioned anew',
      { deviceKeys: pressed.deviceKeys.map((one) => ({ ...one, key: new Uint8Array(16).fill(7) })) },
      'It has another device key',
    ],
    [
      'given a key',
      { appKeys: [...pressed.appKeys, { index: 5, key: new Uint8Array(16).fill(9) }] },
      'It was given AppKey 5 since.',
    ],
    ['relieved of a key', { appKeys: pressed.appKeys.slice(1) }, 'AppKey 0 was taken from it since.'],
    [
      'refreshed',
      { netKeys: pressed.netKeys.map((one) => ({ ...one, key: new Uint8Array(16).fill(3) })) },
      'NetKey 0 is another key',
    ],
    [
      'configured again',
      {
        models: pressed.models.map((model, i) =>
          i === pressed.models.length - 1 ? { ...model, subscriptions: [0xc555] } : model,
        ),
      },
      '1 of its models was configured again since',
    ],
    [
      'written with an older image',
      { nextSequenceNumber: 1 },
      'Its sequence number went back, from 8,192 to 1.',
    ],
  ])('that was %s is told so, and no key', (_, change, text) => {
    const [first] = said({ ...pressed, ...change });
    expect(first).toContain(`clone/board-changed ${text}`);
    expect(first).not.toMatch(/[0-9a-f]{12}/i);
  });
});
