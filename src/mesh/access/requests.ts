/**
 * Questions to a node and the answers that belong to them.
 *
 * A bearer sends `access` with the key named and waits for an answer that `read` accepts: another element's or model's answer of
 * the same kind is not ours.
 */
import { configuration } from './configuration.ts';
import { isVendorModel, type ModelId, type PublishKey, type PublishRetransmit } from './fields.ts';
import { genericOnOff } from './generic-on-off.ts';
import type { AccessMessage } from './message.ts';

/** Which key a message is encrypted with. */
export type AccessKey = 'device' | { readonly appKeyIndex: number };

export interface Request<Answer> {
  /** As the specification calls the message that is sent. */
  readonly name: string;
  /** Opcode and parameters. */
  readonly access: Uint8Array;
  readonly key: AccessKey;
  /** The answer in an access message; nothing where it is not the answer to this. */
  read(access: Uint8Array): Answer | undefined;
  /** The answer has more than 11 bytes, so the node sends it in segments. */
  readonly isAnswerLong: boolean;
}
/** What a request is answered with. */
export type AnswerOf<R> = R extends Request<infer Answer> ? Answer : never;

interface Pair<Parameters, Answer> {
  readonly sent: AccessMessage<Parameters>;
  readonly answer: AccessMessage<Answer>;
  readonly key?: AccessKey;
  readonly isAnswerLong?: boolean;
  /** Members that an answer repeats from the request. */
  readonly same?: readonly (keyof Parameters & keyof Answer)[];
}

function request<Parameters, Answer>(
  { sent, answer, key = 'device', isAnswerLong = false, same = [] }: Pair<Parameters, Answer>,
  parameters: Parameters,
): Request<Answer> {
  return {
    name: sent.name,
    access: sent.encode(parameters),
    key,
    isAnswerLong,
    read(access) {
      const read = answer.decode(access);
      const isOurs = same.every(
        (member) => JSON.stringify(read?.[member]) === JSON.stringify(parameters[member]),
      );
      return isOurs ? read : undefined;
    },
  };
}

/** What a model is to publish. */
export interface PublicationSettings {
  /** Unicast or group address; 0 switches publication off. */
  readonly address: number;
  readonly key: PublishKey;
  /** 0..127, or 255 for the node's default. */
  readonly ttl: number;
  readonly periodMs: number;
  readonly retransmit: PublishRetransmit;
}

const elementAndModel = ['element', 'model'] as const;
const modelAppPair = { sent: configuration.sigModelAppGet, answer: configuration.sigModelAppList };
const vendorAppPair = { sent: configuration.vendorModelAppGet, answer: configuration.vendorModelAppList };

/** `element` is an element's unicast address. */
export const requests = {
  /** Page 0. A node of the nRF5 SDK for Mesh answers with page 0 whatever page is asked for. */
  compositionData: () =>
    request(
      {
        sent: configuration.compositionDataGet,
        answer: configuration.compositionDataStatus,
        isAnswerLong: true,
      },
      { page: 0 },
    ),
  appKeyAdd: (netKeyIndex: number, appKeyIndex: number, key: Uint8Array) =>
    request(
      { sent: configuration.appKeyAdd, answer: configuration.appKeyStatus, same: ['indexes'] },
      { indexes: { netKeyIndex, appKeyIndex }, key },
    ),
  appKeys: (netKeyIndex: number) =>
    request(
      { sent: configuration.appKeyGet, answer: configuration.appKeyList, same: ['netKeyIndex'] },
      { netKeyIndex },
    ),
  modelAppBind: (element: number, appKeyIndex: number, model: ModelId) =>
    request(
      {
        sent: configuration.modelAppBind,
        answer: configuration.modelAppStatus,
        same: [...elementAndModel, 'appKeyIndex'],
      },
      { element, appKeyIndex, model },
    ),
  modelApps: (element: number, model: ModelId) =>
    request(
      { ...(isVendorModel(model) ? vendorAppPair : modelAppPair), same: elementAndModel },
      { element, model },
    ),
  publicationSet: (element: number, model: ModelId, settings: PublicationSettings) =>
    request(
      {
        sent: configuration.publicationSet,
        answer: configuration.publicationStatus,
        isAnswerLong: true,
        same: elementAndModel,
      },
      { element, model, ...settings },
    ),
  publication: (element: number, model: ModelId) =>
    request(
      {
        sent: configuration.publicationGet,
        answer: configuration.publicationStatus,
        isAnswerLong: true,
        same: elementAndModel,
      },
      { element, model },
    ),
  subscriptionAdd: (element: number, address: number, model: ModelId) =>
    request(
      {
        sent: configuration.subscriptionAdd,
        answer: configuration.subscriptionStatus,
        same: [...elementAndModel, 'address'],
      },
      { element, address, model },
    ),
  subscriptionDelete: (element: number, address: number, model: ModelId) =>
    request(
      {
        sent: configuration.subscriptionDelete,
        answer: configuration.subscriptionStatus,
        same: [...elementAndModel, 'address'],
      },
      { element, address, model },
    ),
  defaultTtl: () =>
    request({ sent: configuration.defaultTtlGet, answer: configuration.defaultTtlStatus }, {}),
  defaultTtlSet: (ttl: number) =>
    request({ sent: configuration.defaultTtlSet, answer: configuration.defaultTtlStatus }, { ttl }),
  relay: () => request({ sent: configuration.relayGet, answer: configuration.relayStatus }, {}),
  gattProxy: () => request({ sent: configuration.gattProxyGet, answer: configuration.gattProxyStatus }, {}),
  nodeReset: () => request({ sent: configuration.nodeReset, answer: configuration.nodeResetStatus }, {}),
  onOff: (appKeyIndex: number) =>
    request({ sent: genericOnOff.get, answer: genericOnOff.status, key: { appKeyIndex } }, {}),
  onOffSet: (appKeyIndex: number, isOn: boolean, tid: number) =>
    request(
      { sent: genericOnOff.set, answer: genericOnOff.status, key: { appKeyIndex } },
      { state: isOn ? 1 : 0, tid: tid & 0xff, transition: null },
    ),
} as const;
