import { KnownError } from '../../errors.ts';
import { parseDatabase } from '../../meshdb/index.ts';
import { Provisioner } from '../../provision/index.ts';
import { currentDate } from '../browser/platform.ts';
import { powered } from '../text/on-air.ts';
import { unicast as addressText } from '../text/words.ts';
import type { Radio, RadioHost } from './radio-parts.ts';
import { shownName } from '../../visible.ts';

/** A node of the open database. */
export interface RemovableNode {
  readonly name: string;
  readonly unicast: number;
}

/**
 * A node leaves the network: it is reset over the air, and only once it has said so its record goes, as its device key is the way to
 * reach it. One that says nothing can be taken out of the database alone.
 */
export class RemovalState {
  removing = $state(false);
  /** What became of the last one. */
  notice = $state('');
  /** It was asked to leave, and said nothing. */
  silent = $state.raw<RemovableNode | null>(null);

  readonly #host: RadioHost;
  readonly #radio: Radio;

  constructor(host: RadioHost, radio: Radio) {
    this.#host = host;
    this.#radio = radio;
  }

  get nodes(): readonly RemovableNode[] {
    return (this.#host.project.view.database?.nodes ?? []).filter(({ isProvisioner }) => !isProvisioner);
  }

  /** Asks a person first. */
  async remove(node: RemovableNode): Promise<void> {
    if (!this.#radio.isOn || this.removing || !(await this.#host.mayDiscard())) return;
    const isDonor = this.#host.project.view.donor?.unicast === node.unicast;
    const sure = await this.#host.ask({
      title: `Remove ${shownName(node.name)} from the network?`,
      text: `${addressText(node.unicast)} is told over the air to forget the network, and its record and device key leave the database. Only provisioning it anew brings it back, with another key.${
        isDonor ? ' It is the donor: without its record no more clones can be pressed from this dump.' : ''
      }`,
      yes: 'Remove it',
      no: 'Keep it',
    });
    if (sure)
      await this.#work(node, (provisioner) => provisioner.remove(node.unicast), 'has left the network.');
  }

  /** It is gone for good, or has left without being heard. Asks a person first. */
  async takeOut(node: RemovableNode): Promise<void> {
    if (!this.#radio.isOn || this.removing || !(await this.#host.mayDiscard())) return;
    const sure = await this.#host.ask({
      title: `Take ${shownName(node.name)} out of the database?`,
      text: 'Its device key goes with its record: should it still be in the network, nobody can configure or reset it any more, and it goes on listening and sending.',
      yes: 'Take it out',
      no: 'Keep its record',
    });
    if (sure)
      await this.#work(node, (provisioner) => provisioner.forget(node.unicast), 'is out of the database.');
  }

  async #work(
    node: RemovableNode,
    work: (provisioner: Provisioner) => Promise<void>,
    outcome: string,
  ): Promise<void> {
    this.removing = true;
    this.#radio.error = null;
    this.notice = '';
    this.silent = null;
    try {
      await work(await this.#provisioner(node));
      this.notice = `${shownName(node.name)} ${outcome} Save the database to keep that.`;
      this.#host.announcements.said = this.notice;
    } catch (error) {
      if (error instanceof KnownError && error.code === 'provision/no-reset') this.silent = node;
      this.#radio.fail(error);
    } finally {
      this.removing = false;
    }
  }

  /** As the tool of the network's page does it, so that the engine has the database without it too. */
  async #takeOut({ unicast }: RemovableNode, ivIndex: number): Promise<void> {
    const { engine, project } = this.#host;
    const index = project.view.database!.nodes.find((other) => other.unicast === unicast)!.index;
    const { file } = await engine.tools.removeNodes({ indexes: [index], ivIndex });
    await this.#host.replaceDatabase(file);
  }

  async #provisioner(node: RemovableNode): Promise<Provisioner> {
    const { project, plan, bench } = this.#host;
    const file = project.files.find(({ name }) => name === project.view.database?.fileName)!;
    const database = parseDatabase(new Uint8Array(await file.arrayBuffer()));
    const ivIndex = this.#radio.ivIndexOf(database);
    const planned = plan.view?.clones.map(({ unicast }) => unicast) ?? [];
    this.#radio.desk?.populate(database, powered(database.nodes, planned, bench?.view?.jobs ?? []), ivIndex);
    return new Provisioner({
      bearer: await this.#radio.bearerFor(database),
      database,
      ivIndex,
      store: () => this.#takeOut(node, ivIndex),
      stamp: () => ({ now: currentDate(), timeZoneOffsetMinutes: currentDate().getTimezoneOffset() }),
    });
  }
}
