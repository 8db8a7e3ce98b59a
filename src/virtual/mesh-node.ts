/**
 * A node made of code: in no network at first, then with a configuration server and Generic OnOff servers that answer as those of
 * the nRF5 SDK for Mesh do.
 *
 * Source: Bluetooth Mesh Profile 1.0.1, section 4.4; nRF5 SDK for Mesh 5.0.0, models/foundation/config.
 */
import { equalBytes, toHex } from '../bytes.ts';
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
import {
  ReplayList,
  segmentsOf,
  transferTiming,
  type AirKey,
  type AirMessage,
  type Arrival,
  type Station,
  type VirtualMesh,
} from './virtual-mesh.ts';

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

export interface NodeSetup {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  readonly composition: Composition;
  /** 1 when left out. */
  readonly hops?: number;
  readonly lossRate?: number;
  readonly network?: NodeNetwork;
  readonly defaultTtl?: number;
  readonly staticOob?: Uint8Array;
  /** First sequence number it sends: what its image holds. */
  readonly sequence?: number;
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

export class VirtualMeshNode implements Station {
  readonly uuid: Uint8Array;
  readonly staticOob: Uint8Array | undefined;
  readonly advertisingAddress: Uint8Array;
  composition: Composition;
  hops: number;
  lossRate: number;
  isPowered = true;
  network: NodeNetwork | undefined;
  defaultTtl: number;
  /** By index. */
  readonly appKeys = new Map<number, Uint8Array>();
  /** By place of the element. */
  elements: readonly (readonly NodeModel[])[];
  /** On or off, by place of the element. */
  readonly lights: boolean[] = [];
  readonly replay: ReplayList;
  #sequence: number;
  readonly #mesh: VirtualMesh;
  #onChange: Set<() => void> = new Set();
  /** Segmented messages to a peer whose acknowledgement has not come. */
  readonly #transfers = new Map<number, { acknowledged: () => void }>();

  constructor(mesh: VirtualMesh, setup: NodeSetup) {
    this.#mesh = mesh;
    this.uuid = setup.uuid;
    this.staticOob = setup.staticOob;
    this.composition = setup.composition;
    this.hops = setup.hops ?? 1;
    this.lossRate = setup.lossRate ?? 0;
    this.network = setup.network;
    this.defaultTtl = setup.defaultTtl ?? 4;
    this.replay = new ReplayList(setup.composition.crpl);
    this.#sequence = setup.sequence ?? 0;
    this.elements = setup.composition.elements.map(({ models }) => models.map(freshModel));
    this.advertisingAddress = Uint8Array.from(
      [0, 1, 2, 3, 4, 5],
      (i) => setup.uuid[i]! | (i === 5 ? 0xc0 : 0),
    );
    mesh.join(this);
  }

  /** Be told of every change of its lights or its configuration. */
  onChange(listener: () => void): () => void {
    this.#onChange.add(listener);
    return () => this.#onChange.delete(listener);
  }

  /** Become a node. */
  join(network: NodeNetwork): void {
    this.network = network;
    this.#changed();
  }

  /** The model of an element. */
  model(element: number, model: ModelId): NodeModel | undefined {
    return this.elements[element]?.find((other) => other.model === model);
  }

  hear(message: AirMessage, arrival: Arrival): void {
    const { network } = this;
    if (!this.isPowered || !network || message.netKey !== toHex(network.netKey)) return;
    if (message.ivIndex !== network.ivIndex || !this.#isFor(message.destination)) return;
    if (!this.replay.accepts(message)) return;
    if (message.payload === 'acknowledgement') {
      this.#transfers.get(message.source)?.acknowledged();
      return;
    }
    const isUnicast = message.destination <= 0x7fff;
    if (message.segments > 0 && isUnicast) this.#acknowledge(message);
    this.#handle(message, message.payload.access, message.payload.key, arrival);
  }

  /** Send a state unasked, as a publication does. */
  send(destination: number, access: Uint8Array, key: AirKey, ttl = this.defaultTtl): void {
    const { network } = this;
    if (!network || !this.isPowered) return;
    const segments = segmentsOf(access.length, false);
    const transmit = () => {
      if (!this.isPowered || this.network !== network) return;
      this.#mesh.transmit(this, {
        netKey: toHex(network.netKey),
        ivIndex: network.ivIndex,
        source: network.unicast,
        destination,
        ttl,
        sequence: this.#next(Math.max(segments, 1)),
        segments,
        payload: { access, key },
      });
    };
    if (segments === 0 || destination > 0x7fff) transmit();
    else this.#repeatUntilAcknowledged(destination, ttl, transmit);
  }

  #isFor(destination: number): boolean {
    const first = this.network!.unicast;
    if (destination <= 0x7fff) return destination >= first && destination < first + this.elements.length;
    if (destination === 0xffff) return true;
    return this.elements.some((models) =>
      models.some(({ subscriptions }) => subscriptions.includes(destination)),
    );
  }

  #repeatUntilAcknowledged(peer: number, ttl: number, transmit: () => void): void {
    const { attempts, intervalMs } = transferTiming(ttl);
    let left = attempts;
    let cancel = () => {};
    const attempt = () => {
      if (left-- === 0) {
        this.#transfers.delete(peer);
        return;
      }
      transmit();
      cancel = this.#mesh.clock.after(intervalMs, attempt);
    };
    const acknowledged = () => {
      cancel();
      this.#transfers.delete(peer);
    };
    this.#transfers.set(peer, { acknowledged });
    attempt();
  }

  #acknowledge({ source, ttl }: AirMessage): void {
    const network = this.network!;
    this.#mesh.transmit(this, {
      netKey: toHex(network.netKey),
      ivIndex: network.ivIndex,
      source: network.unicast,
      destination: source,
      ttl: ttl === 0 ? 0 : this.defaultTtl,
      sequence: this.#next(1),
      segments: 0,
      payload: 'acknowledgement',
    });
  }

  #next(count: number): number {
    this.#sequence += count;
    return this.#sequence;
  }

  #handle(message: AirMessage, access: Uint8Array, key: AirKey, { ttl }: Arrival): void {
    const answer =
      key.kind === 'device' ? this.#configure(message, access, key) : this.#operate(message, access, key);
    if (!answer) return;
    this.send(message.source, answer, key, ttl === 0 ? 0 : this.defaultTtl);
  }

  /** What the configuration server answers; nothing where the key is another's or the message unknown to it. */
  #configure({ destination }: AirMessage, access: Uint8Array, key: AirKey): Uint8Array | undefined {
    const network = this.network!;
    if (key.key !== toHex(network.deviceKey) || destination !== network.unicast) return undefined;
    const answers = [
      this.#answerComposition(access),
      this.#answerAppKeys(access),
      this.#answerBindings(access),
      this.#answerPublication(access),
      this.#answerSubscription(access),
      this.#answerTtl(access),
    ];
    const answer = answers.find((one) => one !== undefined);
    if (answer) return answer;
    if (!configuration.nodeReset.decode(access)) return undefined;
    // the answer goes out before everything is forgotten
    this.#mesh.clock.after(100, () => this.#reset());
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
      this.#changed();
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
      this.#changed();
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
      this.#changed();
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
    this.#changed();
    return configuration.subscriptionStatus.encode({ status: STATUS.success, ...asked });
  }

  #answerTtl(access: Uint8Array): Uint8Array | undefined {
    const set = configuration.defaultTtlSet.decode(access);
    if (!set && !configuration.defaultTtlGet.decode(access)) return undefined;
    if (set) this.defaultTtl = set.ttl;
    return configuration.defaultTtlStatus.encode({ ttl: this.defaultTtl });
  }

  #find(address: number, model: ModelId): NodeModel | number {
    const models = this.elements[address - this.network!.unicast];
    if (!models) return STATUS.invalidAddress;
    return models.find((other) => other.model === model) ?? STATUS.invalidModel;
  }

  /** What the OnOff servers answer that the message is for and whose key it is. */
  #operate({ destination }: AirMessage, access: Uint8Array, key: AirKey): Uint8Array | undefined {
    const index = [...this.appKeys].find(([, known]) => toHex(known) === key.key)?.[0];
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
      this.#changed();
    } else if (!genericOnOff.get.decode(access)) return undefined;
    if (quiet) return undefined;
    return genericOnOff.status.encode({ present: this.lights[place] ? 1 : 0, next: null });
  }

  #reset(): void {
    this.network = undefined;
    this.appKeys.clear();
    this.elements = this.composition.elements.map(({ models }) => models.map(freshModel));
    this.lights.length = 0;
    this.replay.clear();
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#onChange]) listener();
  }
}

const freshModel = (model: ModelId): NodeModel => ({
  model,
  bindings: [],
  subscriptions: [],
  publication: null,
});
