/**
 * What a proxy is told about the filter of a connection, and what it answers: the transport PDUs of control messages with TTL
 * 0, destination 0 and the proxy's nonce.
 *
 * Source: Mesh Protocol 1.1, 6.5.
 */
import { concatenate, struct, u16be, u8 } from '../bytes.ts';
import { UNASSIGNED } from './addresses.ts';
import type { NetworkCredentials } from './derivation.ts';
import { openNetworkPdu, sealNetworkPdu } from './network-pdu.ts';

export type FilterType = 'accept' | 'reject';

export type ProxyConfiguration =
  /** Takes a list of the other kind, and empties it. */
  | { readonly kind: 'set-filter-type'; readonly filter: FilterType }
  | { readonly kind: 'add-addresses' | 'remove-addresses'; readonly addresses: readonly number[] }
  | { readonly kind: 'filter-status'; readonly filter: FilterType; readonly size: number };

const OPCODES = ['set-filter-type', 'add-addresses', 'remove-addresses', 'filter-status'] as const;
const FILTERS: readonly FilterType[] = ['accept', 'reject'];

const setFilterType = struct({ opcode: u8, filter: u8 });
const filterStatus = struct({ opcode: u8, filter: u8, size: u16be });
const addressItem = struct({ address: u16be });

/** As many addresses as an unsegmented control message holds: 11 bytes. */
export const MAX_FILTER_ADDRESSES = 5;

export function formatProxyConfiguration(message: ProxyConfiguration): Uint8Array<ArrayBuffer> {
  const opcode = OPCODES.indexOf(message.kind);
  switch (message.kind) {
    case 'set-filter-type':
      return concatenate([setFilterType.encode({ opcode, filter: FILTERS.indexOf(message.filter) })]);
    case 'filter-status':
      return concatenate([
        filterStatus.encode({ opcode, filter: FILTERS.indexOf(message.filter), size: message.size }),
      ]);
    case 'add-addresses':
    case 'remove-addresses':
      return concatenate([
        Uint8Array.of(opcode),
        ...message.addresses.map((address) => addressItem.encode({ address })),
      ]);
  }
}

/** @returns  `undefined` for opcodes that are not ours (directed proxies of 1.1) and for wrong sizes */
export function parseProxyConfiguration(bytes: Uint8Array): ProxyConfiguration | undefined {
  const kind = OPCODES[bytes[0] ?? OPCODES.length];
  if (kind === 'add-addresses' || kind === 'remove-addresses') {
    if (bytes.length % addressItem.size !== 1) return undefined;
    const count = (bytes.length - 1) / addressItem.size;
    return {
      kind,
      addresses: Array.from({ length: count }, (_, i) => addressItem.decode(bytes, 1 + 2 * i).address),
    };
  }
  const layout = kind === 'filter-status' ? filterStatus : setFilterType;
  const filter = FILTERS[bytes[1] ?? FILTERS.length];
  if (!kind || !filter || bytes.length !== layout.size) return undefined;
  return kind === 'filter-status'
    ? { kind, filter, size: filterStatus.decode(bytes).size }
    : { kind, filter };
}

/** A message of its own kind of PDU: control, TTL 0, to nobody, under the proxy's nonce. */
export interface SentConfiguration {
  readonly source: number;
  readonly sequence: number;
  readonly message: ProxyConfiguration;
}

export const sealProxyConfiguration = (
  credentials: NetworkCredentials,
  ivIndex: number,
  { source, sequence, message }: SentConfiguration,
): Uint8Array<ArrayBuffer> =>
  sealNetworkPdu(
    credentials,
    ivIndex,
    {
      control: true,
      ttl: 0,
      sequence,
      source,
      destination: UNASSIGNED,
      transport: formatProxyConfiguration(message),
    },
    'proxy',
  );

/** @returns  `undefined` for what is another network's, was changed, or is no such message */
export function openProxyConfiguration(
  credentials: NetworkCredentials,
  ivIndex: number,
  bytes: Uint8Array,
): (SentConfiguration & { readonly ivIndex: number }) | undefined {
  const pdu = openNetworkPdu(credentials, ivIndex, bytes, 'proxy');
  if (!pdu?.control || pdu.ttl !== 0 || pdu.destination !== UNASSIGNED) return undefined;
  const message = parseProxyConfiguration(pdu.transport);
  return message && { source: pdu.source, sequence: pdu.sequence, ivIndex: pdu.ivIndex, message };
}
