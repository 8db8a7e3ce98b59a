/** The places of the bench, one for each probe at once: which board is where, what its place shows, and one thing after another on each. */
import type { SlotView } from './views.ts';
import { NO_GRANTS, type Grants } from './visit.ts';

/** Changed by `Slots` alone, but for the grants. */
export interface Slot {
  view: SlotView;
  device: USBDevice | null;
  /** Of the probe that was here last or is to come here. */
  serial: string;
  grants: Grants;
  /** Ends listening to its log. */
  listening?: AbortController;
  /** Ends when the last thing asked of this probe is done. */
  line: Promise<void>;
}

export class Slots implements Iterable<Slot> {
  readonly #slots: Slot[] = [];
  /** Visits and the like that have not ended. */
  readonly #underWay = new Set<Promise<void>>();

  /**
   * @param serials  of probes that have a place before anything is plugged in, in the order of their letters
   * @param changed  told whenever a place shows something else, or work begins or ends
   */
  constructor(
    serials: readonly string[],
    readonly changed: () => void,
  ) {
    for (const serial of serials) this.#add(serial);
  }

  [Symbol.iterator](): Iterator<Slot> {
    return this.#slots[Symbol.iterator]();
  }

  get views(): readonly SlotView[] {
    return this.#slots.map(({ view }) => view);
  }

  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Resolves when no board is being read or written. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  at(letter: string): Slot | undefined {
    return this.#slots.find(({ view }) => view.letter === letter);
  }

  /** Where this device is, or was last. */
  of(device: USBDevice): Slot | undefined {
    return this.#slots.find((slot) => slot.device === device);
  }

  /** A board comes: to the place where its probe was before; else one that is empty; else one whose failed board is gone; else a new one. */
  take(device: USBDevice): Slot {
    const free = this.#slots.filter(({ view }) => !view.plugged);
    const serial = device.serialNumber ?? '';
    const slot =
      free.find((one) => serial && one.serial === serial) ??
      free.find(({ view }) => view.state === 'empty') ??
      free.find(({ view }) => !isAtWork(view)) ??
      this.#add();
    slot.device = device;
    slot.serial = serial;
    slot.grants = NO_GRANTS;
    slot.view = { ...emptySlot(slot.view.letter), plugged: true };
    return slot;
  }

  /** What a place shows of its board, unless another is there by now. */
  show(slot: Slot, device: USBDevice | null, news: Partial<SlotView>): void {
    if (slot.device !== device) return;
    slot.view = { ...slot.view, ...news };
    this.changed();
  }

  /** Say of each place what comes next there, without a word of it to anybody. */
  tellNext(nextOf: (letter: string) => SlotView['next']): void {
    for (const slot of this.#slots) {
      const next = nextOf(slot.view.letter);
      if (slot.view.next?.unicast !== next?.unicast) slot.view = { ...slot.view, next };
    }
  }

  /** One thing after another on one probe, whatever becomes of each. */
  inLine(slot: Slot, task: () => Promise<void>): Promise<void> {
    const result = slot.line.then(task);
    const end: Promise<void> = result
      .catch(() => {})
      .then(() => {
        this.#underWay.delete(end);
        this.changed();
      });
    slot.line = end;
    this.#underWay.add(end);
    this.changed();
    return result;
  }

  #add(serial = ''): Slot {
    const view = emptySlot(letterOf(this.#slots.length));
    const slot: Slot = { view, device: null, serial, grants: NO_GRANTS, line: Promise.resolve() };
    this.#slots.push(slot);
    return slot;
  }
}

export const isAtWork = ({ state }: SlotView): boolean => state === 'attaching' || state === 'working';

export const emptySlot = (letter: string): SlotView => ({
  letter,
  state: 'empty',
  plugged: false,
  probe: null,
  chip: null,
  job: null,
  next: null,
  stage: null,
  plan: null,
  doneBytes: 0,
  totalBytes: 0,
  proof: [],
  log: [],
  listening: false,
  openedBy: null,
  answers: [],
  needs: null,
  error: null,
});

/** A to Z, then AA, AB and so on. */
function letterOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letterOf(Math.floor(index / 26) - 1) + last;
}
