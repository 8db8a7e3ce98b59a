import type { ProvisionedDevice } from '../../mesh/index.ts';
import { forgetPending, keepPending, recallPending, type PendingDevice } from '../browser/radio-memory.ts';

/** A device that was given its keys and has not said whether it took them: its key is kept before it is given away. */
export class PendingState {
  device = $state.raw<PendingDevice | null>(null);
  readonly #isVirtual: () => boolean;
  #isKept = true;

  /** @param isVirtual  whether its network is nobody's, and nothing of it is to be kept */
  constructor(isVirtual: () => boolean) {
    this.#isVirtual = isVirtual;
  }

  /** Look for what an earlier visit left. */
  async recall(): Promise<void> {
    this.device ??= await recallPending();
  }

  /** @throws when this browser cannot keep it: it is not to be given its keys then */
  async keep(given: Omit<PendingDevice, 'device'>, device: ProvisionedDevice): Promise<void> {
    const pending: PendingDevice = { ...given, device };
    this.#isKept = !this.#isVirtual();
    if (this.#isKept) await keepPending(pending);
    this.device = pending;
  }

  /** It is in a database that is stored, or it has not joined. */
  async forget(): Promise<void> {
    if (!this.device) return;
    this.device = null;
    if (this.#isKept) await forgetPending().catch(() => undefined);
  }
}
