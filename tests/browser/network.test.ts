import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CloneRenderer, readDump } from '../../src/clone/index.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { convertDatabase, formatDatabase, parseDatabase as readNetwork } from '../../src/meshdb/index.ts';
import { launchChromium } from './chromium.ts';
import { database, dump, file, largeFirmware, newFirmware, parseDatabase, type ChosenFile } from './files.ts';
import { choose, headline, sayWord, visit } from './page.ts';
import { reachDonor, reachPressed } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = () => visit(browser, inject('pageUrl'));

async function saved(page: Page, button: string | RegExp): Promise<{ name: string; content: Buffer }> {
  const saving: Promise<Download> = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  const download = await saving;
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  return { name: download.suggestedFilename(), content: Buffer.concat(parts) };
}

const fixture = (name: string): ChosenFile =>
  file(name, readFileSync(join(import.meta.dirname, '../fixtures/databases', name)));

/** The sample's firmware under the identity of a node of another network's database: a donor for it. */
function donorOf(network: ChosenFile, index: number): ChosenFile {
  const node = readNetwork(network.buffer).nodes[index]!;
  const sample = readDump([{ name: 'client.hex', bytes: dump.buffer }]);
  const renderer = new CloneRenderer(sample.image, readImage(sample.image).prepare({}));
  const clone = renderer.render({ unicast: node.unicast, deviceKey: node.deviceKey! });
  return file('donor.hex', Buffer.concat(renderer.hex(clone)));
}

describe('a database of a phone app', () => {
  test.each(['cdb-android-export.json', 'cdb-ios-export.json'])(
    'gets clones in its own style: %s',
    async (name) => {
      const { page, complaints } = await open();
      const network = fixture(name);
      await choose(page, [donorOf(network, 2), network]);
      await headline(page, 'Light switch').waitFor();
      await page.getByRole('link', { name: 'Plan clones' }).click();
      await page.getByLabel('How many').fill('2');
      await headline(page, '2 clones').waitFor();
      await page.getByRole('link', { name: 'Go to press' }).click();
      await sayWord(page);
      await page.getByRole('button', { name: 'Press 2 clones' }).click();
      await headline(page, '2 clones are ready').waitFor();
      const { content } = await saved(page, /^Save zip/);
      const updated = Buffer.from(unzipSync(content)[name]!).toString();

      // behind all addresses the file tells of, those of removed nodes among them
      const added = readNetwork(updated).nodes.slice(-2);
      expect(added.map(({ unicast }) => unicast)).toEqual([0x0a, 0x0d]);
      // and nothing but the additions and the time stamp is new
      const before = network.buffer.toString();
      expect(updated.startsWith(before.slice(0, 60))).toBe(true);
      expect(updated.includes('\n')).toBe(before.includes('\n'));
      expect(complaints).toEqual([]);
    },
  );
});

describe('the page of the network', () => {
  async function reachNetwork(of?: ChosenFile) {
    const visited = await open();
    await reachDonor(visited.page, of);
    await visited.page.getByRole('link', { name: 'Network' }).click();
    await headline(visited.page, 'BT Mesh').waitFor();
    return visited;
  }

  test('saves the database as a phone app stores it, and lists what that cannot hold', async () => {
    const { page, complaints } = await reachNetwork();
    const { name, content } = await saved(page, 'Save for nRF Mesh, iOS');
    expect(name).toBe('client.db-ios.json');
    expect(readNetwork(content)).toMatchObject({ format: 'cdb', dialect: 'ios' });
    await page.getByText('The IV index is not part of a CDB').waitFor();
    expect(complaints).toEqual([]);
  });

  test('gives the donor another firmware under its own identity, or says why not', async () => {
    const { page, complaints } = await reachNetwork(dump);
    const saving = page.waitForEvent('download');
    await choose(page, [newFirmware], /^Choose the new firmware/);
    const download = await saving;
    expect(download.suggestedFilename()).toBe('light-v2_0011.hex');
    const parts: Buffer[] = [];
    for await (const part of await download.createReadStream()) parts.push(part as Buffer);
    const { settled } = readImage(readDump([{ name: 'n.hex', bytes: Buffer.concat(parts) }]).image);
    const before = readImage(readDump([{ name: 'd.hex', bytes: dump.buffer }]).image).settled;
    expect([settled.unicast, settled.deviceKeys]).toEqual([before.unicast, before.deviceKeys]);
    await page.getByText('The new firmware is taken for one of release 5.0.0').waitFor();

    await choose(page, [largeFirmware], /^Choose the new firmware/);
    await page.getByText('at 0x7D000, where this node keeps its state.').waitFor();
    await page.getByRole('link', { name: 'kinds/firmware-over-state' }).click();
    await headline(page, 'New firmware where the node has its state').waitFor();
    await page.getByRole('link', { name: 'Where a firmware looks for its state' }).click();
    await page.getByText('A firmware finds its state by what was compiled into it').waitFor();
    expect(complaints).toEqual([]);
  });

  test('shares the range among benches, and brings their databases together again', async () => {
    const { page } = await reachNetwork();
    await page.getByRole('button', { name: 'Share the range among 2 benches' }).click();
    const shares: ChosenFile[] = [];
    for (const index of [0, 1]) {
      const saving = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save', exact: true }).nth(index).click();
      const parts: Buffer[] = [];
      for await (const part of await (await saving).createReadStream()) parts.push(part as Buffer);
      shares.push(file(`share-${index}.json`, Buffer.concat(parts)));
    }
    const [first, second] = shares.map((share) => readNetwork(share.buffer).provisioners[0]!.unicastRanges);
    expect(first!.at(-1)!.high).toBeLessThan(second![0]!.low);

    const grown = parseDatabase(shares[1]!.buffer);
    grown.nodes.push({
      ...grown.nodes[0]!,
      name: 'elsewhere',
      unicastAddress: 0x5000,
      deviceKey: '5'.repeat(32),
    });
    (grown.nodes.at(-1) as unknown as { UUID: string }).UUID = '4'.repeat(32);
    await choose(page, [file('other-bench.json', JSON.stringify(grown, null, 2))], /^Merge another/);
    await page.getByText('The project goes on with the nodes of both.').waitFor();
    await page.getByText('4 nodes', { exact: false }).first().waitFor();
    const { content } = await saved(page, 'Save the database');
    expect(parseDatabase(content).nodes.map((node) => node.name)).toContain('elsewhere');
  });

  test('gives nodes that share a UUID their own', async () => {
    const { page } = await open();
    const [first, , third] = parseDatabase(database.buffer).nodes as unknown as { UUID: string }[];
    const doubled = database.buffer.toString().replace(third!.UUID, first!.UUID);
    await choose(page, [dump, file('client.db.json', doubled)]);
    await page.getByRole('link', { name: 'Network' }).click();
    await page.getByRole('button', { name: 'Give each node its own UUID' }).click();
    await page.getByText('Each node has its own UUID now.').waitFor();
    await page.getByText('No faults were found.').waitFor();
    const { content } = await saved(page, 'Save the database');
    const uuids = (parseDatabase(content).nodes as unknown as { UUID: string }[]).map(({ UUID }) => UUID);
    expect(new Set(uuids).size).toBe(3);
    await page.context().close();
  });

  test('holds a board against the database, and puts into that what only the board knows', async () => {
    const { page, complaints } = await open();
    const own = parseDatabase(database.buffer) as unknown as {
      nodes: { name: string; UUID: string; unicastAddress: number }[];
    };
    const donor = own.nodes.find(({ unicastAddress }) => unicastAddress === 0x11)!;
    donor.UUID = '7'.repeat(32); // a placeholder, as of a clone that nobody asked
    await choose(page, [dump, file('client.db.json', JSON.stringify(own, null, 2))]);
    await page.getByRole('link', { name: 'Network' }).click();
    const section = page.getByRole('region', { name: 'What is on this board?' });
    await section.getByRole('button', { name: 'Use a virtual board' }).click();
    await section.getByText('0x0011–0x0013').first().waitFor();
    await section.getByText('does not know this chip').waitFor();
    await section.getByText('light, node').waitFor();
    await section.getByRole('link', { name: 'clone/uuid-differs' }).waitFor();
    await section.getByRole('button', { name: 'Put the database right' }).click();
    await page.getByText('The record has what only the board knew.').waitFor();
    await section.getByRole('link', { name: 'clone/uuid-differs' }).waitFor({ state: 'detached' });
    const { content } = await saved(page, 'Save the database');
    const records = parseDatabase(content).nodes as unknown as typeof own.nodes;
    expect(records.find(({ unicastAddress }) => unicastAddress === 0x11)!.UUID).toBe(
      '372f1c4b5a0ed0006f5e4d3c2b1affff', // as its firmware makes it of its chip's numbers
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('gives the lines that make a provisioner know its nodes', async () => {
    const { page } = await reachNetwork();
    const { content } = await saved(page, 'Save lines for BlueZ');
    for (const { deviceKey } of parseDatabase(database.buffer).nodes)
      expect(content.toString()).toContain(deviceKey);
  });
});

describe('the tools of the network', () => {
  const android = fixture('cdb-android-export.json');
  async function reachPhoneNetwork() {
    const visited = await open();
    await choose(visited.page, [donorOf(android, 2), android]);
    await headline(visited.page, 'Light switch').waitFor();
    await visited.page.getByRole('link', { name: 'Network' }).click();
    await headline(visited.page, 'nRF Mesh Network').waitFor();
    return visited;
  }
  const held = async (page: Page) => readNetwork((await saved(page, 'Save the database')).content);

  test('take a node out, and give its addresses to nobody', async () => {
    const { page, complaints } = await reachPhoneNetwork();
    const section = page.locator('section', { hasText: 'Nodes that are gone' });
    await section.getByRole('checkbox', { name: /^Dimmer/ }).check();
    await section.getByLabel('IV index today').fill('7');
    await section.getByRole('button', { name: 'Take 1 node out' }).click();
    await page.getByText('1 node was taken out.').waitFor();
    await page.getByText('keeps the keys of the network until reset').waitFor();
    const network = await held(page);
    expect(network.nodes.map(({ name }) => name)).not.toContain('Dimmer');
    expect(network.exclusions.at(-1)).toEqual({ ivIndex: 7, addresses: [6, 7] });
    expect(complaints).toEqual([]);
  });

  test('reserve addresses, and add a provisioner of its own for a second phone', async () => {
    const { page } = await reachPhoneNetwork();
    await page.getByRole('textbox', { name: 'Addresses' }).first().fill('0x0100–0x0102, 200');
    await page.getByRole('button', { name: 'Reserve the addresses' }).click();
    await page.getByText('Nobody gets these addresses now.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Tablet');
    await page.getByRole('button', { name: 'Add the provisioner' }).click();
    await page.getByText('Tablet is a provisioner of the network.').waitFor();
    const network = await held(page);
    expect(network.exclusions[0]!.addresses).toEqual([8, 9, 0x100, 0x101, 0x102, 0x200]);
    expect(network.provisioners.at(-1)).toMatchObject({
      name: 'Tablet',
      unicastRanges: [{ low: 0x199b, high: 0x3334 }],
    });
    expect(network.nodes.at(-1)).toMatchObject({ name: 'Tablet', unicast: 0x199b, isProvisioner: true });
  });

  test('save a part without device keys, from which the donor is completed by its dump', async () => {
    const clock = { now: new Date('2026-01-02T03:04:05Z') };
    const converted = convertDatabase(readNetwork(database.buffer), 'android', clock).database;
    const { page } = await open();
    await choose(page, [dump, file('app.json', Buffer.from(formatDatabase(converted)))]);
    await headline(page, 'light').waitFor();
    await page.getByRole('link', { name: 'Network' }).click();
    const section = page.locator('section', { hasText: 'A part for giving away' });
    await section.getByRole('checkbox', { name: 'light' }).check();
    const { name, content } = await saved(page, 'Save 1 node without device keys');
    expect(name).toBe('app-part.json');
    expect(readNetwork(content).nodes.map(({ deviceKey }) => deviceKey)).toEqual([undefined]);
    await page.context().close();

    const { page: other } = await open();
    await choose(other, [dump, file('part.json', content)]);
    await headline(other, 'The donor’s device key is missing').waitFor();
    await other.getByRole('link', { name: 'Mend the database on its page' }).click();
    await other.getByRole('button', { name: 'Complete the donor from its dump' }).click();
    await other.getByText('The record has all that its dump has.').waitFor();
    await other.getByRole('link', { name: 'Donor' }).click();
    await headline(other, 'light').waitFor();
  });

  test('make a database from the dump alone, which clones can be planned with', async () => {
    const { page, complaints } = await open();
    await choose(page, [dump]);
    await page.getByRole('link', { name: 'It is lost: make one from the dump' }).click();
    await headline(page, 'A database from the dump').waitFor();
    await page.getByLabel('Name of the node').fill('Switch');
    await page.getByLabel('First free address').fill('0x3000');
    await page.getByRole('button', { name: 'Make the database' }).click();
    await page.getByText('A dump does not tell which other nodes there are.').waitFor();
    await page.getByRole('button', { name: 'Go on with this database' }).click();
    await headline(page, 'Network from a dump').waitFor();
    await page.getByRole('link', { name: 'Donor' }).click();
    await headline(page, 'Switch').waitFor();
    await page.getByRole('link', { name: 'Plan clones' }).click();
    await page.getByText('0x3000').first().waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('a network with several kinds of node', () => {
  test('gives each kind its own clones, in one database, at addresses of their own', async () => {
    const { page } = await open();
    await reachPressed(page, 3);
    await saved(page, /^Save zip/);
    await page.getByRole('button', { name: 'Another kind of node' }).click();
    await page.getByRole('button', { name: /^Choose the dump/ }).waitFor();

    // the second kind: another node of the same network, once its composition is known
    await page.getByText('client.db.json').first().waitFor();
    await choose(page, [dump], /^Choose the dump/);
    await headline(page, 'light').waitFor();
    await page.getByRole('link', { name: 'Plan clones' }).click();
    await page.getByText('0x005C').first().waitFor();
  });
});

describe('a raw dump', () => {
  test('is read where the person says it belongs', async () => {
    const { page } = await open();
    const { image } = readDump([{ name: 'client.hex', bytes: dump.buffer }]);
    const raw = file('client.bin', Buffer.from(MemoryImage.of(image.runs).read(0, 0x80000)));
    await choose(page, [raw, database]);
    await page.getByLabel('Base address').fill('0x0');
    await page.getByRole('button', { name: 'Read it as a raw dump' }).click();
    await headline(page, 'light').waitFor();
  });
});
