import { reportOf, type ErrorReport } from '../../errors.ts';
import type {
  Engine,
  GivenFile,
  KindView,
  PlanView,
  PressRequest,
  PressResult,
  Progress,
} from '../../worker/index.ts';
import { canSaveToFile, chooseFile, saveBlob } from '../browser/save.ts';
import { secondsLeft } from './pace.ts';
import { ZipPassword } from './zip-password.svelte.ts';

/** From this size on, a zip goes straight into a file and never lies in memory as a whole. */
export const STREAM_FROM_BYTES = 300 * 2 ** 20;

/** What is known of a zip before it is made. */
export interface ZipWish {
  readonly name: string;
  readonly bytes: number;
  readonly password?: string;
}

export type PressPhase = 'ready' | 'pressing' | 'pressed';

export class PressState {
  phase = $state<PressPhase>('ready');
  /** The word a person gives before pressing: development and research only. */
  word = $state(false);
  form = $state<NonNullable<PressRequest['form']>>('full');
  keysInManifest = $state(false);
  readonly password = new ZipPassword();

  progress = $state.raw<Progress | null>(null);
  result = $state.raw<PressResult | null>(null);
  /** Why the last attempt to press or to save did not end well. */
  error = $state.raw<ErrorReport | null>(null);
  /** A quiet line: `No place was chosen.` */
  notice = $state('');
  /** Name of the file that holds the zip, once there is one. */
  savedAs = $state<string | null>(null);
  seconds = $state(0);
  /** Seconds that the rest will take; `null` while that cannot be told. */
  secondsLeft = $state<number | null>(null);

  /** What a person has still to say before pressing; empty when all is said. */
  missing = $derived.by(() => {
    if (!this.word) return 'Tick the first sentence to press.';
    if (!this.password.ready)
      return 'Give the zip a password, let one be made, or say that it shall have none.';
    return '';
  });
  unsaved = $derived(this.phase === 'pressed' && this.savedAs === null);
  /** This page alone has it: a zip that is not saved, or the password of one that is. */
  wouldBeLost = $derived(this.unsaved || this.password.made !== null);

  readonly #engine: Engine;
  #stop: AbortController | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Press the plan. A very large zip asks first where to save it, because a browser lets a page ask only right after a click.
   *
   * @param zip  the name it will have, about how large it will be, and its password; a zip without one holds its keys in clear
   */
  async press(zip: ZipWish): Promise<void> {
    this.error = null;
    this.notice = '';
    let saveTo: FileSystemFileHandle | null = null;
    if (zip.bytes >= STREAM_FROM_BYTES && canSaveToFile()) {
      saveTo = await chooseFile(zip.name, ZIP);
      if (!saveTo) {
        this.notice = 'No place was chosen. Nothing was pressed.';
        return;
      }
    }
    const stop = (this.#stop = new AbortController());
    const start = performance.now();
    this.phase = 'pressing';
    this.progress = null;
    this.secondsLeft = null;
    try {
      const { password } = zip;
      this.result = await this.#engine.plan.press(
        {
          form: this.form,
          keysInManifest: this.keysInManifest,
          ...(password !== undefined && { password }),
          ...(saveTo && { saveTo }),
        },
        {
          signal: stop.signal,
          onProgress: (progress) => {
            this.progress = progress;
            this.secondsLeft = secondsLeft(progress, (performance.now() - start) / 1000);
          },
        },
      );
      this.seconds = (performance.now() - start) / 1000;
      this.savedAs = saveTo?.name ?? null;
      this.phase = 'pressed';
      if (password !== undefined) this.password.used();
    } catch (error) {
      this.phase = 'ready';
      if (stop.signal.aborted) this.notice = 'Cancelled. Nothing was saved; the plan stands as it was.';
      else this.error = reportOf(error);
    } finally {
      this.#stop = null;
    }
  }

  cancel() {
    this.#stop?.abort();
  }

  /** Whether the zip can still be saved. Its bytes are the browser's, and need not outlive the engine that made them. */
  async hasZip(): Promise<boolean> {
    const last = this.result?.zip?.slice(-1).arrayBuffer();
    return (
      (await last?.then(
        () => true,
        () => false,
      )) ?? false
    );
  }

  async saveZip(): Promise<void> {
    const { result } = this;
    if (!result?.zip) return;
    if (await this.#save(result.fileName, result.zip, ZIP)) this.savedAs = result.fileName;
  }

  /** The updated database alone. */
  saveDatabase = (): Promise<void> => this.#saveFile(() => this.#engine.plan.database({}), JSON_FILE);

  /** What makes a running provisioner know the clones. Holds device keys. */
  saveProvisionerLines = (audience: 'pyaci' | 'bluez'): Promise<void> =>
    this.#saveFile(() => this.#engine.tools.provisionerLines({ audience, nodes: 'planned' }), TEXT_FILE);

  /** Forget what was pressed: the plan may change again. */
  clear() {
    this.phase = 'ready';
    this.password.forget();
    this.result = null;
    this.savedAs = null;
    this.progress = null;
    this.error = null;
    this.notice = '';
  }

  async #saveFile(make: () => Promise<GivenFile>, type: FilePickerAcceptType): Promise<void> {
    try {
      const { name, bytes } = await make();
      await this.#save(name, new Blob([bytes as Uint8Array<ArrayBuffer>]), type);
    } catch (error) {
      this.error = reportOf(error);
    }
  }

  async #save(name: string, blob: Blob, type: FilePickerAcceptType): Promise<boolean> {
    this.error = null;
    this.notice = '';
    try {
      const saved = await saveBlob(name, blob, type);
      this.notice = saved ? `${name} is saved.` : 'No place was chosen. Nothing was saved.';
      return saved;
    } catch (error) {
      this.error = reportOf(error);
      return false;
    }
  }
}

const ZIP: FilePickerAcceptType = { description: 'Zip archive', accept: { 'application/zip': ['.zip'] } };
const JSON_FILE: FilePickerAcceptType = {
  description: 'Mesh network database',
  accept: { 'application/json': ['.json'] },
};
const TEXT_FILE: FilePickerAcceptType = { description: 'Text', accept: { 'text/plain': ['.txt'] } };

/**
 * About how large a zip will be. Machine code as HEX text deflates to a little more than its bytes, erased flash to
 * almost nothing, and a clone's own pages to a kilobyte or two.
 */
export function estimateZipBytes(
  { groups }: Pick<PlanView, 'groups'>,
  kinds: readonly Pick<KindView, 'flash'>[],
  form: PressState['form'],
): number {
  const bytes = groups.map(({ kind, count }) => {
    const { pageSize, pageUse } = kinds[kind]?.flash ?? { pageSize: 0, pageUse: [] };
    const inUse = pageUse.reduce((sum, use) => sum + use * pageSize, 0);
    return (form === 'full' ? count : 1) * inUse * 1.15 + count * 2500;
  });
  return Math.round(bytes.reduce((sum, one) => sum + one, 0));
}
