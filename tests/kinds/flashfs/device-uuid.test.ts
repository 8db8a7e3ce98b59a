import { describe, expect, test } from 'vitest';
import { deviceUuidOf, uuidFromFactoryIds } from '../../../src/kinds/flashfs/device-uuid.ts';

const ids = { deviceId: [0x12345678, 0xba98fedc], deviceAddress: [0x44332211, 0xffffc655] } as const;

test.each([
  ['1.0.1', '78563412-dcfe-98ba-1122-334455c6ffff'],
  ['2.2.0', '0059ffff-0000-0000-7856-3412dcfe98ba'],
  ['3.1.0', '0059ffff-0000-0000-7856-3412dcfe98ba'],
  ['3.2.0', '78563412-dcfe-98ba-1122-334455c6ffff'],
  ['4.0.0', '78563412-dcfe-98ba-1122-334455c6ffff'],
  ['4.1.0', '78563412-dcfe-48ba-9122-334455c6ffff'],
  ['5.0.0', '78563412-dcfe-48ba-9122-334455c6ffff'],
])('a board with firmware of SDK %s calls itself %s', (release, uuid) => {
  expect(uuidFromFactoryIds(ids, release)).toBe(uuid);
});

describe('firmware whose release is not known to the last digit', () => {
  test('has the UUID that all releases in question give it', () => {
    expect(deviceUuidOf(['4.2.0', '4.1.0'], ids)).toEqual({
      uuid: '78563412-dcfe-48ba-9122-334455c6ffff',
      certain: true,
    });
  });

  test('has none where they do not agree, or nothing tells one', () => {
    expect(deviceUuidOf(['4.1.0', '4.0.0'], ids)).toBeNull();
    expect(deviceUuidOf([], ids)).toBeNull();
  });

  test('has one that an application may have chosen otherwise, as in 2.0.0 to 3.1.0', () => {
    expect(deviceUuidOf(['3.1.0'], ids)).toMatchObject({ certain: false });
  });
});
