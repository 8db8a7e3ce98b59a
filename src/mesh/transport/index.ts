/** From access messages to network PDUs and back. */
export { judgeBeacon, transmitIndex, type BeaconVerdict, type IvIndex } from './iv-index.ts';
export { ReplayList, type SequenceAuth } from './replay-list.ts';
export type { Delivery, SegmentTiming } from './transfer.ts';
export {
  Transport,
  type IncomingMessage,
  type OutgoingMessage,
  type SequenceSource,
  type TransportSetup,
} from './transport.ts';
