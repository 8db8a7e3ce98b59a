/**
 * What a node made of code was told and what it answers: a configuration server and Generic OnOff servers, as those of the nRF5 SDK
 * for Mesh are. How messages come and go is the matter of whoever extends it.
 *
 * Source: Bluetooth Mesh Profile 1.0.1, section 4.4; nRF5 SDK for Mesh 5.0.0, models/foundation/config.
 */
import { equalBytes } from '../bytes.ts';
import {
  configuration,
  formatComposition,
  GENERIC_ON_OFF_SERVER,
  genericOnOff,
  isVendorModel,
  type Composition,
  type ModelId,
  type ParametersOf,
} from '../mesh/access/index.ts';

/** What a device is given when it joins a network. Keys are 16 bytes. */
export interface NodeNetwork {
  readonly netKey: Uint8Array;
  readonly netKeyIndex: number;
  readonly ivIndex: number;
  readonly unicast: number;
  readonly deviceKey: Uint8Array;
}
export type NodePublication = Omit<
  ParametersOf<typeof configuration.publicationStatus>,
  'status' | 'element' | 'model'
>;
/** One model and what it was told. */
export interface NodeModel {
  readonly model: ModelId;
  bindings: readonly number[];
  subscriptions: readonly number[];
  publication: NodePublication | null;
}

/** States of the features, as Config messages have them: 0 off, 1 on, 2 not supported. */
export interface NodeFeatures {
  readonly relay: number;
  readonly gattProxy: number;
  readonly beacon: number;
  readonly nodeIdentity: number;
}
const NOT_SUPPORTED = 2;

/** A message as it was decrypted. */
export interface Asked {
  readonly destination: number;
  readonly access: Uint8Array;
  /** 16 bytes. */
  readonly key: { readonly kind: 'device' | 'application'; readonly key: Uint8Array };
}

const STATUS = {
  success: 0x00,
  invalidAddress: 0x01,
  invalidModel: 0x02,
  invalidAppKey: 0x03,
  invalidNetKey: 0x04,
  noResources: 0x05,
  otherKeyStored: 0x06,
} as const;
const MOST_APP_KEYS = 8;
const NO_PUBLICATION: NodePublication = {
  address: 0,
  key: { appKeyIndex: 0, friendshipCredentials: false },
  ttl: 0,
  periodMs: 0,
  retransmit: { count: 0, intervalMs: 50 },
};

export abstract class NodeModels {
  network: NodeNetwork | undefined;
  defaultTtl: number;
  features: NodeFeatures = { relay: 1, gattProxy: 1, beacon: 1, nodeIdentity: 0 };
  /** By index. */
  readonly appKeys = new Map<number, Uint8Array>();
  /** By place of the element. */
  elements: readonly (readonly NodeModel[])[];
  /** On or off, by place of the element. */
  readonly lights: boolean[] = [];
  #onChange: Set<() => void> = new Set();

  constructor(
    public composition: Composition,
    defaultTtl: number,
    network: NodeNetwork | undefined,
  ) {
    this.defaultTtl = defaultTtl;
    this.network = network;
    this.elements = composition.elements.map(({ models }) => models.map(freshModel));
  }

  /** It was told to leave the network; the answer goes out before everything is forgotten. */
  protected abstract onReset(): void;

  /** Be told of every change of its lights or its configuration. */
  onChange(listener: () => void): () => void {
    this.#onChange.add(listener);
    return () => this.#onChange.delete(listener);
  }

  /** The model of an element. */
  model(element: number, model: ModelId): NodeModel | undefined {
    return this.elements[element]?.find((other) => other.model === model);
  }

  /** Whether an address is one of its elements', or one that a model listens to. */
  isFor(destination: number): boolean {
    const first = this.network!.unicast;
    if (destination <= 0x7fff) return destination >= first && destination < first + this.elements.length;
    if (destination === 0xffff) return true;
    return this.elements.some((models) =>
      models.some(({ subscriptions }) => subscriptions.includes(destination)),
    );
  }

  /** What the servers answer to the message; nothing where its key is another's or nobody here knows it. */
  answer(message: Asked): Uint8Array | undefined {
    return message.key.kind === 'device' ? this.#configure(message) : this.#operate(message);
  }

  /** What the configuration server answers; nothing where the key is another's or the message unknown to it. */
  #configure({ destination, access, key }: Asked): Uint8Array | undefined {
    const network = this.network!;
    if (!equalBytes(key.key, network.deviceKey) || destination !== network.unicast) return undefined;
    const answers = [
      this.#answerComposition(access),
      this.#answerAppKeys(access),
      this.#answerBindings(access),
      this.#answerPublication(access),
      this.#answerSubscription(access),
      this.#answerTtl(access),
      this.#answerRelay(access),
      this.#answerGattProxy(access),
      this.#answerBeacon(access),
      this.#answerNodeIdentity(access),
    ];
    const answer = answers.find((one) => one !== undefined);
    if (answer) return answer;
    if (!configuration.nodeReset.decode(access)) return undefined;
    this.onReset();
    return configuration.nodeResetStatus.encode({});
  }

  #answerComposition(access: Uint8Array): Uint8Array | undefined {
    if (!configuration.compositionDataGet.decode(access)) return undefined;
    return configuration.compositionDataStatus.encode({ page: 0, data: formatComposition(this.composition) });
  }

  #answerAppKeys(access: Uint8Array): Uint8Array | undefined {
    const add = configuration.appKeyAdd.decode(access);
    if (add) {
      const { indexes, key } = add;
      const known = this.appKeys.get(indexes.appKeyIndex);
      const status =
        indexes.netKeyIndex !== this.network!.netKeyIndex
          ? STATUS.invalidNetKey
          : known && !equalBytes(known, key)
            ? STATUS.otherKeyStored
            : !known && this.appKeys.size >= MOST_APP_KEYS
              ? STATUS.noResources
              : STATUS.success;
      if (status === STATUS.success) this.appKeys.set(indexes.appKeyIndex, key);
      this.changed();
      return configuration.appKeyStatus.encode({ status, indexes });
    }
    const get = configuration.appKeyGet.decode(access);
    if (!get) return undefined;
    const isKnown = get.netKeyIndex === this.network!.netKeyIndex;
    return configuration.appKeyList.encode({
      status: isKnown ? STATUS.success : STATUS.invalidNetKey,
      netKeyIndex: get.netKeyIndex,
      appKeyIndexes: isKnown ? [...this.appKeys.keys()] : [],
    });
  }

  #answerBindings(access: Uint8Array): Uint8Array | undefined {
    const bind = configuration.modelAppBind.decode(access);
    if (bind) {
      const found = this.#find(bind.element, bind.model);
      const status =
        typeof found === 'number'
          ? found
          : this.appKeys.has(bind.appKeyIndex)
            ? STATUS.success
            : STATUS.invalidAppKey;
      if (
        status === STATUS.success &&
        typeof found !== 'number' &&
        !found.bindings.includes(bind.appKeyIndex)
      )
        found.bindings = [...found.bindings, bind.appKeyIndex];
      this.changed();
      return configuration.modelAppStatus.encode({ status, ...bind });
    }
    const get = configuration.sigModelAppGet.decode(access) ?? configuration.vendorModelAppGet.decode(access);
    if (!get) return undefined;
    const found = this.#find(get.element, get.model);
    const list = isVendorModel(get.model) ? configuration.vendorModelAppList : configuration.sigModelAppList;
    return list.encode({
      status: typeof found === 'number' ? found : STATUS.success,
      appKeyIndexes: typeof found === 'number' ? [] : found.bindings,
      ...get,
    });
  }

  #answerPublication(access: Uint8Array): Uint8Array | undefined {
    const set = configuration.publicationSet.decode(access);
    const get = configuration.publicationGet.decode(access);
    const asked = set ?? get;
    if (!asked) return undefined;
    const { element, model } = asked;
    const found = this.#find(element, model);
    if (typeof found === 'number')
      return configuration.publicationStatus.encode({ status: found, element, model, ...NO_PUBLICATION });
    if (set) {
      const { address, key, ttl, periodMs, retransmit } = set;
      if (address !== 0 && !this.appKeys.has(key.appKeyIndex))
        return configuration.publicationStatus.encode({
          status: STATUS.invalidAppKey,
          element,
          model,
          ...NO_PUBLICATION,
        });
      found.publication = address === 0 ? null : { address, key, ttl, periodMs, retransmit };
      this.changed();
    }
    const told = found.publication ?? NO_PUBLICATION;
    return configuration.publicationStatus.encode({ status: STATUS.success, element, model, ...told });
  }

  #answerSubscription(access: Uint8Array): Uint8Array | undefined {
    const add = configuration.subscriptionAdd.decode(access);
    const remove = configuration.subscriptionDelete.decode(access);
    const asked = add ?? remove;
    if (!asked) return undefined;
    const found = this.#find(asked.element, asked.model);
    if (typeof found === 'number')
      return configuration.subscriptionStatus.encode({ status: found, ...asked });
    const others = found.subscriptions.filter((address) => address !== asked.address);
    found.subscriptions = add ? [...others, asked.address] : others;
    this.changed();
    return configuration.subscriptionStatus.encode({ status: STATUS.success, ...asked });
  }

  #answerTtl(access: Uint8Array): Uint8Array | undefined {
    const set = configuration.defaultTtlSet.decode(access);
    if (!set && !configuration.defaultTtlGet.decode(access)) return undefined;
    if (set) this.defaultTtl = set.ttl;
    return configuration.defaultTtlStatus.encode({ ttl: this.defaultTtl });
  }

  #answerRelay(access: Uint8Array): Uint8Array | undefined {
    const set = configuration.relaySet.decode(access);
    if (!set && !configuration.relayGet.decode(access)) return undefined;
    if (set) this.#switchFeature('relay', set.relay);
    return configuration.relayStatus.encode({ relay: this.features.relay, retransmit: set?.retransmit ?? 0 });
  }

  #answerGattProxy(access: Uint8Array): Uint8Array | undefined {
    const set = configuration.gattProxySet.decode(access);
    if (!set && !configuration.gattProxyGet.decode(access)) return undefined;
    if (set) this.#switchFeature('gattProxy', set.gattProxy);
    return configuration.gattProxyStatus.encode({ gattProxy: this.features.gattProxy });
  }

  #answerBeacon(access: Uint8Array): Uint8Array | undefined {
    const set = configuration.beaconSet.decode(access);
    if (!set && !configuration.beaconGet.decode(access)) return undefined;
    if (set) this.#switchFeature('beacon', set.beacon);
    return configuration.beaconStatus.encode({ beacon: this.features.beacon });
  }

  #answerNodeIdentity(access: Uint8Array): Uint8Array | undefined {
    const set = configuration.nodeIdentitySet.decode(access);
    const asked = set ?? configuration.nodeIdentityGet.decode(access);
    if (!asked) return undefined;
    const { netKeyIndex } = asked;
    const isKnown = netKeyIndex === this.network!.netKeyIndex;
    if (set && isKnown) this.#switchFeature('nodeIdentity', set.identity);
    return configuration.nodeIdentityStatus.encode({
      status: isKnown ? STATUS.success : STATUS.invalidNetKey,
      netKeyIndex,
      identity: isKnown ? this.features.nodeIdentity : 0,
    });
  }

  /** A feature the firmware does not have stays so. */
  #switchFeature(feature: keyof NodeFeatures, state: number): void {
    if (this.features[feature] === NOT_SUPPORTED || state > 1) return;
    this.features = { ...this.features, [feature]: state };
    this.changed();
  }

  #find(address: number, model: ModelId): NodeModel | number {
    const models = this.elements[address - this.network!.unicast];
    if (!models) return STATUS.invalidAddress;
    return models.find((other) => other.model === model) ?? STATUS.invalidModel;
  }

  /** What the OnOff servers answer that the message is for and whose key it is. */
  #operate({ destination, access, key }: Asked): Uint8Array | undefined {
    const index = [...this.appKeys].find(([, known]) => equalBytes(known, key.key))?.[0];
    if (index === undefined) return undefined;
    let answer: Uint8Array | undefined;
    for (const [place, models] of this.elements.entries()) {
      const server = models.find(({ model }) => model === GENERIC_ON_OFF_SERVER);
      const isAddressed =
        destination === this.network!.unicast + place ||
        destination === 0xffff ||
        server?.subscriptions.includes(destination);
      if (!server?.bindings.includes(index) || !isAddressed) continue;
      answer ??= this.#switch(place, access);
    }
    return answer;
  }

  #switch(place: number, access: Uint8Array): Uint8Array | undefined {
    const set = genericOnOff.set.decode(access);
    const quiet = genericOnOff.setUnacknowledged.decode(access);
    const wanted = set ?? quiet;
    if (wanted) {
      this.lights[place] = wanted.state === 1;
      this.changed();
    } else if (!genericOnOff.get.decode(access)) return undefined;
    if (quiet) return undefined;
    return genericOnOff.status.encode({ present: this.lights[place] ? 1 : 0, next: null });
  }

  /** Out of the network, with everything it was told there. */
  protected forget(): void {
    this.network = undefined;
    this.appKeys.clear();
    this.elements = this.composition.elements.map(({ models }) => models.map(freshModel));
    this.lights.length = 0;
  }

  protected changed(): void {
    for (const listener of [...this.#onChange]) listener();
  }
}

const freshModel = (model: ModelId): NodeModel => ({
  model,
  bindings: [],
  subscriptions: [],
  publication: null,
});
