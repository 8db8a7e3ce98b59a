/** Every state of the page and how a person gets there: for pictures, and for checks that hold everywhere. */
import type { Page } from 'playwright-core';
import {
  database,
  databaseWithout,
  dump,
  file,
  newFirmware,
  nodeDump,
  smallDump,
  uicr,
  type ChosenFile,
} from './files.ts';
import { choose, headline, sayWord, step, untilKept } from './page.ts';
import type { GivenFile } from '../../src/session/index.ts';
import { twoKinds } from '../support/two-kinds.ts';

let usualDump = smallDump;
/** For pictures: they show the sample as it is. */
export const useWholeDump = () => {
  usualDump = dump;
};

/** @param of  the donor's dump, small where its size does not matter */
export async function reachDonor(page: Page, of: ChosenFile = usualDump) {
  await choose(page, [of, database]);
  await headline(page, 'light').waitFor();
  await page.getByText('20 new').waitFor();
}
export async function reachPlan(page: Page, count = 20, of?: ChosenFile) {
  await reachDonor(page, of);
  await page.getByRole('link', { name: 'Plan clones' }).click();
  if (count !== 20) await page.getByLabel('How many').fill(String(count));
  await headline(page, `${count.toLocaleString('en')} clone`).waitFor();
}
export async function reachReady(page: Page, count = 20, of?: ChosenFile) {
  await reachPlan(page, count, of);
  await page.getByRole('link', { name: 'Go to press' }).click();
  await sayWord(page);
}
export async function reachPressed(page: Page, count = 20) {
  await reachReady(page, count);
  await page.getByRole('button', { name: /^Press / }).click();
  await headline(page, /(are|is) ready$/).waitFor();
}

/** Half a second is too short to look at: from the first tenth on, the page hears nothing new of the engine. */
const holdProgress = (page: Page) =>
  page.evaluate(() => {
    const { get } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data')!;
    let held: { readonly progress?: { readonly done: number; readonly total: number } } | undefined;
    Object.defineProperty(MessageEvent.prototype, 'data', {
      get(this: MessageEvent) {
        const message = get!.call(this) as NonNullable<typeof held>;
        const { done, total } = message.progress ?? { done: 0, total: 1 };
        if (done >= total / 10) held ??= message;
        return held ?? message;
      },
    });
  });

export async function reachRead(page: Page) {
  await page.getByRole('link', { name: /read it from there/ }).click();
  await headline(page, 'Read the donor from its board').waitFor();
}
/** A virtual board was read, and its network came with it. */
async function readVirtualBoard(page: Page) {
  await page.getByRole('button', { name: 'Use a virtual board' }).click();
  await headline(page, /^Node 0x0011/).waitFor({ timeout: 60_000 });
  await page.getByText('clones can be planned').waitFor();
}
export async function reachReadDone(page: Page) {
  await reachRead(page);
  await readVirtualBoard(page);
}

/** States one after the other in one visit: each goes on where the one before it stands, the first on the fresh page. */
export type Walk = Readonly<Record<string, (page: Page) => Promise<unknown>>>;

/** How each state of some walks is reached by itself: over those before it. */
export function statesOf(walks: readonly Walk[]): Readonly<Record<string, (page: Page) => Promise<void>>> {
  const states: Record<string, (page: Page) => Promise<void>> = {};
  for (const walk of walks) {
    const steps = Object.values(walk);
    for (const [i, name] of Object.keys(walk).entries())
      states[name] = async (page) => {
        for (const step of steps.slice(0, i + 1)) await step(page);
      };
  }
  return states;
}

/** A light, and a switch of the same network is asked for. */
export async function reachFurtherKind(page: Page) {
  const { light, switch: other, database: both } = twoKinds();
  const given = ({ name, bytes }: GivenFile) => file(name, Buffer.from(bytes));
  await choose(page, [given(light), given(both)]);
  await headline(page, 'light').waitFor();
  await page.getByRole('button', { name: 'Add another kind of node' }).click();
  await page.getByRole('button', { name: 'Choose its dump…' }).waitFor();
  return given(other);
}
export async function reachPlanOfTwoKinds(page: Page) {
  await choose(page, [await reachFurtherKind(page)]);
  await headline(page, 'switch').waitFor();
  await step(page, 'Plan').click();
  await page.getByLabel('How many').fill('3');
  await headline(page, /^23 clones/).waitFor();
}

/** Cost is nothing to look at. */
const cheapPassphrases = (page: Page) =>
  page.evaluate(() => {
    const derive = crypto.subtle.deriveKey.bind(crypto.subtle) as (...given: unknown[]) => Promise<CryptoKey>;
    crypto.subtle.deriveKey = (how, ...rest) => derive({ ...(how as Pbkdf2Params), iterations: 1 }, ...rest);
  });
export const PASSPHRASE = 'four words nobody guesses';
export async function reachKept(page: Page) {
  await page.goto(page.url().replace(/#.*|$/, '#help/kept'));
  await headline(page, 'What is kept').waitFor();
}
export async function setPassphrase(page: Page) {
  await reachKept(page);
  await page.getByRole('radio', { name: /^A passphrase/ }).check();
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('Once more').fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Set the passphrase' }).click();
  await page.getByText('Under your passphrase now.').waitFor();
}

export const WALKS: readonly Walk[] = [
  {
    'kept-passphrase': async (page) => {
      await reachDonor(page);
      await reachKept(page);
      await page.getByRole('radio', { name: /^A passphrase/ }).check();
      await page.getByLabel('Once more').waitFor();
    },
    'kept-locked': async (page) => {
      await cheapPassphrases(page);
      await setPassphrase(page);
      await page.reload();
      await page.getByRole('dialog', { name: /^Unlock/ }).waitFor();
    },
    'kept-wrong-passphrase': async (page) => {
      await page.getByLabel('Passphrase', { exact: true }).fill('another one');
      await page.getByRole('button', { name: 'Unlock', exact: true }).click();
      await page.getByText(/does not open what this browser keeps/).waitFor();
    },
    'kept-without': async (page) => {
      await page.getByRole('button', { name: 'Go on without' }).click();
      await page.getByText(/is locked, and nothing is added to it/).waitFor();
    },
    'forget-everything': async (page) => {
      await page.getByRole('button', { name: /^Forget everything/ }).click();
      await page.getByText('Without loss').waitFor();
    },
    'everything-forgotten': async (page) => {
      await page.getByRole('button', { name: 'Forget everything', exact: true }).click();
      await page.getByRole('button', { name: 'Load the page anew' }).waitFor();
    },
  },
  {
    'further-kind': async (page) => void (await reachFurtherKind(page)),
    'plan-without-it': async (page) => {
      await step(page, 'Plan').click();
      await headline(page, /^20 clones/).waitFor();
      await page.getByRole('button', { name: /Look at it.*Dump to come/ }).click();
      await page.getByRole('button', { name: 'Choose its dump…' }).waitFor();
      await step(page, 'Plan').click();
      await headline(page, /^20 clones/).waitFor();
    },
  },
  {
    'plan-of-two-kinds': reachPlanOfTwoKinds,
    'press-of-two-kinds': async (page) => {
      await page.getByRole('link', { name: 'Go to press' }).click();
      await headline(page, 'Ready to press 23 clones').waitFor();
    },
  },
  {
    start: async () => {},
    nothing: async (page) => {
      await step(page, 'Plan').click();
      await headline(page, 'No donor yet').waitFor();
    },
    help: async (page) => {
      await page.getByRole('link', { name: 'Help' }).click();
      await headline(page, 'Help').waitFor();
    },
    probes: async (page) => {
      await page.getByRole('link', { name: 'Probes and development kits' }).click();
      await headline(page, 'Probes and development kits').waitFor();
    },
  },
  {
    tour: async (page) => {
      await page.getByRole('link', { name: 'Take the tour' }).click();
      await headline(page, 'Provision one node').waitFor();
    },
  },
  {
    half: async (page) => {
      await choose(page, [dump]);
      await page.getByRole('button', { name: 'Choose the database…' }).waitFor();
    },
  },
  {
    rejected: async (page) => {
      await choose(page, [file('notes.json', '{"a": [1, 2'), file('photo.hex', 'not a dump')]);
      await page.getByRole('button', { name: 'Dismiss' }).waitFor();
    },
  },
  {
    refused: async (page) => {
      await choose(page, [nodeDump('4.0.0', 'deprovisioned'), database]);
      await headline(page, 'The node has left its network').waitFor();
      await page.locator('main li').getByText('Device key').first().waitFor();
    },
  },
  {
    mismatch: async (page) => {
      await choose(page, [dump, databaseWithout('light')]);
      await headline(page, 'The node is not in this database').waitFor();
    },
  },
  {
    donor: (page) => reachDonor(page),
    keys: async (page) => {
      await page.getByRole('button', { name: 'Show keys' }).click();
      await page.getByRole('button', { name: 'Hide keys' }).waitFor();
    },
    network: async (page) => {
      await page.getByRole('link', { name: 'Network' }).click();
      await headline(page, 'BT Mesh').waitFor();
    },
    'network-board': async (page) => {
      const section = page.getByRole('region', { name: 'What is on this board?' });
      await section.getByRole('button', { name: 'Use a virtual board' }).click();
      await section.getByText('does not know this chip').waitFor();
    },
    firmware: async (page) => {
      await choose(page, [newFirmware], /^Choose the new firmware/);
      await page.getByText('It comes up as the node at 0x0011–0x0013.').waitFor();
    },
    remembered: async (page) => {
      await step(page, 'Donor').click();
      await page.getByRole('checkbox', { name: /Keep this project/ }).check();
      await untilKept(page, (text) => text.includes('"files"'));
      await page.reload();
      await page.getByRole('button', { name: 'Continue' }).waitFor();
    },
  },
  {
    entries: async (page) => {
      await choose(page, [dump, uicr, database]);
      await headline(page, 'light').waitFor();
      await page.getByText('Bootloader at 0x78000').waitFor();
      await page.getByRole('button', { name: /^DSM/ }).click();
      for (const summary of await page.locator('summary').all()) await summary.click();
    },
  },
  { read: reachRead, 'read-done': readVirtualBoard },
  {
    plan: (page) => reachPlan(page),
    taken: async (page) => {
      await page.getByRole('textbox', { name: 'First address' }).fill('0052');
      await page.getByRole('button', { name: 'Use 0x0053' }).waitFor();
    },
    more: async (page) => {
      await page.getByRole('button', { name: 'Use 0x0053' }).click();
      await page.getByText('More settings').click();
      await page.locator('summary', { hasText: 'Values from a table' }).click();
      await page.getByLabel('Sequence number').selectOption('+');
      await page.getByRole('button', { name: 'Fill in the plan' }).click();
      await page.locator('summary', { hasText: 'Values from a table, in use' }).waitFor();
      await headline(page, '20 clones').waitFor();
    },
  },
  { thousand: (page) => reachPlan(page, 1000) },
  {
    ready: (page) => reachReady(page),
    pressed: async (page) => {
      await page.getByRole('button', { name: /^Press / }).click();
      await headline(page, /are ready$/).waitFor();
    },
    question: async (page) => {
      await page.getByRole('button', { name: 'Plan further clones' }).click();
      await page.getByRole('dialog').waitFor();
    },
    locked: async (page) => {
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await step(page, 'Plan').click();
      await page.getByRole('button', { name: 'Change this plan' }).waitFor();
    },
  },
  {
    password: async (page) => {
      await reachReady(page);
      await page.getByRole('radio', { name: /^Encrypt it with a password/ }).check();
      await page.getByRole('button', { name: 'Make one' }).click();
    },
    encrypted: async (page) => {
      await page.getByRole('button', { name: /^Press / }).click();
      await headline(page, /are ready$/).waitFor();
    },
  },
  {
    labels: async (page) => {
      await reachPressed(page, 40);
      await page.getByRole('link', { name: 'Labels' }).click();
      await page.getByRole('button', { name: 'Print 40 labels', disabled: false }).waitFor();
    },
  },
  {
    pressing: async (page) => {
      await reachReady(page, 600);
      await holdProgress(page);
      await page.getByRole('button', { name: /^Press / }).click();
      await page.getByText(/^[1-6]\d %$/).waitFor();
    },
  },
];

export const STATES = statesOf(WALKS);
