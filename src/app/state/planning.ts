import { KnownError, reportOf, type ErrorReport } from '../../errors.ts';
import { counted } from '../text/words.ts';
import type { Parts } from './parts.ts';
import type { ZipWish } from './press.svelte.ts';
import { DEFAULT_SETTINGS, type PlanSettings } from './plan-settings.ts';

type PlanningParts = Pick<
  Parts,
  'project' | 'plan' | 'press' | 'memory' | 'claims' | 'announcements' | 'events' | 'mayDiscard'
>;

/** What a person does about plan and press: change, rename, unlock, press, save. */
export class Planning {
  readonly #parts: PlanningParts;

  constructor(parts: PlanningParts) {
    this.#parts = parts;
    parts.events.on('planOutdated', () => this.again());
    parts.events.on('runOver', () => this.learnClaims());
  }

  change(changes: Partial<PlanSettings>) {
    const { announcements, plan, memory } = this.#parts;
    announcements.note = null;
    plan.change(changes);
    void memory.save();
  }

  clearTable() {
    const { csv } = this.#parts.plan.settings;
    this.change({ csv: '' });
    this.#parts.announcements.tell('The table is cleared.', () => this.change({ csv }));
  }

  /** @returns what is wrong with the name; `null` when the plan has it */
  async rename(index: number, name: string): Promise<ErrorReport | null> {
    const wrong = await this.#parts.plan.rename(index, name);
    await this.#parts.memory.save();
    return wrong;
  }

  /** Unlock the plan after pressing. */
  async reopen(): Promise<void> {
    if (!(await this.#parts.mayDiscard())) return;
    this.#parts.press.clear();
    await this.#parts.plan.refresh();
  }

  /** Plan for the donor that is there now, with the settings of last time if these are its files. */
  async anew(): Promise<void> {
    const { plan, project, memory } = this.#parts;
    const { view } = project;
    this.show();
    plan.settings = memory.settingsOfLastTime() ?? plan.settings;
    plan.clear();
    if (!view.kinds.some(({ donor }) => donor)) return;
    await this.learnClaims();
    await plan.refresh();
    const fits = plan.error?.facts['room'];
    if (
      plan.errorIsHere &&
      plan.settings.count === DEFAULT_SETTINGS.count &&
      typeof fits === 'number' &&
      fits > 0
    ) {
      plan.settings = { ...plan.settings, count: String(fits) }; // nobody asked for the default number
      await plan.refresh();
    }
  }

  /** The plan is about the kinds of node that are there now, and its settings are those of the one that is looked at. */
  show(): void {
    const { plan, project } = this.#parts;
    plan.kinds = project.view.kinds;
    plan.active = project.view.active;
  }

  /** Leave out what came onto boards since the plan was made. Pressed clones are left as they are: a person decides about them. */
  async again(): Promise<void> {
    await this.learnClaims();
    if (this.#parts.press.phase === 'ready') await this.#parts.plan.refresh();
  }

  /** What the journal says is on boards of this network. */
  async learnClaims(): Promise<void> {
    const { plan, project, claims, announcements } = this.#parts;
    plan.reserved = await claims.of(project.view.database?.meshUuid).catch((error: unknown) => {
      const { message, hint } = reportOf(error);
      announcements.tell(`Addresses that are on boards may be planned again. ${message} ${hint}`);
      return [];
    });
  }

  async press(zip: ZipWish): Promise<void> {
    const { plan, press, announcements } = this.#parts;
    const { view } = plan;
    if (!view) return;
    await press.press(zip);
    if (press.error) announcements.alarm = press.error.message;
    if (press.phase !== 'pressed' || (await this.#refuseOutdated())) return;
    announcements.said = `${counted(view.clones.length, 'clone')} are ready.`;
    if (press.savedAs) await this.#noteSaved();
  }

  async saveZip(): Promise<void> {
    await this.#parts.press.saveZip();
    if (this.#parts.press.savedAs) await this.#noteSaved();
  }

  /** Clones that were pressed from a plan older than what another tab put onto boards are put aside. @returns whether they were */
  async #refuseOutdated(): Promise<boolean> {
    const { claims, project, plan, press, announcements } = this.#parts;
    const images = press.result?.images ?? [];
    const clones = (plan.view?.clones ?? []).map((clone, i) => ({
      ...clone,
      imageSha256: images[i]?.imageSha256 ?? '',
    }));
    try {
      await claims.assertCurrent(clones, project.view.database?.meshUuid);
      return false;
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      press.clear();
      press.error = reportOf(error);
      announcements.alarm = press.error.message;
      await this.again();
      return true;
    }
  }

  async #noteSaved(): Promise<void> {
    await this.#parts.events.emit('keysSaved', null);
    await this.#parts.memory.markPressed();
  }
}
