import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { systemClock } from '../../src/clock.ts';
import { Mailbox } from '../../src/mesh/mailbox.ts';
import {
  agree,
  confirmationKeys,
  confirmationOf,
  drawKeyPair,
  openProvisioningData,
  provision,
  provisioningPdus,
  sealProvisioningData,
  sessionKeys,
  type ProvisionedNode,
} from '../../src/mesh/index.ts';
import { b, n, vectors, type ProvisioningVector } from './vectors.ts';

const inputsOf = (one: ProvisioningVector) => ({
  invite: b(one.invite),
  capabilities: b(one.capabilities),
  start: b(one.start),
  provisionerPublicKey: b(one.provisionerPublic),
  nodePublicKey: b(one.devicePublic),
});

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

  test.each(vectors.provisioning)('comes from the same secret on both sides: $id', (one) => {
    const provisioner = drawKeyPair(() => b(one.provisionerPrivate!));
    const node = drawKeyPair(() => b(one.devicePrivate!));
    expect(toHex(provisioner.publicKey)).toBe(one.provisionerPublic);
    expect(toHex(node.publicKey)).toBe(one.devicePublic);
    expect(toHex(agree(provisioner, node.publicKey)!)).toBe(one.ecdhSecret);
    expect(toHex(agree(node, provisioner.publicKey)!)).toBe(one.ecdhSecret);
  });
});

describe('a private key', () => {
  const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';

  test('is drawn again while it is zero or not below the order of the curve', () => {
    const drawn = ['00'.repeat(32), ORDER, 'ff'.repeat(32), '00'.repeat(31) + '01'].map(b);
    const { privateKey, publicKey } = drawKeyPair(() => drawn.shift()!);
    expect(privateKey.at(-1)).toBe(1);
    expect(toHex(publicKey).slice(0, 16)).toBe('6b17d1f2e12c4247'); // the base point
    expect(drawn).toEqual([]);
  });

  test('makes no secret with a point off the curve, with none, or with the point at infinity', () => {
    const own = drawKeyPair(() => b(vectors.provisioning[0]!.provisionerPrivate!));
    const good = b(vectors.provisioning[0]!.devicePublic);
    for (const at of [0, 31, 32, 63]) {
      const bad = good.slice();
      bad[at]! ^= 1;
      expect(agree(own, bad)).toBeUndefined();
    }
    expect(agree(own, new Uint8Array(64))).toBeUndefined();
    expect(agree(own, new Uint8Array(64).fill(0xff))).toBeUndefined();
    expect(agree(own, good.subarray(1))).toBeUndefined();
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
      const randoms = [one.provisionerPrivate!, one.randomProvisioner].map(b);
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
