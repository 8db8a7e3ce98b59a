/** What comes over the air: values of a proxy, provisioning PDUs, beacons, network PDUs and the messages in them. */
import { concatenate, toHex } from '../../../src/bytes.ts';
import { provisionOverGatt } from '../../../src/gatt/index.ts';
import {
  CONFIGURATION_STATUS,
  configuration,
  formatComposition,
  formatOpcode,
  genericOnOff,
  parseComposition,
  readOpcode,
  requests,
} from '../../../src/mesh/access/index.ts';
import {
  applicationKey,
  deviceKey,
  formatPrivateBeacon,
  formatSecureBeacon,
  networkKey,
  openBeacon,
  openNetworkPdu,
  ProxyReassembly,
  recogniseProxy,
  ReplayList,
  sealNetworkPdu,
  sealProxyConfiguration,
  splitProxyMessage,
  Transport,
  type FilterType,
  type IncomingMessage,
  type NetworkPdu,
  type ProvisionedDevice,
  type ProxyMessage,
} from '../../../src/mesh/index.ts';
import { parseUnprovisioned } from '../../../src/mesh/service-data.ts';
import { formatLowerTransport, splitAccess } from '../../../src/mesh/transport/lower-transport.ts';
import { sealAccess } from '../../../src/mesh/transport/upper-transport.ts';
import { proveClones } from '../../../src/on-air/index.ts';
import { DiscreteClock, type RadioNode, type StackName } from '../../../src/virtual/index.ts';
import type { Pick } from '../../kinds/pick.ts';
import { LIGHT } from '../../support/virtual-network.ts';
import { APP_KEYS, Desk, NET_KEY, orderFor } from '../../support/virtual-radio.ts';
import { ANY_BYTES, IN_PLACE, LONGER, SHORTER, someBytes } from '../mutate/bytes.ts';
import { changed, once, oneOf } from '../mutate/choose.ts';
import type { FuzzKind } from '../run.ts';
import { must, type Trial } from '../trial.ts';

const NETWORK = networkKey(NET_KEY);
const IV_INDEXES = [0, 1, 2, 41, 42, 43, 0x7fffffff, 0xfffffffe, 0xffffffff] as const;

const beaconState = (pick: Pick) => ({
  keyRefresh: once(4, pick),
  ivUpdate: once(2, pick),
  ivIndex: oneOf(IV_INDEXES, pick),
});
const someBeacon = (pick: Pick): Uint8Array =>
  once(3, pick)
    ? formatPrivateBeacon(NETWORK, beaconState(pick), someBytes(13, pick))
    : formatSecureBeacon(NETWORK, beaconState(pick));

/** Parts of a PDU that may lie; what makes it a whole one is put right. */
function lyingPdu(pdu: NetworkPdu, pick: Pick): NetworkPdu {
  const most = pdu.control ? 12 : 16;
  const transport = oneOf(
    [() => pdu.transport, ...Object.values({ ...IN_PLACE, ...SHORTER, ...LONGER })],
    pick,
  )(pdu.transport, pick).slice(0, most);
  const parts: readonly (() => Partial<NetworkPdu>)[] = [
    () => ({ ttl: oneOf([0, 1, 2, 127], pick) }),
    () => ({ sequence: oneOf([0, 1, pdu.sequence + 1, 0xffffff, pick(0x1000000)], pick) & 0xffffff }),
    () => ({ source: 1 + pick(0x7fff) }),
    () => ({ destination: oneOf([0, pdu.destination + 1, 0x8000, 0xc001, 0xffff], pick) & 0xffff }),
    () => ({ transport: transport.length === 0 ? Uint8Array.of(0) : transport }),
    () => ({ control: !pdu.control, transport: pdu.transport.slice(0, 12) }),
  ];
  return { ...pdu, ...oneOf([...parts, parts[4]!, parts[4]!], pick)() };
}

/** Whole messages of a proxy, changed with their MICs right. */
function lyingMessages(message: ProxyMessage, node: RadioNode, pick: Pick): readonly ProxyMessage[] {
  const { type, data } = message;
  if (type === 'beacon') return [{ type, data: someBeacon(pick) }];
  if (type === 'configuration') {
    const status = {
      kind: 'filter-status',
      filter: oneOf<FilterType>(['accept', 'reject'], pick),
      size: oneOf([0, 1, 0xffff], pick),
    } as const;
    const source = oneOf([1, 0x7fff, node.network?.unicast ?? 1], pick);
    return [
      {
        type,
        data: sealProxyConfiguration(NETWORK, node.iv.index, {
          source,
          sequence: pick(0x1000),
          message: status,
        }),
      },
    ];
  }
  const pdu = type === 'network' ? openNetworkPdu(NETWORK, node.iv.index, data) : undefined;
  if (pdu) {
    const lie = { type, data: sealNetworkPdu(NETWORK, pdu.ivIndex, lyingPdu(pdu, pick)) };
    return once(3, pick) ? [lie, message] : [lie];
  }
  // provisioning: behind the type byte
  const parameters = oneOf(Object.values(once(3, pick) ? ANY_BYTES : IN_PLACE), pick)(data.subarray(1), pick);
  return [{ type, data: concatenate([data.subarray(0, 1), parameters]) }];
}

const VALUE_CHANGES: Readonly<Record<string, (value: Uint8Array, pick: Pick) => readonly Uint8Array[]>> = {
  'a value with another head': (value, pick) => [concatenate([Uint8Array.of(pick(256)), value.subarray(1)])],
  'a value twice': (value) => [value, value],
  'no value': () => [],
  'an empty value': (value) => [new Uint8Array(0), value],
  'a value cut off': (value, pick) => [oneOf(Object.values(SHORTER), pick)(value, pick)],
  'a value of anything': (value, pick) => [someBytes(pick(60), pick), value],
  'a bit of a value flipped': (value, pick) => [IN_PLACE['a bit flipped']!(value, pick)],
};

/** Let a node lie in one of so many messages to who is connected. */
function letLie(node: RadioNode, each: number, pick: Pick, trial: Trial): void {
  const accept = node.accept.bind(node);
  const room = node.mtu - 3;
  node.accept = (central) => {
    const reassembly = new ProxyReassembly();
    const tell = (characteristic: string, values: readonly Uint8Array[]) => {
      for (const value of values) central.notify(characteristic, value.slice(0, room));
    };
    return accept({
      disconnect: () => central.disconnect(),
      notify(characteristic, value) {
        const taken = reassembly.take(value);
        // pieces wait for the rest of their message
        if (taken.kind === 'piece') return;
        if (taken.kind !== 'message') return tell(characteristic, [value]);
        const { message } = taken;
        if (once(6 * each, pick)) {
          const name = oneOf(Object.keys(VALUE_CHANGES), pick);
          trial.note(name);
          const values = splitProxyMessage(message, room);
          const i = pick(values.length);
          return tell(
            characteristic,
            values.flatMap((one, k) => (k === i ? VALUE_CHANGES[name]!(one, pick) : [one])),
          );
        }
        const messages = once(each, pick) ? lyingMessages(message, node, pick) : [message];
        if (messages[0] !== message) trial.note(`a ${message.type} message that lies`);
        tell(
          characteristic,
          messages.flatMap((one) => splitProxyMessage(one, room)),
        );
      },
    });
  };
  // answers of its models, which go out with the right MICs, whole or in segments
  const answer = node.answer.bind(node);
  node.answer = (asked) => {
    const said = answer(asked);
    if (!said || !once(each, pick)) return said;
    trial.note('an answer that lies');
    const size = readOpcode(said)?.size ?? 1;
    const parameters = oneOf(Object.values(ANY_BYTES), pick)(said.subarray(size), pick);
    const opcode = once(6, pick) ? formatOpcode(oneOf(OPCODES, pick)) : said.subarray(0, size);
    return concatenate([opcode, parameters]).slice(0, 380);
  };
}

const OPCODES = Object.values({ ...configuration, ...genericOnOff }).map(({ opcode }) => opcode);

const proxy: FuzzKind = {
  name: 'proxy',
  title: 'values of a proxy (GATT)',
  weight: 1.5,
  async run(pick, trial) {
    const desk = new Desk({ operationMs: 1, intervalMs: 5, connectMs: 20 }, 1 + pick(1000));
    const stack = oneOf<StackName>(['nrf5', 'zephyr'], pick);
    const { node, clone } = desk.member(0x10, stack);
    for (const key of [NET_KEY, clone.deviceKey, ...APP_KEYS.map((one) => one.key)]) trial.secret(key);
    let isLying = once(8, pick);
    letLie(node, oneOf([3, 10, 30], pick), (below) => (isLying ? pick(below) : 0), trial);
    const bearer = await desk.bearer();
    try {
      if (once(2, pick)) {
        await bearer.session.open();
        trial.accept();
        isLying = true;
        trial.tells(
          await proveClones([clone], {
            bearer,
            clock: desk.clock,
            now: () => new Date(0),
            level: oneOf(['probe', 'full'], pick),
          }),
        );
        return;
      }
      const channel = await bearer.open(clone);
      trial.accept();
      isLying = true;
      trial.tells(await channel.ask(requests.compositionData()));
      trial.tells(await channel.ask(requests.appKeys(0)));
      trial.tells(await channel.ask(requests.publication(0, '1000')));
      trial.tells([...(await bearer.gather(0xc001, requests.onOff(0), { appKeyIndex: 0 }, 500))]);
      await channel.close();
    } finally {
      isLying = false;
      bearer.session.close();
      node.isPowered = false;
    }
  },
};

const provisioning: FuzzKind = {
  name: 'provisioning',
  title: 'provisioning PDUs (PB-GATT)',
  weight: 1,
  async run(pick, trial) {
    const desk = new Desk({ operationMs: 1, intervalMs: 5, connectMs: 20 }, 1 + pick(1000));
    const node = desk.device(oneOf<StackName>(['nrf5', 'zephyr'], pick));
    trial.secret(NET_KEY);
    letLie(node, oneOf([4, 8, 20], pick), pick, trial);
    const chosen = await desk.choose();
    const stored: ProvisionedDevice[] = [];
    try {
      const device = await provisionOverGatt(
        chosen,
        orderFor(0x10),
        {
          onCapabilities: async (told) => {
            trial.accept();
            trial.tells(told);
            return 'none';
          },
          onPending: async (one) => void stored.push(one),
          onComplete: async (one) => void stored.push(one),
        },
        {
          randomBytes: desk.randomBytes,
          keyAgreement: desk.keyAgreement,
          attentionSeconds: 0,
          isMember: async () => false,
        },
      );
      trial.secret(device.deviceKey);
      must(
        node.network && toHex(node.network.deviceKey) === toHex(device.deviceKey),
        'Both sides have another device key',
      );
    } finally {
      for (const { deviceKey: key } of stored) trial.secret(key);
      node.isPowered = false;
    }
  },
};

const DEVICE = deviceKey(new Uint8Array(16).fill(2));
const APP = applicationKey(new Uint8Array(16).fill(3));
const GROUP = 0xc000;

/** PDUs with valid MICs around hostile content, heard by one node. */
const network: FuzzKind = {
  name: 'network',
  title: 'network PDUs and beacons',
  weight: 6,
  async run(pick, trial) {
    const clock = new DiscreteClock(() => new Promise((resolve) => setImmediate(resolve)));
    const heard: IncomingMessage[] = [];
    let sent = 0;
    let sequence = 0;
    const ivIndex = oneOf(IV_INDEXES, pick);
    const node = new Transport(
      {
        clock,
        network: NETWORK,
        unicast: 1,
        elementCount: 2,
        sequences: { next: async () => sequence++ },
        replay: new ReplayList(40),
        timing: { retryMs: () => 1000, rounds: 2 },
        defaultTtl: 4,
        keysFor: () => [DEVICE, APP],
        isSubscribed: (destination) => destination === GROUP,
        transmit: async () => void sent++,
        onMessage: (message) => heard.push(message),
      },
      { index: ivIndex, isUpdating: once(2, pick) },
    );
    let pdus = 0;
    for (let left = 1 + pick(8); left > 0; left--) {
      const key = once(2, pick) ? APP : DEVICE;
      const about = {
        sequence: pick(0x1000000),
        source: 1 + pick(0x20),
        destination: oneOf([1, 2, 3, GROUP, 0xffff], pick),
        ivIndex,
        longMic: false,
      };
      const upper = sealAccess(key, about, someBytes(1 + pick(60), pick));
      const aid = key.kind === 'application' ? key.aid : undefined;
      const lower = splitAccess(upper, { aid, longMic: false, firstSequence: about.sequence });
      for (const [i, one] of lower.entries()) {
        const pdu = {
          control: false,
          ttl: pick(128),
          sequence: (about.sequence + i) & 0xffffff,
          source: about.source,
          destination: about.destination,
          transport: formatLowerTransport(one),
        };
        const lie = once(3, pick) ? lyingPdu(pdu, pick) : pdu;
        const bytes = sealNetworkPdu(NETWORK, ivIndex, lie);
        const told = once(20, pick)
          ? changed<Uint8Array>(bytes, ANY_BYTES, pick, (text) => trial.note(text))
          : bytes;
        if (openNetworkPdu(NETWORK, ivIndex, told)) trial.accept();
        node.receive(told);
        pdus++;
      }
    }
    const ours = node.send({ destination: 0x10, key: DEVICE, access: someBytes(30, pick), ttl: 4 });
    trial.tells(await ours);
    await clock.sleep(30_000);
    node.close();
    must(heard.length <= pdus, 'More messages were heard than PDUs');
    must(sent <= 100 + 12 * pdus, 'Much more is said than was heard');
    for (const { access } of heard) {
      must(access.length > 0 && access.length <= 384, 'A message of a length that no message has');
      lookAtAccess(access, trial);
    }
    const beacon = once(2, pick) ? changed(someBeacon(pick), ANY_BYTES, pick, () => {}) : someBeacon(pick);
    const state = openBeacon(NETWORK, beacon);
    if (state) must(state.ivIndex <= 0xffffffff, 'No IV index');
    const advertised = once(2, pick) ? someBytes(pick(24), pick) : beacon;
    trial.tells([parseUnprovisioned(advertised), recogniseProxy(NETWORK, advertised, [1, 2])]);
  },
};

const MESSAGES = Object.values({ ...configuration, ...genericOnOff }) as readonly {
  readonly name: string;
  readonly opcode: number;
  decode(access: Uint8Array): unknown;
  encode(parameters: never): Uint8Array;
}[];

/** What is read of a message is written back as it was. */
function lookAtAccess(access: Uint8Array, trial: Trial): number {
  let read = 0;
  for (const message of MESSAGES) {
    const parameters = message.decode(access);
    if (parameters === undefined) continue;
    read++;
    trial.tells(message.name);
    const again = message.decode(message.encode(parameters as never));
    must(
      JSON.stringify(again) === JSON.stringify(parameters),
      `${message.name} is written as another than was read`,
    );
  }
  return read;
}

const HONEST: readonly Uint8Array[] = [
  configuration.compositionDataStatus.encode({ page: 0, data: formatComposition(LIGHT) }),
  configuration.appKeyStatus.encode({ status: 0, indexes: { netKeyIndex: 0, appKeyIndex: 1 } }),
  configuration.appKeyList.encode({ status: 0, netKeyIndex: 0, appKeyIndexes: [0, 1, 2] }),
  configuration.modelAppStatus.encode({ status: 0, element: 0x10, appKeyIndex: 0, model: '1000' }),
  genericOnOff.status.encode({ present: 1, next: null }),
];

const access: FuzzKind = {
  name: 'access',
  title: 'access messages',
  weight: 22,
  run(pick, trial) {
    const honest = oneOf(HONEST, pick);
    const size = readOpcode(honest)!.size;
    const parameters = changed<Uint8Array>(
      honest.slice(size),
      once(3, pick) ? ANY_BYTES : IN_PLACE,
      pick,
      (text) => trial.note(text),
    );
    const opcode = once(8, pick) ? formatOpcode(oneOf(OPCODES, pick)) : honest.subarray(0, size);
    const message = concatenate([opcode, parameters]);
    if (lookAtAccess(message, trial) > 0) trial.accept();
    const told = configuration.compositionDataStatus.decode(message);
    const composition = told && parseComposition(told.data);
    if (composition) {
      trial.tells(composition);
      const again = parseComposition(formatComposition(composition));
      must(
        JSON.stringify(again) === JSON.stringify(composition),
        'A composition is written as another than was read',
      );
    }
    for (const request of [
      requests.compositionData(),
      requests.appKeys(0),
      requests.modelApps(0x10, '1000'),
      requests.publication(0x10, '1000'),
      requests.relay(),
      requests.onOff(0),
    ])
      trial.tells(request.read(message) as object);
    trial.tells(Object.keys(CONFIGURATION_STATUS).length);
  },
};

export const MESH: readonly FuzzKind[] = [proxy, provisioning, network, access];
