import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { systemClock } from '../../src/clock.ts';
import { importKeyPair, webKeyAgreement } from '../../src/mesh/key-agreement.ts';
import { Mailbox } from '../../src/mesh/mailbox.ts';
import {
  confirmationKeys,
  confirmationOf,
  openProvisioningData,
  provision,
  provisioningPdus,
  sealProvisioningData,
  sessionKeys,
  type ProvisionedNode,
} from '../../src/mesh/index.ts';
import { formatProvisioningPdu } from '../../src/mesh/provisioning/pdus.ts';
import { DiscreteClock } from '../../src/virtual/index.ts';
import { b, n, vectors, type ProvisioningVector } from './vectors.ts';

const inputsOf = (one: ProvisioningVector) => ({
  invite: b(one.invite),
  capabilities: b(one.capabilities),
  start: b(one.start),
  provisionerPublicKey: b(one.provisionerPublic),
  nodePublicKey: b(one.devicePublic),
});

const pairOf = (privateKey: string, publicKey: string) =>
  importKeyPair(crypto.subtle, b(privateKey), b(publicKey).subarray(0, 32), b(publicKey).subarray(32));

describe('what both sides of a provisioning compute', () => {
  test.each([...vectors.provisioning, ...vectors.provisioningOwn])('is that of the sample: $id', (one) => {
    const algorithm = one.algorithm === 0 ? 'cmac' : 'hmac';
    const keys = confirmationKeys(algorithm, inputsOf(one), b(one.ecdhSecret), b(one.authValue));
    expect(toHex(keys.confirmationSalt)).toBe(one.confirmationSalt);
    expect(toHex(keys.confirmationKey)).toBe(one.confirmationKey);
    expect(toHex(confirmationOf(keys, b(one.randomProvisioner)))).toBe(one.confirmationProvisioner);
    expect(toHex(confirmationOf(keys, b(one.randomDevice)))).toBe(one.confirmationDevice);
    const session = sessionKeys(keys, b(one.randomProvisioner), b(one.randomDevice));
    if (one.provisioningSalt) expect(toHex(session.provisioningSalt)).toBe(one.provisioningSalt);
    expect(toHex(session.sessionKey)).toBe(one.sessionKey);
    expect(toHex(session.sessionNonce)).toBe(one.sessionNonce);
    expect(toHex(session.deviceKey)).toBe(one.deviceKey);
    if (!one.data) return;
    expect(toHex(sealProvisioningData(session, b(one.data.plain)))).toBe(one.encrypted);
    expect(toHex(openProvisioningData(session, b(one.encrypted!))!)).toBe(one.data.plain);
  });

  test.each(vectors.provisioning)('comes from the same secret on both sides: $id', async (one) => {
    const provisioner = await pairOf(one.provisionerPrivate!, one.provisionerPublic);
    const node = await pairOf(one.devicePrivate!, one.devicePublic);
    expect(toHex(await provisioner.secretWith(node.publicX, node.publicY))).toBe(one.ecdhSecret);
    expect(toHex(await node.secretWith(provisioner.publicX, provisioner.publicY))).toBe(one.ecdhSecret);
  });
});

describe('a private key', () => {
  test('makes no secret with a point off the curve, with none, or with the point at infinity', async () => {
    const [one] = vectors.provisioning;
    const drawn = await webKeyAgreement(crypto.subtle).generate();
    const good = b(one!.devicePublic);
    const secretWith = (point: Uint8Array) => drawn.secretWith(point.subarray(0, 32), point.subarray(32));
    expect(await secretWith(good)).toHaveLength(32);
    for (const at of [0, 31, 32, 63]) {
      const bad = good.slice();
      bad[at]! ^= 1;
      await expect(secretWith(bad)).rejects.toMatchObject({ code: 'mesh/bad-public-key' });
    }
    for (const bad of [new Uint8Array(64), new Uint8Array(64).fill(0xff), good.subarray(1)])
      await expect(secretWith(bad)).rejects.toThrow();
  });
});

describe('the recorded exchange', () => {
  test.each(vectors.provisioning.filter(({ pdus }) => pdus))(
    'is repeated by the provisioner byte for byte: $id',
    async (one) => {
      const isOurs = ['invite', 'start', 'confirmation', 'random', 'data'];
      const answers = new Map<string, string>();
      const expected: string[] = [];
      const seen = new Set<string>();
      for (const pdu of one.pdus!) {
        const { type } = provisioningPdus.parseProvisioningPdu(b(pdu))!;
        if ((isOurs.includes(type) || type === 'public-key') && !seen.has(type)) expected.push(pdu);
        else answers.set(expected.at(-1)!, pdu);
        seen.add(type);
      }

      const sent: string[] = [];
      const kept: ProvisionedNode[] = [];
      const received = new Mailbox<Uint8Array>();
      const randoms = [one.randomProvisioner].map(b);
      const { data } = one;
      const provisioned = await provision(
        {
          received,
          async send(pdu) {
            sent.push(toHex(pdu));
            const answer = answers.get(sent.at(-1)!);
            if (answer) received.put(b(answer));
          },
        },
        {
          clock: systemClock,
          randomBytes: () => randoms.shift()!,
          keyAgreement: { generate: () => pairOf(one.provisionerPrivate!, one.provisionerPublic) },
          attentionSeconds: n(one.invite),
          network: {
            netKey: b(data!.netKey),
            keyIndex: n(data!.netKeyIndex),
            ivIndex: n(data!.ivIndex),
            keyRefresh: (n(data!.flags) & 1) !== 0,
            ivUpdate: (n(data!.flags) & 2) !== 0,
          },
          decide: async ({ elementCount }) => {
            expect(elementCount).toBe(n(one.capabilities.slice(0, 2)));
            return { unicast: n(data!.unicast), authentication: { method: 'none' } };
          },
          keepPending: async (node) => void kept.push(node),
        },
      );
      expect(sent).toEqual(expected);
      expect(toHex(provisioned.deviceKey)).toBe(one.deviceKey);
      expect(kept).toEqual([provisioned]);
    },
  );
});

describe('a node that answers with anything', () => {
  const honest = new Map([
    ['invite', formatProvisioningPdu('capabilities', b('0100030000000000000000'))],
    ['public-key', b(`03${vectors.provisioning[0]!.devicePublic}`)],
  ]);
  const pdu = fc.oneof(
    { weight: 2, arbitrary: fc.constant('honest' as const) },
    fc.uint8Array({ maxLength: 70 }),
    fc
      .tuple(fc.constantFrom(...provisioningPdus.PDU_TYPES), fc.uint8Array({ minLength: 16, maxLength: 16 }))
      .map(([type, parameters]) => formatProvisioningPdu(type, parameters)),
  );

  test('ends in a word, and is given no keys', async () => {
    const agreement = webKeyAgreement(crypto.subtle);
    await fc.assert(
      fc.asyncProperty(fc.array(pdu, { maxLength: 5 }), async (answers) => {
        const clock = new DiscreteClock(() => new Promise((resolve) => setImmediate(resolve)));
        const received = new Mailbox<Uint8Array>();
        const sent: string[] = [];
        const kept: ProvisionedNode[] = [];
        const outcome = provision(
          {
            received,
            async send(bytes) {
              const { type } = provisioningPdus.parseProvisioningPdu(bytes)!;
              sent.push(type);
              if (type === 'start') return;
              const answer = answers.shift();
              const told = answer === 'honest' ? honest.get(type) : answer;
              if (told) received.put(told);
            },
          },
          {
            clock,
            randomBytes: (length) => new Uint8Array(length).fill(7),
            keyAgreement: {
              async generate() {
                const pair = await clock.hold(agreement.generate());
                return { ...pair, secretWith: (x, y) => clock.hold(pair.secretWith(x, y)) };
              },
            },
            attentionSeconds: 0,
            network: {
              netKey: new Uint8Array(16),
              keyIndex: 0,
              ivIndex: 0,
              keyRefresh: false,
              ivUpdate: false,
            },
            decide: async () => ({ unicast: 1, authentication: { method: 'none' } }),
            keepPending: async (node) => void kept.push(node),
          },
        );
        await expect(outcome).rejects.toMatchObject({ code: expect.stringMatching(/^mesh\//) });
        expect(sent).not.toContain('data');
        expect(kept).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
