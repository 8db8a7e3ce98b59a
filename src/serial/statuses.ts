/** Status bytes of command responses. Source: nRF5 SDK for Mesh 5.0.0, mesh/serial/include/serial_status.h. */
export const STATUS = {
  success: 0x00,
  unknown: 0x80,
  internal: 0x81,
  commandUnknown: 0x82,
  invalidState: 0x83,
  invalidLength: 0x84,
  invalidParameter: 0x85,
  busy: 0x86,
  invalidData: 0x87,
  rejected: 0x8e,
  timeout: 0x93,
  invalidKeyData: 0x98,
} as const;
export type StatusName = keyof typeof STATUS;

const TEXTS: Readonly<Record<StatusName, string>> = {
  success: 'success',
  unknown: 'an error it has no word for',
  internal: 'internal error',
  commandUnknown: 'unknown command',
  invalidState: 'not possible in this state',
  invalidLength: 'wrong length',
  invalidParameter: 'parameter out of range',
  busy: 'busy',
  invalidData: 'invalid data',
  rejected: 'no room, or unknown handle',
  timeout: 'timeout',
  invalidKeyData: 'invalid key',
};

export const statusName = (status: number): StatusName | undefined =>
  (Object.keys(STATUS) as StatusName[]).find((known) => STATUS[known] === status);

export function statusText(status: number): string {
  const known = statusName(status);
  return known ? TEXTS[known] : 'a status of no known meaning';
}
