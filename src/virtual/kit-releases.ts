/** What tells the releases of a virtual kit's firmware apart. Source: nRF5 SDK for Mesh, tags v2.0.0 to v5.0.0, mesh/serial. */
export interface KitRelease {
  readonly serialVersion: number;
  readonly maxParameters: number;
  readonly dataCredit: number;
  /** Bytes of PacketSend in front of the access message. */
  readonly sendHeader: 9 | 10;
  /** Parameters of Provision. */
  readonly provisionBytes: 43 | 44;
  readonly hasToken: boolean;
  readonly hasNetState: boolean;
  readonly hasHousekeeping: boolean;
  readonly replayListLength: number;
  /** Bytes of a received message that an event carries. */
  readonly maxReceived: number;
}

const modern: KitRelease = {
  serialVersion: 10,
  maxParameters: 254,
  dataCredit: 0xfe,
  sendHeader: 10,
  provisionBytes: 44,
  hasToken: true,
  hasNetState: false,
  hasHousekeeping: true,
  replayListLength: 40,
  maxReceived: 235,
};
const old: KitRelease = { ...modern, serialVersion: 6, sendHeader: 9, provisionBytes: 43, hasToken: false };
const first: KitRelease = {
  ...old,
  maxParameters: 97,
  dataCredit: 0x63,
  hasHousekeeping: false,
  replayListLength: 32,
  maxReceived: 78,
};
const second: KitRelease = { ...old, hasHousekeeping: false, replayListLength: 32 };

export const KIT_RELEASES = {
  '2.0.0': first,
  '2.0.1': first,
  '2.1.0': second,
  '2.1.1': second,
  '2.2.0': { ...old, serialVersion: 8 },
  '3.0.0': { ...modern, serialVersion: 9, hasToken: false },
  '3.1.0': modern,
  '3.2.0': modern,
  '4.0.0': modern,
  '4.1.0': modern,
  '4.2.0': modern,
  '5.0.0': { ...modern, hasNetState: true },
} as const satisfies Readonly<Record<string, KitRelease>>;
export type KitReleaseName = keyof typeof KIT_RELEASES;
