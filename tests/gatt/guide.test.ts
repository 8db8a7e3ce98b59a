import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { requests } from '../../src/mesh/access/index.ts';
import { newNetwork, type MeshDatabase } from '../../src/meshdb/index.ts';
import { guideRecipe, Provisioner, readFeatures } from '../../src/provision/index.ts';
import { Desk } from '../support/virtual-radio.ts';

describe.each(['nrf5', 'zephyr'] as const)(
  'the guide over the computer’s own radio, with the stack of %s',
  (stack) => {
    test.each(['pyaci', 'ios'] as const)(
      'goes from a fresh network to a light that switches: %s',
      async (dialect) => {
        const desk = new Desk({ staleConnections: 1 });
        const light = desk.device(stack);
        const database = newNetwork(
          { name: 'Test', dialect, appKeyNames: ['lights', 'locks'], now: new Date(0) },
          desk.randomBytes,
        );
        const bearer = await desk.bearer(
          {},
          {
            netKey: { index: 0, key: database.netKeys[0]!.key! },
            appKeys: database.appKeys.map(({ index, key }) => ({ index, key: key! })),
          },
        );
        const stored: MeshDatabase[] = [];
        const pending: string[] = [];
        const provisioner = new Provisioner({
          bearer,
          database,
          store: async (one) => void stored.push(one),
          storePending: async ({ deviceKey }) => void pending.push(toHex(deviceKey)),
          stamp: () => ({ now: new Date(desk.clock.now()) }),
        });

        const { unicast, deviceKey } = await provisioner.provision({
          uuid: toHex(light.uuid),
          name: 'Light',
        });
        expect(pending).toEqual([toHex(deviceKey)]);
        expect(toHex(stored[0]!.nodes.find((one) => one.unicast === unicast)!.deviceKey!)).toBe(
          toHex(deviceKey),
        );
        const outcomes = await provisioner.configure(unicast, guideRecipe(database));
        expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set(['done']));
        expect(light.model(0, '1000')).toMatchObject({
          bindings: [0],
          subscriptions: [0xc001],
          publication: { ttl: 7 },
        });

        const channel = await provisioner.openNode(unicast);
        for (const isOn of [true, false]) {
          const { heard } = await channel.ask(requests.onOffSet(0, isOn, isOn ? 1 : 2));
          expect(heard!.answer.present).toBe(isOn ? 1 : 0);
          expect(light.lights).toEqual([isOn]);
        }
        await channel.close();

        await provisioner.remove(unicast);
        await desk.clock.sleep(2_000);
        expect(light.network).toBeUndefined();
        expect(provisioner.database.nodes.some((one) => one.unicast === unicast)).toBe(false);
      },
    );
  },
);

describe('a donor before it is read out', () => {
  test.each([
    [{ relay: 1, gattProxy: 1 }, []],
    [{ relay: 0, gattProxy: 1 }, ['provision/no-relay']],
    [{ relay: 2, gattProxy: 1 }, ['provision/no-relay']],
  ])('is asked for the features that all clones will have: %o', async (features, expected) => {
    const desk = new Desk();
    const { node, clone } = desk.member(0x10);
    node.features = { ...node.features, ...features };
    const channel = await (await desk.bearer()).open(clone);
    const { findings } = await readFeatures(channel);
    expect(findings.map(({ code }) => code)).toEqual(expected);
  });

  test('is asked through another proxy where it is none itself', async () => {
    const desk = new Desk();
    desk.member(0x10);
    const { node, clone } = desk.member(0x20, 'nrf5', { place: 1 });
    node.features = { ...node.features, gattProxy: 0 };
    const channel = await (await desk.bearer()).open(clone);
    const { relay, gattProxy, findings } = await readFeatures(channel);
    expect([relay, gattProxy, findings[0]?.code]).toEqual(['on', 'off', 'provision/no-proxy']);
  });
});
