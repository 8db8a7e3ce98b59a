import { genericOnOff, type MeshBearer } from '../../mesh/index.ts';
import { requests } from '../../mesh/access/index.ts';
import type { MeshDatabase, NodeRecord } from '../../meshdb/index.ts';
import { cloneOf } from '../../on-air/index.ts';
import { powered } from '../text/on-air.ts';
import { counted, unicast as addressText } from '../text/words.ts';
import type { Radio, RadioHost } from './radio-parts.ts';
import { shownName } from '../../visible.ts';

const GENERIC_ON_OFF_SERVER = '1000';
const FIRST_GROUP = 0xc000;
/** More than these are no choice any more. */
const MOST_LIGHTS = 50;
/** Answers to a group's question: nodes wait up to half a second each, so that they do not all speak at once. */
const GATHER_MS = 3000;

/** What can be switched and asked: a node with a light, or a group. */
export interface LightTarget {
  readonly name: string;
  /** First unicast address of the node, or the group's. */
  readonly address: number;
}

/** A light that answered. */
export interface LightAnswer {
  readonly name: string;
  /** Of the element. */
  readonly unicast: number;
  readonly isOn: boolean;
}

/** Lights of a network: switched, and asked whether they are on. */
export class LightState {
  /** What came of the last switching or asking. */
  said = $state('');
  /** Who answered last, by address. */
  answers = $state.raw<readonly LightAnswer[]>([]);
  working = $state(false);

  readonly #host: RadioHost;
  readonly #radio: Radio;
  #tid = 0;

  constructor(host: RadioHost, radio: Radio) {
    this.#host = host;
    this.#radio = radio;
  }

  /** Lights of the database that are bound to a key, and its groups. */
  targetsIn(database: MeshDatabase | null): readonly LightTarget[] {
    if (!database) return [];
    const lights = database.nodes
      .filter((node) => serverOf(node) !== undefined)
      .slice(0, MOST_LIGHTS)
      .map(({ name, unicast }) => ({ name, address: unicast }));
    const groups = database.groups.flatMap(({ name, address }) =>
      typeof address === 'number' && address >= FIRST_GROUP ? [{ name, address }] : [],
    );
    return [...groups, ...lights];
  }

  /** Switch a light or a group on or off. */
  switch(database: MeshDatabase, target: number, isOn: boolean): Promise<void> {
    const tid = (this.#tid = (this.#tid + 1) & 0xff);
    return this.#work(database, async (bearer) => {
      if (target < FIRST_GROUP)
        return this.#askNode(bearer, database, target, (key) => requests.onOffSet(key, isOn, tid));
      const message = { state: isOn ? 1 : 0, tid, transition: null };
      await bearer.send(target, genericOnOff.setUnacknowledged.encode(message), {
        appKeyIndex: keyOfGroup(database, target),
      });
      this.answers = [];
      return `Sent to ${addressText(target)}. A group answers nothing: ask whether they are on.`;
    });
  }

  /** Ask a light, or everybody in a group, whether it is on. */
  ask(database: MeshDatabase, target: number): Promise<void> {
    return this.#work(database, (bearer) =>
      target < FIRST_GROUP
        ? this.#askNode(bearer, database, target, requests.onOff)
        : this.#askGroup(bearer, database, target),
    );
  }

  async #work(database: MeshDatabase, work: (bearer: MeshBearer) => Promise<string>): Promise<void> {
    const { bench, plan, announcements } = this.#host;
    if (!this.#radio.isOn || this.working) return;
    this.working = true;
    this.#radio.error = null;
    const planned = plan.view?.clones.map(({ unicast }) => unicast) ?? [];
    this.#radio.desk?.populate(
      database,
      powered(database.nodes, planned, bench?.view?.jobs ?? []),
      this.#radio.ivIndexOf(database),
    );
    try {
      const bearer = await this.#radio.bearerFor(database);
      if (bearer.sourcesHeard >= bearer.sourcesPerRun) await bearer.restart();
      this.said = await work(bearer);
      announcements.said = this.said;
    } catch (error) {
      this.#radio.fail(error);
    } finally {
      this.working = false;
    }
  }

  async #askNode(
    bearer: MeshBearer,
    database: MeshDatabase,
    unicast: number,
    request: (appKeyIndex: number) => ReturnType<typeof requests.onOff>,
  ): Promise<string> {
    const node = database.nodes.find((other) => other.unicast === unicast)!;
    const access = cloneOf(node);
    const server = serverOf(node);
    if (!access || !server) return `The database has no device key of ${shownName(node.name)}.`;
    const element = unicast + server.element;
    const channel = await bearer.open(access);
    try {
      const { heard } = await channel.ask(request(server.appKeyIndex), { element, segmented: false });
      this.answers = heard ? [{ name: node.name, unicast: element, isOn: heard.answer.present === 1 }] : [];
      if (!heard) return `${shownName(node.name)} did not answer.`;
      return `${shownName(node.name)} is ${heard.answer.present === 1 ? 'on' : 'off'}: it answered after ${Math.round(heard.rttMs)} ms.`;
    } finally {
      await channel.close();
    }
  }

  async #askGroup(bearer: MeshBearer, database: MeshDatabase, group: number): Promise<string> {
    const appKeyIndex = keyOfGroup(database, group);
    const heard = await bearer.gather(group, requests.onOff(appKeyIndex), { appKeyIndex }, GATHER_MS);
    this.answers = [...heard]
      .map(([unicast, { present }]) => ({ name: nameAt(database, unicast), unicast, isOn: present === 1 }))
      .toSorted((a, b) => a.unicast - b.unicast);
    if (heard.size === 0) return `Nobody in ${addressText(group)} answered.`;
    const on = this.answers.filter(({ isOn }) => isOn).length;
    const rest = heard.size >= bearer.sourcesPerRun ? ' More are not heard at a time.' : '';
    return `${counted(heard.size, 'light')} of ${addressText(group)} answered: ${on} on, ${heard.size - on} off.${rest}`;
  }
}

/** Where its light is, and under which key. */
function serverOf({ elements }: NodeRecord) {
  for (const { index: element, models } of elements)
    for (const { modelId, bindings } of models)
      if (modelId === GENERIC_ON_OFF_SERVER && bindings.length > 0)
        return { element, appKeyIndex: bindings[0]! };
  return undefined;
}

/** Under which key a group is spoken to: that of whoever publishes to it or listens to it; the first where nobody is known. */
function keyOfGroup(database: MeshDatabase, group: number): number {
  for (const { elements } of database.nodes)
    for (const { models } of elements)
      for (const { bindings, publication, subscriptions } of models) {
        if (publication?.address === group) return publication.appKeyIndex;
        if (subscriptions.includes(group) && bindings.length > 0) return bindings[0]!;
      }
  return database.appKeys[0]?.index ?? 0;
}

const nameAt = ({ nodes }: MeshDatabase, unicast: number): string =>
  nodes.find((node) => unicast >= node.unicast && unicast < node.unicast + Math.max(node.elementCount, 1))
    ?.name ?? '';
