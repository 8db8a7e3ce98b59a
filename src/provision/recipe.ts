/**
 * What a node is told after it joined, as a list that a person can read and change.
 *
 * Whether a line was done is read from the database, so an interrupted configuration goes on with the lines that are missing.
 */
import type { MeshDatabase, ModelRecord, NodeChange, NodeRecord } from '../meshdb/index.ts';
import {
  configurationStatusText,
  GENERIC_ON_OFF_SERVER,
  parseComposition,
  requests,
  type ModelId,
  type Request,
} from '../mesh/access/index.ts';

/** Elements are given by their place, from 0. */
export type RecipeLine =
  | { readonly kind: 'composition' }
  | { readonly kind: 'app-key'; readonly appKeyIndex: number }
  | {
      readonly kind: 'bind';
      readonly element: number;
      readonly model: ModelId;
      readonly appKeyIndex: number;
    }
  | {
      readonly kind: 'publication';
      readonly element: number;
      readonly model: ModelId;
      /** Unicast or group address. */
      readonly address: number;
      readonly appKeyIndex: number;
      /** 0..127, or 255 for the node's default. */
      readonly ttl: number;
      readonly periodMs: number;
      readonly retransmitCount: number;
      readonly retransmitIntervalMs: number;
    }
  | {
      readonly kind: 'subscription';
      readonly element: number;
      readonly model: ModelId;
      /** Group address. */
      readonly address: number;
    }
  | { readonly kind: 'default-ttl'; readonly ttl: number };

/** What came of a line. */
export type LineOutcome =
  | { readonly state: 'waiting' | 'running' | 'done' }
  /** The database says that it was done before. */
  | { readonly state: 'already' }
  /** The node answered that it will not. */
  | { readonly state: 'refused'; readonly status: string }
  /** No answer. */
  | { readonly state: 'silent' };

/** App keys of the guide: two. */
const GUIDE_APP_KEYS = 2;

/**
 * What the guide does by hand: composition data, the first two application keys, the OnOff server bound to the first, and its state
 * published to the first group of the database.
 */
export function guideRecipe(database: MeshDatabase): readonly RecipeLine[] {
  const keys = database.appKeys.slice(0, GUIDE_APP_KEYS).map(({ index }) => index);
  const [first] = keys;
  const group = database.groups.find(({ address }) => typeof address === 'number' && address >= 0xc000);
  const onOff = { element: 0, model: GENERIC_ON_OFF_SERVER };
  return [
    { kind: 'composition' },
    ...keys.map((appKeyIndex): RecipeLine => ({ kind: 'app-key', appKeyIndex })),
    ...(first === undefined ? [] : [{ kind: 'bind', ...onOff, appKeyIndex: first } as const]),
    ...(first === undefined || typeof group?.address !== 'number'
      ? []
      : [
          { kind: 'subscription', ...onOff, address: group.address } as const,
          {
            kind: 'publication',
            ...onOff,
            address: group.address,
            appKeyIndex: first,
            ttl: 7,
            periodMs: 0,
            retransmitCount: 0,
            retransmitIntervalMs: 50,
          } as const,
        ]),
  ];
}

/**
 * The request of a line. Its answer is what the database then knows, or a text where the node refused.
 *
 * @param node  its first unicast address and the network key it was provisioned with
 * @param key   the application key of an index, 16 bytes
 */
export function requestOf(
  line: RecipeLine,
  node: { readonly unicast: number; readonly netKeyIndex: number },
  key: (appKeyIndex: number) => Uint8Array,
): Request<NodeChange | string> {
  const at = (element: number) => node.unicast + element;
  const ifDone = (status: number, change: NodeChange): NodeChange | string =>
    status === 0 ? change : configurationStatusText(status);
  switch (line.kind) {
    case 'composition':
      return mapped(requests.compositionData(), ({ page, data }) => {
        const composition = page === 0 ? parseComposition(data) : undefined;
        return composition ? { kind: 'composition', ...composition } : 'composition data that cannot be read';
      });
    case 'app-key':
      return mapped(
        requests.appKeyAdd(node.netKeyIndex, line.appKeyIndex, key(line.appKeyIndex)),
        ({ status }) => ifDone(status, line),
      );
    case 'bind':
      return mapped(requests.modelAppBind(at(line.element), line.appKeyIndex, line.model), ({ status }) =>
        ifDone(status, { ...line, kind: 'binding' }),
      );
    case 'publication':
      return mapped(
        requests.publicationSet(at(line.element), line.model, {
          address: line.address,
          key: { appKeyIndex: line.appKeyIndex, friendshipCredentials: false },
          ttl: line.ttl,
          periodMs: line.periodMs,
          retransmit: { count: line.retransmitCount, intervalMs: line.retransmitIntervalMs },
        }),
        // the node says what it made of it
        ({ status, address, key: used, ttl, periodMs, retransmit }) =>
          ifDone(status, {
            kind: 'publication',
            element: line.element,
            model: line.model,
            address,
            appKeyIndex: used.appKeyIndex,
            usesFriendship: used.friendshipCredentials,
            ttl,
            periodMs,
            retransmitCount: retransmit.count,
            retransmitIntervalMs: retransmit.intervalMs,
          }),
      );
    case 'subscription':
      return mapped(requests.subscriptionAdd(at(line.element), line.address, line.model), ({ status }) =>
        ifDone(status, { ...line, isRemoved: false }),
      );
    case 'default-ttl':
      return mapped(requests.defaultTtlSet(line.ttl), ({ ttl }) => ({ kind: 'default-ttl', ttl }));
  }
}

const mapped = <A, B>(request: Request<A>, map: (answer: A) => B): Request<B> => ({
  ...request,
  read(access) {
    const answer = request.read(access);
    return answer === undefined ? undefined : map(answer);
  },
});

/** Whether the database says that a line was done. */
export function isDone(line: RecipeLine, node: NodeRecord): boolean {
  const model = (): ModelRecord | undefined =>
    'model' in line
      ? node.elements[line.element]?.models.find(
          ({ modelId }) => modelId.toLowerCase() === line.model.toLowerCase(),
        )
      : undefined;
  switch (line.kind) {
    case 'composition':
      return node.replayListLength !== undefined;
    case 'app-key':
      return node.appKeyIndexes.includes(line.appKeyIndex);
    case 'bind':
      return model()?.bindings.includes(line.appKeyIndex) ?? false;
    case 'publication': {
      const known = model()?.publication;
      return (
        known !== undefined &&
        known.address === line.address &&
        known.appKeyIndex === line.appKeyIndex &&
        known.ttl === line.ttl &&
        known.periodMs === line.periodMs &&
        known.retransmitCount === line.retransmitCount
      );
    }
    case 'subscription':
      return model()?.subscriptions.includes(line.address) ?? false;
    case 'default-ttl':
      return node.defaultTtl === line.ttl;
  }
}
