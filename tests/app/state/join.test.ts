/** A device joins over this computer's own Bluetooth: what is on the disk when, and what a person does between node and screen. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { toHex } from '../../../src/bytes.ts';
import { systemClock } from '../../../src/clock.ts';
import {
  INPUT_ACTIONS,
  NRF5_EXAMPLE_STATIC_OOB,
  OUTPUT_ACTIONS,
  webKeyAgreement,
  type Composition,
  type OobInput,
} from '../../../src/mesh/index.ts';
import { parseDatabase } from '../../../src/meshdb/index.ts';
import {
  actionBits,
  MeshAir,
  RadioNode,
  VirtualBluetooth,
  type Mischief,
} from '../../../src/virtual/index.ts';
import { freshBrowser, type FreshBrowser } from '../../support/browser.ts';
import { openRadioTab } from '../../support/radio-tab.ts';
import { LIGHT } from '../../support/virtual-network.ts';

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));

let browser: FreshBrowser;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  browser = freshBrowser();
  vi.stubGlobal('window', Object.assign(new EventTarget(), { isSecureContext: true }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Work of the browser's own cryptography that is under way: it takes real time. */
let atWork = 0;
beforeEach(() => {
  atWork = 0;
  for (const name of ['generateKey', 'importKey', 'exportKey', 'deriveBits', 'encrypt', 'decrypt'] as const) {
    const real = crypto.subtle[name].bind(crypto.subtle) as (...given: unknown[]) => Promise<unknown>;
    vi.spyOn(crypto.subtle, name).mockImplementation((async (...given: unknown[]) => {
      atWork++;
      return real(...given).finally(() => atWork--);
    }) as never);
  }
});
afterEach(() => void vi.restoreAllMocks());

/** Time goes on until it is done: what happens by itself in between takes none. */
async function hurry<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const mark = () => (isDone = true);
  work.then(mark, mark);
  while (!isDone) {
    for (let turn = 0; (turn < 20 || atWork > 0) && !isDone; turn++)
      await new Promise((resolve) => setImmediate(resolve));
    if (!isDone) await vi.advanceTimersByTimeAsync(25);
  }
  return work;
}
const until = (isSo: () => boolean) =>
  hurry(
    (async () => {
      while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 25));
    })(),
  );

/** A light that waits, on a desk of its own. */
function lightOnDesk(mischief?: Mischief) {
  const shown: OobInput[] = [];
  const light = new RadioNode(new MeshAir(systemClock, Math.random), {
    name: 'nRF5x Mesh Light',
    stack: 'nrf5',
    uuid: randomBytes(16),
    composition: LIGHT as Composition,
    randomBytes,
    provisionee: {
      algorithms: ['cmac'],
      staticOob: { value: NRF5_EXAMPLE_STATIC_OOB },
      output: { actions: actionBits(OUTPUT_ACTIONS, 'numeric'), size: 4 },
      input: { actions: actionBits(INPUT_ACTIONS, 'numeric'), size: 4 },
      show: (value) => void shown.push(value),
      keyAgreement: webKeyAgreement(crypto.subtle),
      randomBytes,
      ...(mischief && { mischief }),
    },
  });
  const bluetooth = new VirtualBluetooth({ clock: systemClock, peripherals: [light] });
  return { light, bluetooth, shown };
}

/** A tab of the browser, with the radio of the desk. */
async function openTab({ bluetooth }: ReturnType<typeof lightOnDesk>) {
  Object.assign(navigator, {
    bluetooth: {
      requestDevice: (options: Parameters<VirtualBluetooth['requestDevice']>[0]) => {
        bluetooth.isPressed = true;
        return bluetooth.requestDevice(options);
      },
    },
  });
  const tab = await openRadioTab();
  const memory = await import('../../../src/app/browser/radio-memory.ts');
  return { ...tab, join: tab.radio.join, memory };
}
/** The page is open, and the light was chosen. */
async function reachChosen(desk: ReturnType<typeof lightOnDesk>) {
  const tab = await openTab(desk);
  await tab.join.prepareProvisioning();
  expect(await hurry(tab.radio.connect('bluetooth', 'join'))).toBe(true);
  tab.join.name = 'Lamp';
  return tab;
}

describe('a device that joins by Bluetooth', () => {
  test('has its key on the disk before it is given it, and its database before it is told anything', async () => {
    const desk = lightOnDesk();
    const { join, radio, memory } = await reachChosen(desk);
    const work = join.provision();
    await until(() => desk.light.network !== undefined);
    const { deviceKey, unicast } = desk.light.network!;
    const pending = await memory.recallPending();
    const stored = await memory.recallDatabase();
    const kept = pending?.device ?? parseDatabase(stored!.bytes).nodes.at(-1)!;
    expect(toHex(kept.deviceKey!)).toBe(toHex(deviceKey));

    await until(() => join.joining === 'configuring');
    const [node] = parseDatabase((await memory.recallDatabase())!.bytes).nodes;
    expect([node!.name, node!.unicast, toHex(node!.deviceKey!)]).toEqual(['Lamp', unicast, toHex(deviceKey)]);
    expect(desk.light.model(0, '1000')!.bindings).toEqual([]);
    await hurry(work);
    expect(radio.error).toBeNull();
    expect(join.outcomes.map(({ state }) => state)).toEqual(join.recipe.map(() => 'done'));
    expect(desk.light.model(0, '1000')!.bindings).toEqual([0]);
    expect([await memory.recallPending(), join.pending.device, join.findings]).toEqual([null, null, []]);
    await radio.disconnect();
  });

  test('is told of before it is read out, where its clones would pass nothing on', async () => {
    const desk = lightOnDesk();
    desk.light.features = { ...desk.light.features, relay: 0 };
    const { join, radio } = await reachChosen(desk);
    await hurry(join.provision());
    expect(radio.error).toBeNull();
    expect(join.findings.map(({ code }) => code)).toEqual(['provision/no-relay']);
    await radio.disconnect();
  });

  test('is refused a UUID that is none, before anything is said to it', async () => {
    const desk = lightOnDesk();
    const { join, radio } = await reachChosen(desk);
    join.uuid = '0059FFFF';
    await hurry(join.provision());
    expect(radio.error).toMatchObject({ code: 'app/bad-uuid' });
    expect(desk.light.network).toBeUndefined();
    join.uuid = '0059ffff-0000-4000-8000-112233445566';
    await hurry(join.provision());
    expect(join.database!.nodes[0]!.uuid.toLowerCase().replaceAll('-', '')).toBe(
      '0059ffff000040008000112233445566',
    );
    await radio.disconnect();
  });
});

describe('the proof that it is the right one', () => {
  test('is a static value that both sides know', async () => {
    const desk = lightOnDesk();
    const { join, radio } = await reachChosen(desk);
    join.oob.method = 'static';
    join.oob.staticValue = 'nordic_example_2';
    await hurry(join.provision());
    expect(radio.error!.code).toMatch(/^mesh\/(node-refused|wrong-confirmation)$/);
    expect(desk.light.network).toBeUndefined();
    join.oob.staticValue = 'nordic_example_1';
    await hurry(join.provision());
    expect(radio.error).toBeNull();
    expect(join.joined).toMatchObject({ name: 'Lamp' });
    await radio.disconnect();
  });

  test('is a number that it shows and a person types', async () => {
    const desk = lightOnDesk();
    const { join, radio } = await reachChosen(desk);
    join.oob.method = 'output';
    const work = join.provision();
    await until(() => join.oob.task !== null && desk.shown.length > 0);
    expect(join.oob.task).toMatchObject({ kind: 'type', action: 'numeric', size: 4 });
    if (join.oob.task?.kind === 'type') join.oob.task.answer(String(desk.shown[0]));
    await hurry(work);
    expect(radio.error).toBeNull();
    expect(desk.light.network).toBeDefined();
    await radio.disconnect();
  });

  test('is a number shown here that a person enters at the node, and goes away by itself then', async () => {
    const desk = lightOnDesk();
    const { join, radio } = await reachChosen(desk);
    join.oob.method = 'input';
    const work = join.provision();
    await until(() => join.oob.task !== null);
    const { task } = join.oob;
    expect(task).toMatchObject({ kind: 'enter', action: 'numeric' });
    if (task?.kind === 'enter') desk.light.provisionee!.enter(task.value);
    await hurry(work);
    expect([radio.error, join.oob.task]).toEqual([null, null]);
    expect(desk.light.network).toBeDefined();
    await radio.disconnect();
  });

  test.each([
    ['stopped', 'app/provisioning-stopped'],
    ['late', 'gatt/lost'], // the node waits for a minute, and hangs up
  ] as const)('that is %s gives it nothing, and nothing waits for a person any more', async (how, code) => {
    const desk = lightOnDesk();
    const { join, radio } = await reachChosen(desk);
    join.oob.method = how === 'late' ? 'input' : 'output';
    const work = join.provision();
    await until(() => join.oob.task !== null);
    if (join.oob.task?.kind === 'type') join.oob.task.stop();
    await hurry(work);
    expect(radio.error).toMatchObject({ code });
    expect([join.oob.task, join.pending.device, desk.light.network]).toEqual([null, null, undefined]);
    await radio.disconnect();
  });
});

describe('a device whose last word is lost, and that is gone then', () => {
  test('is kept over a reload, and asked once somebody chooses a proxy', async () => {
    const desk = lightOnDesk('loses-complete');
    const first = await reachChosen(desk);
    const work = first.join.provision();
    await until(() => desk.light.network !== undefined);
    desk.light.isPowered = false;
    await hurry(work);
    expect(first.radio.error).toMatchObject({ code: 'mesh/complete-lost' });
    const { unicast, deviceKey } = desk.light.network!;
    await first.radio.disconnect();

    browser.closeTabs();
    const second = await openTab(desk);
    await until(() => second.join.pending.device !== null);
    expect(second.join.pending.device).toMatchObject({ name: 'Lamp', device: { unicast } });
    desk.light.isPowered = true;
    expect(await hurry(second.radio.connect('bluetooth', 'reach'))).toBe(true);
    await hurry(second.join.askPending());
    expect(second.radio.error).toBeNull();
    expect(second.join.joined).toMatchObject({ name: 'Lamp', unicast });
    const [node] = parseDatabase((await second.memory.recallDatabase())!.bytes).nodes;
    expect(toHex(node!.deviceKey!)).toBe(toHex(deviceKey));
    expect(await second.memory.recallPending()).toBeNull();
    await second.radio.disconnect();
  });
});
