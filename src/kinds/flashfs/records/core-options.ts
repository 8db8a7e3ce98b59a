/**
 * Records of the core options, by the number of roles a device transmits in: originator, and relay where it is built in.
 *
 * Source: nRF5 SDK for Mesh, mesh/core/api/mesh_opt_core.h.
 */
import { arrayOf, bytes, hex, struct, u16, u32, u8, type Decoded } from '../../../bytes.ts';
import { layout, one, row, type EntryRow } from './row.ts';

const transmitRecord = struct({ enabled: u8, count: u8, intervalMs: u16 });
const byteRecord = struct({ value: u8 });
/** Type bits, then the six bytes of the address. */
const advertiserRecord = struct({ type: u8, address: bytes(6) });
const heartbeatRecord = struct({
  destination: u16,
  padding: u16,
  count: u32,
  periodSeconds: u32,
  ttl: u8,
  padding2: u8,
  features: u16,
  netKeyIndex: u16,
  padding3: u16,
});
const healthRecord = struct({ fastPeriodDivisor: u8, padding: bytes(3), faults: arrayOf(u32, 8) });

const onOff = ({ value }: Decoded<typeof byteRecord>) => (value === 0 ? 'off' : 'on');
export const coreRows = (roles: 1 | 2) => {
  const span = (first: number): readonly [number, number] => [first, first + roles - 1];
  const afterRoles = 0x0100 + 3 * roles;
  return {
    transmit: row(
      'transmission',
      span(0x0100),
      [layout(transmitRecord)],
      ({ count, intervalMs }, role) =>
        `${role === 0 ? 'own' : 'relayed'} messages ${count} times, ${intervalMs} ms apart`,
    ),
    power: row('transmit power', span(0x0100 + roles), [layout(byteRecord)], ({ value }) => hex(value, 2)),
    advertiser: row(
      'advertiser address',
      span(0x0100 + 2 * roles),
      [layout(advertiserRecord)],
      ({ address }) =>
        [...address]
          .reverse()
          .map((byte) => byte.toString(16).padStart(2, '0'))
          .join(':'),
    ),
    beacon: row('secure network beacon', one(afterRoles), [layout(byteRecord)], onOff),
    heartbeat: row(
      'heartbeat publication',
      one(afterRoles + 1),
      [layout(heartbeatRecord)],
      ({ destination, periodSeconds }) => `to ${hex(destination, 4)} every ${periodSeconds} s`,
    ),
    ecdh: row('ECDH offloading', one(0x0200), [layout(byteRecord)], onOff),
    proxy: row('GATT proxy', one(0x0210), [layout(byteRecord)], onOff),
    friend: row('friend', one(0x0220), [layout(byteRecord)], onOff),
    health: row(
      'health server',
      [0x0230, 0x024f],
      [layout(healthRecord)],
      (_, element) => `faults of element ${element}`,
    ),
  };
};
export type CoreRows = ReturnType<typeof coreRows>;

/**
 * The numbering that these entries follow. An advertiser address is three words long, a heartbeat publication six: nothing
 * else is, and in a device of one role they stand where one of two roles keeps something else.
 */
export function coreRowsFor(
  entries: readonly { readonly handle: number; readonly lengthWords: number }[],
): CoreRows {
  const single = coreRows(1);
  const fits = (one: EntryRow, handle: number, lengthWords: number) =>
    handle === one.first && one.layoutOf(lengthWords)?.lengthWords === lengthWords;
  const ofOneRole = entries.some(
    ({ handle, lengthWords }) =>
      fits(single.advertiser, handle, lengthWords) || fits(single.heartbeat, handle, lengthWords),
  );
  return coreRows(ofOneRole ? 1 : 2);
}
