import { describe, expect, test } from 'vitest';
import { bytes, toHex, u16 } from '../../src/bytes.ts';
import { parseComposition, formatComposition } from '../../src/mesh/access/composition.ts';
import { configuration } from '../../src/mesh/access/configuration.ts';
import { keyIndexList } from '../../src/mesh/access/fields.ts';
import { message } from '../../src/mesh/access/message.ts';
import { encryptBlock } from '../../src/mesh/aes.ts';
import { formatPrivateBeacon, formatSecureBeacon, networkIdOf, openBeacon } from '../../src/mesh/beacons.ts';
import { ccmDecrypt, ccmEncrypt } from '../../src/mesh/ccm.ts';
import * as derivation from '../../src/mesh/derivation.ts';
import { applicationKey, deviceKey, networkKey } from '../../src/mesh/keys.ts';
import {
  firstSequenceOf,
  formatLowerTransport,
  isControl,
  parseLowerTransport,
  splitAccess,
} from '../../src/mesh/transport/lower-transport.ts';
import { openNetworkPdu, sealNetworkPdu } from '../../src/mesh/network-pdu.ts';
import { accessNonce, networkNonce } from '../../src/mesh/nonces.ts';
import { formatProxyConfiguration, parseProxyConfiguration } from '../../src/mesh/proxy-configuration.ts';
import { ProxyReassembly, splitProxyMessage, type ProxyMessageType } from '../../src/mesh/proxy-pdu.ts';
import {
  formatNetworkId,
  formatNodeIdentity,
  formatPrivateNetworkId,
  formatPrivateNodeIdentity,
  recogniseProxy,
} from '../../src/mesh/service-data.ts';
import { openAccess, sealAccess } from '../../src/mesh/transport/upper-transport.ts';
import { virtualAddressOf } from '../../src/mesh/virtual-address.ts';
import { b, n, vectors, type MessageVector } from './vectors.ts';

/** Inputs that are ASCII have `_ascii` behind their name. */
const input = (given: Readonly<Record<string, string>>, name: string): Uint8Array =>
  given[name] !== undefined ? b(given[name]) : derivation.ascii(given[`${name}_ascii`]!);

const FUNCTIONS: Record<string, (given: Readonly<Record<string, string>>) => unknown> = {
  s1: (given) => toHex(derivation.s1(input(given, 'm'))),
  s2: (given) => toHex(derivation.s2(input(given, 'm'))),
  k1: (given) => toHex(derivation.k1(b(given['N']!), b(given['salt']!), input(given, 'P'))),
  k2(given) {
    const { nid, encryptionKey, privacyKey } = derivation.k2(b(given['N']!), b(given['P']!));
    return {
      nid: toHex(Uint8Array.of(nid)),
      encryptionKey: toHex(encryptionKey),
      privacyKey: toHex(privacyKey),
    };
  },
  k3: (given) => toHex(derivation.k3(b(given['N']!))),
  k4: (given) => toHex(Uint8Array.of(derivation.k4(b(given['N']!)))),
  k5: (given) => toHex(derivation.k5(b(given['N']!), b(given['salt']!), input(given, 'P'))),
  identityKey: (given) => toHex(derivation.identityKey(b(given['N']!))),
  beaconKey: (given) => toHex(derivation.beaconKey(b(given['N']!))),
  privateBeaconKey: (given) => toHex(derivation.privateBeaconKey(b(given['N']!))),
  virtualAddress: (given) => virtualAddressOf(b(given['label']!)).toString(16),
};

describe('the sample data', () => {
  test('is of the form that is known, and has something for each layer', () => {
    expect(vectors.format).toBe('meshpress-mesh-vectors-1');
    expect(vectors.messages.length).toBeGreaterThan(10);
    expect(vectors.functions.length).toBeGreaterThan(10);
  });
});

describe('a derivation', () => {
  test.each(vectors.functions.map((one) => ({ ...one, name: `${one.fn}, ${one.id}` })))(
    'comes to what the sample data has: $name',
    ({ fn, in: given, out }) => {
      expect(FUNCTIONS[fn]!(given)).toEqual(out);
    },
  );
});

describe('AES-CCM', () => {
  test.each(vectors.ccm)('agrees with the sample, MIC $mic, additional data "$aad"', (one) => {
    const sealed = ccmEncrypt(b(one.key), b(one.nonce), b(one.plain), one.mic, b(one.aad));
    expect(toHex(sealed)).toBe(one.out);
    expect(toHex(ccmDecrypt(b(one.key), b(one.nonce), b(one.out), one.mic, b(one.aad))!)).toBe(one.plain);
  });
});

describe('obfuscation', () => {
  test.each(vectors.obfuscation)('hides the header as the sample does: $plain', (one) => {
    const block = b(`0000000000${one.ivIndex}${one.privacyRandom}`);
    const stream = encryptBlock(b(one.privacyKey), block);
    expect(toHex(b(one.plain).map((byte, i) => byte ^ stream[i]!))).toBe(one.out);
  });
});

/** What the upper transport of a message is bound to. */
const contextOf = (one: MessageVector) => ({
  sequence: n(one.seq[0]!),
  source: n(one.src),
  destination: n(one.dst),
  ivIndex: n(one.ivIndex),
  longMic: one.szmic === 1,
  ...(one.label ? { label: b(one.label) } : {}),
});
const accessKeyOf = (one: MessageVector) =>
  one.keyType === 'device' ? deviceKey(b(one.key!)) : applicationKey(b(one.key!));
const credentialsOf = (one: MessageVector) =>
  derivation.k2(b(one.netKey), one.friendship ? b(one.friendship) : derivation.MANAGED_FLOODING);

describe('the network layer', () => {
  test.each(vectors.messages)('makes and reads message $id', (one) => {
    const credentials = credentialsOf(one);
    if (one.nid) {
      expect(credentials.nid).toBe(n(one.nid));
      expect(toHex(credentials.encryptionKey)).toBe(one.encryptionKey);
      expect(toHex(credentials.privacyKey)).toBe(one.privacyKey);
    }
    one.networkPdu.forEach((expected, i) => {
      const pdu = {
        control: one.ctl,
        ttl: one.ttl,
        sequence: n(one.seq[i]!),
        source: n(one.src),
        destination: n(one.dst),
        transport: b(one.lowerTransport[i]!),
      };
      const ivIndex = n(one.ivIndex);
      if (one.networkNonce)
        expect(toHex(networkNonce((one.ctl ? 0x80 : 0) | one.ttl, pdu.sequence, pdu.source, ivIndex))).toBe(
          one.networkNonce[i],
        );
      expect(toHex(sealNetworkPdu(credentials, ivIndex, pdu))).toBe(expected);
      expect(openNetworkPdu(credentials, ivIndex, b(expected))).toEqual({ ...pdu, ivIndex });
      // while the IV index goes up, the one before is still understood
      expect(openNetworkPdu(credentials, ivIndex + 1, b(expected))).toEqual({ ...pdu, ivIndex });
      expect(openNetworkPdu(credentials, ivIndex + 2, b(expected))).toBeUndefined();
    });
  });
});

describe('the lower transport layer', () => {
  test.each(vectors.messages)('reads and makes the PDUs of message $id', (one) => {
    for (const expected of one.lowerTransport) {
      const pdu = parseLowerTransport(one.ctl, b(expected))!;
      expect(pdu).toBeDefined();
      expect(isControl(pdu)).toBe(one.ctl);
      expect(toHex(formatLowerTransport(pdu))).toBe(expected);
    }
  });

  test.each(vectors.messages.filter(({ lowerTransport }) => lowerTransport.length > 1))(
    'cuts message $id into the same segments, and finds where each belongs',
    (one) => {
      const pdus = one.lowerTransport.map((lower) => parseLowerTransport(false, b(lower))!);
      const segments = pdus.flatMap((pdu) => (pdu.kind === 'access-segment' ? [pdu] : []));
      const upper = Uint8Array.from(segments.flatMap(({ piece }) => [...piece]));
      const { aid, longMic } = segments[0]!;
      const firstSequence = n(one.seq[0]!);
      expect(splitAccess(upper, { aid, longMic, firstSequence })).toEqual(segments);
      segments.forEach(({ place }, i) =>
        expect(firstSequenceOf(n(one.seq[i]!), place.seqZero)).toBe(firstSequence),
      );
    },
  );
});

describe('the upper transport layer', () => {
  test.each(vectors.messages.filter(({ access }) => access))('encrypts and decrypts message $id', (one) => {
    const key = accessKeyOf(one);
    const context = contextOf(one);
    if (one.accessNonce) expect(toHex(accessNonce(key.kind, context))).toBe(one.accessNonce);
    const upper = sealAccess(key, context, b(one.access!));
    if (one.upperTransport) expect(toHex(upper)).toBe(one.upperTransport);
    const segments = one.lowerTransport.length > 1;
    const aid = key.kind === 'application' ? key.aid : undefined;
    const lower = segments
      ? splitAccess(upper, { aid, longMic: context.longMic, firstSequence: context.sequence })
      : [{ kind: 'access' as const, aid, upper }];
    expect(lower.map((pdu) => toHex(formatLowerTransport(pdu)))).toEqual(one.lowerTransport);
    expect(toHex(openAccess(key, context, upper)!)).toBe(one.access);
  });
});

describe('a beacon', () => {
  test.each(vectors.beacons.filter(({ bad }) => !bad))(
    'is made and read as the sample has it: $id',
    (one) => {
      const network = networkKey(b(one.netKey!));
      const flags = n(one.flags!);
      const state = {
        keyRefresh: (flags & 1) !== 0,
        ivUpdate: (flags & 2) !== 0,
        ivIndex: n(one.ivIndex!),
      };
      const made = one.random
        ? formatPrivateBeacon(network, state, b(one.random))
        : formatSecureBeacon(network, state);
      expect(toHex(made)).toBe(one.pdu);
      expect(openBeacon(network, b(one.pdu))).toEqual(state);
      if (one.networkId) expect(toHex(networkIdOf(b(one.pdu))!)).toBe(one.networkId);
    },
  );

  test.each(vectors.beacons.filter(({ bad }) => bad))('that is forged tells nothing: $id', (one) => {
    const network = { ...networkKey(new Uint8Array(16)), privateBeaconKey: b(one.privateBeaconKey!) };
    expect(openBeacon(network, b(one.pdu))).toBeUndefined();
  });
});

describe('what a node advertises', () => {
  test.each(vectors.serviceData)('is made and recognised: $kind', (one) => {
    const network = networkKey(b(one.netKey));
    const address = one.address ? n(one.address) : 0;
    const isNode = one.kind === 'nodeIdentity';
    const made = isNode ? formatNodeIdentity(network, address, b(one.random!)) : formatNetworkId(network);
    expect(toHex(made)).toBe(one.data);
    expect(recogniseProxy(network, b(one.data), [1, address])).toEqual(
      isNode ? { kind: 'node', address } : { kind: 'network' },
    );
    expect(recogniseProxy(networkKey(new Uint8Array(16)), b(one.data), [address])).toBeUndefined();
  });

  test.each(vectors.privateIdentity)('is made and recognised in its private form', (one) => {
    const network = networkKey(b(one.netKey));
    const address = n(one.address);
    const random = b(one.random);
    expect(toHex(formatPrivateNetworkId(network, random))).toBe(one.privateNetworkId);
    expect(toHex(formatPrivateNodeIdentity(network, address, random))).toBe(one.privateNodeIdentity);
    expect(recogniseProxy(network, b(one.privateNetworkId), [])).toEqual({ kind: 'network' });
    expect(recogniseProxy(network, b(one.privateNodeIdentity), [address])).toEqual({ kind: 'node', address });
  });
});

const PROXY_TYPES: readonly ProxyMessageType[] = ['network', 'beacon', 'configuration', 'provisioning'];

describe('a proxy message', () => {
  test.each(vectors.proxySar)('is cut and put together as the sample has it: $id', (one) => {
    const message = { type: PROXY_TYPES[one.type]!, data: b(one.message) };
    expect(splitProxyMessage(message, one.maxValue).map(toHex)).toEqual(one.segments);
    const reassembly = new ProxyReassembly(message.data.length);
    const taken = one.segments.map((segment) => reassembly.take(b(segment)));
    expect(taken.pop()).toEqual({ kind: 'message', message });
    expect(taken.filter(({ kind }) => kind !== 'piece')).toEqual([]);
  });
});

describe('a proxy configuration message', () => {
  test.each(vectors.proxyConfig)('has a nonce of its own: $id', (one) => {
    const credentials = derivation.k2(b(one.netKey), derivation.MANAGED_FLOODING);
    const ivIndex = n(one.ivIndex);
    const pdu = {
      control: true,
      ttl: 0,
      sequence: n(one.seq),
      source: n(one.src),
      destination: n(one.dst),
      transport: b(one.transport),
    };
    const sealed = sealNetworkPdu(credentials, ivIndex, pdu, 'proxy');
    expect(toHex(sealed)).toBe(one.pdu);
    expect(openNetworkPdu(credentials, ivIndex, sealed, 'proxy')).toEqual({ ...pdu, ivIndex });
    expect(openNetworkPdu(credentials, ivIndex, sealed)).toBeUndefined();
    const [value] = splitProxyMessage({ type: 'configuration', data: sealed }, 66);
    expect(toHex(value!)).toBe(one.proxyPdu);
  });

  test('reads back what it says', () => {
    for (const [hex, message] of [
      ['0000', { kind: 'set-filter-type', filter: 'accept' }],
      ['0001', { kind: 'set-filter-type', filter: 'reject' }],
      ['010001c000', { kind: 'add-addresses', addresses: [0x0001, 0xc000] }],
      ['020001', { kind: 'remove-addresses', addresses: [0x0001] }],
      ['03000020', { kind: 'filter-status', filter: 'accept', size: 32 }],
    ] as const) {
      expect(parseProxyConfiguration(b(hex))).toEqual(message);
      expect(toHex(formatProxyConfiguration(message))).toBe(hex);
    }
    for (const foreign of ['', '00', '0002', '000000', '0100', '030000', '040101', '0501860703'])
      expect(parseProxyConfiguration(b(foreign)), foreign).toBeUndefined();
  });
});

describe('composition data', () => {
  test.each(vectors.composition)('is read and written: $id', (one) => {
    const read = parseComposition(b(one.data))!;
    const ids = { cid: read.cid, pid: read.pid, vid: read.vid, crpl: read.crpl };
    expect(ids).toEqual({ cid: n(one.cid), pid: n(one.pid), vid: n(one.vid), crpl: n(one.crpl) });
    const bits = Object.values(read.features).map((has, bit) => (has ? 1 << bit : 0));
    expect(bits.reduce((sum, bit) => sum | bit)).toBe(n(one.features));
    expect(read.elements).toEqual(
      one.elements.map(({ location, sig, vendor }) => ({
        location: n(location),
        models: [...sig, ...vendor.map((model) => model.replace(':', ''))],
      })),
    );
    expect(toHex(formatComposition(read))).toBe(one.data);
    const { compositionDataStatus } = configuration;
    const access = compositionDataStatus.encode({ page: one.page, data: b(one.data) });
    expect(toHex(access)).toBe(`02${toHex(Uint8Array.of(one.page))}${one.data}`);
  });
});

/** How each is read and written back; the names are the file's. */
const ACCESS_SAMPLES: Record<string, { read(pdu: Uint8Array): unknown; write(): Uint8Array; says: unknown }> =
  (() => {
    const indexes = { netKeyIndex: 0x123, appKeyIndex: 0x456 };
    const key = b('63964771734fbd76e3b40519d1d94a48');
    const list = [0x123, 0x456, 0x789];
    const status = { status: 0, indexes };
    // Meshpress never sends it: declared here, as it would be
    const netKeyAdd = message('NetKey Add', 0x8040, { netKeyIndex: u16, key: bytes(16) });
    const netKey = { netKeyIndex: 0x123, key: b('7dd7364cd842ad18c17c2b820c84c3d6') };
    return {
      'AppKey Add net 123 app 456': {
        read: configuration.appKeyAdd.decode,
        write: () => configuration.appKeyAdd.encode({ indexes, key }),
        says: { indexes, key },
      },
      'AppKey Status ok 123/456': {
        read: configuration.appKeyStatus.decode,
        write: () => configuration.appKeyStatus.encode(status),
        says: status,
      },
      'NetKey Add 123': {
        read: netKeyAdd.decode,
        write: () => netKeyAdd.encode(netKey),
        says: netKey,
      },
      'packed index list 123 456 789': {
        read: keyIndexList.decode,
        write: () => keyIndexList.encode(list),
        says: list,
      },
    };
  })();
describe('an access message', () => {
  test.each(vectors.accessSamples)('is read and written: $name', ({ name, pdu }) => {
    const sample = ACCESS_SAMPLES[name]!;
    expect(sample.read(b(pdu))).toEqual(sample.says);
    expect(toHex(sample.write())).toBe(pdu);
  });
});

describe('the twelve steps of the guide, worked', () => {
  const { frames, netKey, deviceKey: device, appKey, ivIndex } = vectors.worked;
  const network = networkKey(b(netKey));
  const iv = n(ivIndex);
  const whole = (values: readonly string[]) => {
    const reassembly = new ProxyReassembly();
    const last = values.map((value) => reassembly.take(b(value))).at(-1)!;
    if (last.kind !== 'message') throw new Error('the values are no message');
    expect(splitProxyMessage(last.message, 20).map(toHex)).toEqual(values);
    return last.message.data;
  };

  test.each(frames.filter(({ type }) => type === 1))('$name', ({ values }) => {
    expect(openBeacon(network, whole(values!))).toEqual({ keyRefresh: false, ivUpdate: false, ivIndex: iv });
  });

  test.each(frames.filter(({ type }) => type === 2))('$name', (frame) => {
    const pdu = openNetworkPdu(network, iv, whole(frame.values!), 'proxy')!;
    expect(pdu).toMatchObject({
      control: true,
      ttl: 0,
      sequence: frame.seq,
      source: frame.src,
      destination: 0,
    });
    expect(toHex(pdu.transport)).toBe(frame.transport);
    expect(toHex(formatProxyConfiguration(parseProxyConfiguration(pdu.transport)!))).toBe(frame.transport);
  });

  test.each(frames.filter(({ type }) => type === 0))('$dir $name', (frame) => {
    const key = frame.key === 'app' ? applicationKey(b(appKey)) : deviceKey(b(device));
    const pdus = frame.pdus!;
    for (const { seq, lower, values } of pdus) {
      const bytes = whole(values);
      const pdu = openNetworkPdu(network, iv, bytes)!;
      const { source, destination, ttl } = pdu;
      expect({ source, destination, ttl }).toEqual({
        source: frame.src,
        destination: frame.dst,
        ttl: frame.ttl,
      });
      expect([pdu.sequence, toHex(pdu.transport)]).toEqual([seq, lower]);
      expect(toHex(sealNetworkPdu(network, iv, pdu))).toBe(toHex(bytes));
    }
    if (!frame.access) {
      expect(pdus[0]!.lower).toBe(frame.transport);
      return;
    }
    const context = {
      sequence: pdus[0]!.seq,
      source: frame.src!,
      destination: frame.dst!,
      ivIndex: iv,
      longMic: false,
    };
    expect(toHex(sealAccess(key, context, b(frame.access)))).toBe(frame.upper);
    expect(toHex(openAccess(key, context, b(frame.upper!))!)).toBe(frame.access);
  });
});
