/** Pages of the radio with a virtual kit and with virtual Bluetooth, and how a person gets there. */
import type { Page } from 'playwright-core';
import { headline, step } from './page.ts';
import { reachPlan, statesOf, type Walk } from './states.ts';
import { finishRun, reachRun } from './bench-states.ts';

const virtualKit = (page: Page) => page.getByRole('button', { name: 'Use a virtual kit' });
const virtualBluetooth = (page: Page) => page.getByRole('button', { name: 'Use virtual Bluetooth' });

export async function reachProvision(page: Page) {
  await page.getByRole('link', { name: /provision one now/ }).click();
  await headline(page, 'Provision a node').waitFor();
}
/** A device is heard, and chosen. */
async function chooseAround(page: Page) {
  await virtualKit(page).click();
  await page.getByRole('table').getByRole('radio').first().check();
}
async function joinAround(page: Page) {
  await page.getByLabel('Its name').fill('Lamp');
  await page.getByRole('button', { name: 'Provision this node' }).click();
  await page.getByText('It is configured, and ready to be read out.').waitFor();
}
export async function reachJoined(page: Page) {
  await reachProvision(page);
  await chooseAround(page);
  await joinAround(page);
}
/** Clones are planned, and asked although only some are on boards. */
export async function reachOnAir(page: Page, count = 20) {
  await reachPlan(page, count);
  await page.evaluate(() => (location.hash = 'on-air'));
  await headline(page, 'Clones on air').waitFor();
}
export async function reachProven(page: Page) {
  await reachRun(page, 3);
  await finishRun(page);
  await page.getByRole('link', { name: 'Ask them' }).click();
  await headline(page, 'Clones on air').waitFor();
  await virtualKit(page).click();
  await page.getByRole('button', { name: 'Ask 3 clones' }).click();
  await headline(page, '3 of 3 clones answer').waitFor();
}

/** A node was chosen in the list of the browser. */
export async function chooseByBluetooth(page: Page) {
  await virtualBluetooth(page).click();
  await page.getByText('nRF5x Mesh Light was chosen', { exact: true }).waitFor();
}
/** It shows a number that a person types. */
export async function reachTyping(page: Page) {
  await page.getByLabel('Its name').fill('Lamp');
  await page.getByRole('radio', { name: /A number the node shows/ }).check();
  await page.getByRole('button', { name: 'Provision this node' }).click();
  await page.getByRole('dialog', { name: 'The node shows a number' }).waitFor();
}
/** What was typed was wrong; now the page shows a number that a person enters at the node. */
export async function reachEntering(page: Page) {
  const shown = await page.getByText('The virtual node shows').innerText();
  await page.getByLabel('Number', { exact: true }).fill(shown.includes('1234') ? '4321' : '1234');
  await page.getByRole('button', { name: 'Go on', exact: true }).click();
  await page.getByRole('region', { name: 'Not done' }).waitFor();
  await page.getByRole('radio', { name: /A number shown here/ }).check();
  await page.getByRole('button', { name: 'Provision this node' }).click();
  await page.getByRole('dialog', { name: 'Enter this number at the node' }).waitFor();
}
export async function enterAtNode(page: Page) {
  await page.getByRole('button', { name: 'Enter it at the virtual node' }).click();
  await page.getByText('It is configured, and ready to be read out.').waitFor();
}
/** The same clones are proven through one of them. */
async function reachProxied(page: Page) {
  await page.getByRole('button', { name: 'Ask all again' }).click();
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await virtualBluetooth(page).click();
  await page.getByText('All others are reached through it').waitFor();
  await page.getByRole('button', { name: 'Ask 3 clones' }).click();
  await headline(page, '3 of 3 clones answer').waitFor();
}

/** A node of the sample is about to be removed; a person is asked. */
export async function reachRemoval(page: Page) {
  await reachOnAir(page, 3);
  await virtualKit(page).click();
  const nodes = page.getByLabel('Node to remove');
  await nodes.selectOption(
    await nodes.locator('option', { hasText: 'other1' }).first().getAttribute('value'),
  );
  await page.getByRole('button', { name: 'Remove it…' }).click();
  await page.getByRole('dialog').waitFor();
}

/** From the bench, without files or a run. */
export async function reachConsole(page: Page) {
  await step(page, 'Bench').click();
  await page.getByRole('link', { name: 'a page of its own' }).click();
  await headline(page, 'Serial console').waitFor();
}
/** Choose a port that another program has. */
async function chooseTakenPort(page: Page) {
  await page.evaluate(`navigator.serial.requestPort = async () => ({
    open: () => Promise.reject(new DOMException('Failed to open serial port.', 'NetworkError')),
    getInfo: () => ({}),
  })`);
  await page.getByRole('button', { name: 'Choose a port…' }).click();
  await page.locator('main').getByText('another program or another tab holds it').waitFor();
}

export const RADIO_WALKS: readonly Walk[] = [
  { provision: reachProvision, around: chooseAround, joined: joinAround },
  { 'on-air': (page) => reachOnAir(page) },
  {
    'tour-joined': async (page) => {
      await page.evaluate(() => (location.hash = 'tour/1'));
      await page.getByRole('button', { name: 'Provision them with a kit' }).click();
      await page.getByText('did not exist before, with 2 nodes').waitFor();
    },
    'tour-read': async (page) => {
      await page.getByRole('link', { name: 'Next' }).click();
      await page.getByRole('button', { name: 'Read the board of the switch' }).click();
      await page.getByText('was found in the dump').waitFor();
    },
  },
  {
    silent: async (page) => {
      await reachOnAir(page, 2); // on no boards, so nobody answers
      await virtualKit(page).click();
      await page.getByRole('button', { name: 'Ask 2 clones' }).click();
      await headline(page, '0 of 2 clones answer').waitFor({ timeout: 60_000 });
    },
  },
  {
    proven: reachProven,
    'lights-asked': async (page) => {
      await page.getByRole('button', { name: 'Ask whether it is on' }).click();
      await page
        .getByText(/answered: \d+ on, \d+ off/)
        .first()
        .waitFor();
    },
    proxied: reachProxied,
  },
  {
    'by-bluetooth': async (page) => {
      await reachProvision(page);
      await chooseByBluetooth(page);
    },
    typing: reachTyping,
    entering: reachEntering,
    'joined-by-bluetooth': enterAtNode,
  },
  {
    console: reachConsole,
    'console-taken': chooseTakenPort,
    'console-open': async (page) => {
      await virtualKit(page).click();
      await page.getByRole('log').getByText('ONOFF SET 0').first().waitFor();
      await page.getByRole('searchbox', { name: 'Search' }).fill('onoff');
    },
    'console-lost': async (page) => {
      await page.getByRole('button', { name: 'Pull its cable' }).click();
      await page.getByText('It is opened again once it is back.').waitFor();
      await page.getByRole('searchbox', { name: 'Search' }).fill('');
    },
  },
  { removing: reachRemoval },
];
export const RADIO_STATES = statesOf(RADIO_WALKS);
