/** Whatever arrives: nothing throws, and what is read is written back as it was. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { openBeacon } from '../../src/mesh/beacons.ts';
import { ccmDecrypt, ccmEncrypt } from '../../src/mesh/ccm.ts';
import { applicationKey, deviceKey, networkKey } from '../../src/mesh/keys.ts';
import {
  firstSequenceOf,
  formatLowerTransport,
  isControl,
  parseLowerTransport,
  splitAccess,
} from '../../src/mesh/transport/lower-transport.ts';
import { openNetworkPdu, sealNetworkPdu } from '../../src/mesh/network-pdu.ts';
import { formatProvisioningPdu, parseProvisioningPdu } from '../../src/mesh/provisioning/pdus.ts';
import { oobOfferOf, parseOobInput, typedAuthValue } from '../../src/mesh/provisioning/oob.ts';
import { formatProxyConfiguration, parseProxyConfiguration } from '../../src/mesh/proxy-configuration.ts';
import { ProxyReassembly, splitProxyMessage } from '../../src/mesh/proxy-pdu.ts';
import { parseUnprovisioned, recogniseProxy } from '../../src/mesh/service-data.ts';
import { openAccess, sealAccess } from '../../src/mesh/transport/upper-transport.ts';

const anyBytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });
const exactly = (length: number) => anyBytes(length, length);
const network = networkKey(Uint8Array.from({ length: 16 }, (_, i) => i));

const context = fc.record({
  sequence: fc.nat(0xffffff),
  source: fc.integer({ min: 1, max: 0x7fff }),
  destination: fc.nat(0xffff),
  ivIndex: fc.nat(0xffffffff),
  longMic: fc.boolean(),
});

describe('AES-CCM', () => {
  const cases = [
    exactly(16),
    exactly(13),
    anyBytes(400),
    fc.constantFrom(4 as const, 8 as const),
    anyBytes(40),
  ] as const;

  test('reads back what it wrote', () => {
    fc.assert(
      fc.property(...cases, (key, nonce, plain, mic, aad) => {
        const sealed = ccmEncrypt(key, nonce, plain, mic, aad);
        expect(sealed.length).toBe(plain.length + mic);
        expect(toHex(ccmDecrypt(key, nonce, sealed, mic, aad)!)).toBe(toHex(plain));
      }),
    );
  });

  test('agrees with the one of Node', async () => {
    const { createCipheriv } = await import('node:crypto');
    fc.assert(
      fc.property(...cases, (key, nonce, plain, mic, aad) => {
        const cipher = createCipheriv('aes-128-ccm', key, nonce, { authTagLength: mic });
        if (aad.length > 0) cipher.setAAD(aad, { plaintextLength: plain.length });
        const text = Buffer.concat([cipher.update(plain), cipher.final()]);
        const expected = Buffer.concat([text, cipher.getAuthTag()]);
        expect(toHex(ccmEncrypt(key, nonce, plain, mic, aad))).toBe(toHex(expected));
      }),
    );
  });

  test('reads nothing of which one bit was changed', () => {
    fc.assert(
      fc.property(...cases, fc.nat(), (key, nonce, plain, mic, aad, bit) => {
        const sealed = ccmEncrypt(key, nonce, plain, mic, aad);
        sealed[(bit >>> 3) % sealed.length]! ^= 1 << (bit & 7);
        expect(ccmDecrypt(key, nonce, sealed, mic, aad)).toBeUndefined();
      }),
    );
  });
});

describe('the layers', () => {
  test('read network PDUs as they were made, under the current IV index and the one before', () => {
    const pdu = fc.boolean().chain((control) =>
      fc.record({
        control: fc.constant(control),
        ttl: fc.nat(127),
        sequence: fc.nat(0xffffff),
        source: fc.integer({ min: 1, max: 0x7fff }),
        destination: fc.nat(0xffff),
        transport: anyBytes(control ? 12 : 16, 1),
      }),
    );
    fc.assert(
      fc.property(pdu, fc.integer({ min: 1, max: 0xffffffff }), fc.boolean(), (sent, ivIndex, before) => {
        const bytes = sealNetworkPdu(network, before ? ivIndex - 1 : ivIndex, sent);
        expect(openNetworkPdu(network, ivIndex, bytes)).toEqual({
          ...sent,
          ivIndex: before ? ivIndex - 1 : ivIndex,
        });
      }),
    );
  });

  test('read whole access messages under any key, and none under another', () => {
    fc.assert(
      fc.property(exactly(16), fc.boolean(), context, anyBytes(100, 1), (bytes, isDevice, about, message) => {
        const key = isDevice ? deviceKey(bytes) : applicationKey(bytes);
        const upper = sealAccess(key, about, message);
        expect(toHex(openAccess(key, about, upper)!)).toBe(toHex(message));
        const other = isDevice ? applicationKey(bytes) : deviceKey(bytes);
        expect(openAccess(other, about, upper)).toBeUndefined();
      }),
    );
  });

  test('cut messages of any length so that the pieces are the message', () => {
    fc.assert(
      fc.property(anyBytes(384, 5), fc.nat(0xffffff), fc.option(fc.nat(63)), (upper, firstSequence, aid) => {
        const pdus = splitAccess(upper, { aid: aid ?? undefined, longMic: false, firstSequence });
        const read = pdus.map((pdu) => parseLowerTransport(false, formatLowerTransport(pdu))!);
        expect(read).toEqual(pdus);
        const pieces = read.flatMap((one) => (one.kind === 'access-segment' ? [...one.piece] : []));
        expect(Uint8Array.from(pieces)).toEqual(upper);
      }),
    );
  });

  test('find the number of the first segment, as long as fewer than 8192 were sent since', () => {
    fc.assert(
      fc.property(fc.nat(0xffffff), fc.nat(0x1fff), (first, later) => {
        const sequence = first + later;
        fc.pre(sequence <= 0xffffff);
        expect(firstSequenceOf(sequence, first & 0x1fff)).toBe(first);
      }),
    );
  });

  test('take whatever comes without a throw, and write back what they read', () => {
    fc.assert(
      fc.property(anyBytes(40), fc.boolean(), fc.nat(0xffffffff), (bytes, control, ivIndex) => {
        openNetworkPdu(network, ivIndex, bytes);
        openNetworkPdu(network, ivIndex, bytes, 'proxy');
        openBeacon(network, bytes);
        recogniseProxy(network, bytes, [1, 2]);
        parseUnprovisioned(bytes);
        const lower = parseLowerTransport(control, bytes);
        if (lower) {
          expect(isControl(lower)).toBe(control);
          expect(parseLowerTransport(control, formatLowerTransport(lower))).toEqual(lower);
        }
        const configuration = parseProxyConfiguration(bytes);
        if (configuration) expect(toHex(formatProxyConfiguration(configuration))).toBe(toHex(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test('read no PDU that was cut, grown or changed on the way', () => {
    const pdu = {
      control: false,
      ttl: 4,
      sequence: 7,
      source: 1,
      destination: 2,
      transport: new Uint8Array(8),
    };
    const bytes = sealNetworkPdu(network, 5, pdu);
    for (let length = 0; length < bytes.length; length++)
      expect(openNetworkPdu(network, 5, bytes.subarray(0, length))).toBeUndefined();
    expect(openNetworkPdu(network, 5, Uint8Array.of(...bytes, 0))).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = bytes.slice();
        changed[bit >>> 3]! ^= 1 << (bit & 7);
        expect(openNetworkPdu(network, 5, changed)).toBeUndefined();
      }),
    );
  });
});

describe('proxy messages', () => {
  test('come together again from values of any size', () => {
    const message = fc.record({
      type: fc.constantFrom('network', 'beacon', 'configuration', 'provisioning' as const),
      data: anyBytes(66, 1),
    });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.integer({ min: 2, max: 67 }),
        (messages, maxValue) => {
          const reassembly = new ProxyReassembly();
          const read = messages.flatMap((one) =>
            splitProxyMessage(one, maxValue).flatMap((value) => {
              expect(value.length).toBeLessThanOrEqual(maxValue);
              const taken = reassembly.take(value);
              return taken.kind === 'message' ? [taken.message] : [];
            }),
          );
          expect(read).toEqual(messages);
          expect(reassembly.isUnfinished).toBe(false);
        },
      ),
    );
  });

  test('that never end are held to 66 bytes, and a whole one after any rubbish is read', () => {
    fc.assert(
      fc.property(fc.array(anyBytes(30), { maxLength: 30 }), (values) => {
        const reassembly = new ProxyReassembly();
        for (const value of values) {
          const taken = reassembly.take(value);
          if (taken.kind === 'message') expect(taken.message.data.length).toBeLessThanOrEqual(66);
        }
        expect(reassembly.take(Uint8Array.of(0x03, 0x08))).toEqual({
          kind: 'message',
          message: { type: 'provisioning', data: Uint8Array.of(0x08) },
        });
      }),
    );
  });

  test('say what is wrong with the order of their values', () => {
    const faultsOf = (...values: number[][]) => {
      const reassembly = new ProxyReassembly();
      return values.map((value) => {
        const taken = reassembly.take(Uint8Array.from(value));
        return taken.kind === 'fault' ? taken.fault : taken.kind;
      });
    };
    expect(faultsOf([0x83, 1])).toEqual(['out-of-order']);
    expect(faultsOf([0xc3, 1])).toEqual(['out-of-order']);
    expect(faultsOf([0x43, 1], [0x80, 2], [0xc3, 3])).toEqual(['piece', 'other-type', 'out-of-order']);
    expect(faultsOf([0x43, 1], [0x43, 1], [0xc3, 2])).toEqual(['piece', 'piece', 'message']);
    expect(faultsOf([0x43])).toEqual(['empty']);
    expect(faultsOf([])).toEqual(['empty']);
    expect(faultsOf([0x04, 1])).toEqual(['unknown-type']);
    const long = [0x43, ...new Array<number>(66).fill(0)];
    expect(faultsOf(long, [0x83, 1], [0xc3, 1])).toEqual(['piece', 'too-long', 'out-of-order']);
  });
});

describe('provisioning PDUs', () => {
  test('are read in their exact size alone', () => {
    fc.assert(
      fc.property(anyBytes(70), (bytes) => {
        const pdu = parseProvisioningPdu(bytes);
        if (pdu) expect(toHex(formatProvisioningPdu(pdu.type, pdu.parameters))).toBe(toHex(bytes));
      }),
      { numRuns: 2000 },
    );
    expect(parseProvisioningPdu(Uint8Array.of(8))).toBeDefined();
    expect(parseProvisioningPdu(Uint8Array.of(8, 0))).toBeUndefined();
    expect(parseProvisioningPdu(Uint8Array.of(0x0a))).toBeUndefined();
  });
});

describe('an out-of-band value', () => {
  test('that is no number of so many digits is not taken', () => {
    for (const [text, expected] of [
      ['42', 42],
      [' 0042 ', 42],
      ['042', 42],
      ['0', undefined],
      ['1000', undefined],
      ['-1', undefined],
      ['4.2', undefined],
      ['', undefined],
    ] as const)
      expect(parseOobInput('numeric', 3, text), text).toBe(expected);
    expect(parseOobInput('alphanumeric', 3, 'aB1')).toBe('aB1');
    expect(parseOobInput('alphanumeric', 3, 'aB12')).toBeUndefined();
    expect(parseOobInput('alphanumeric', 3, 'a b')).toBeUndefined();
  });

  test('stands at the end as a number and at the beginning as characters', () => {
    expect(toHex(typedAuthValue('cmac', 123456))).toBe('0000000000000000000000000001e240');
    expect(toHex(typedAuthValue('hmac', 99999999))).toBe(`${'00'.repeat(28)}05f5e0ff`);
    expect(toHex(typedAuthValue('cmac', 'ABC12'))).toBe('41424331320000000000000000000000');
  });

  test('is offered by actions only where there is a size', () => {
    const told = {
      elementCount: 1,
      algorithms: 1,
      publicKeyType: 0,
      oobType: 2,
      outputSize: 0,
      outputActions: 31,
      inputSize: 9,
      inputActions: 0b1001,
    };
    expect(oobOfferOf(told)).toEqual({
      none: false,
      static: false,
      output: [],
      outputSize: 0,
      input: ['push', 'alphanumeric'],
      inputSize: 8,
    });
  });
});
