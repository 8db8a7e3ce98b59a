/** A working copy of the pages a clone changes, which remembers why each byte was changed. */
import type { MemoryImage, Patch, PatchPurpose, Segment, Stretch } from '../../image/index.ts';

export interface Reason {
  readonly purpose: PatchPurpose;
  readonly what: string;
  readonly secret?: boolean;
}

interface DraftPage {
  readonly address: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** By byte: index into the reasons, 0 where nothing was written. The last writer gives the reason. */
  readonly reasonOf: Uint16Array;
}

export class Draft {
  readonly #pages = new Map<number, DraftPage>();
  readonly #reasons: (Reason | undefined)[] = [undefined];

  constructor(
    readonly image: MemoryImage,
    readonly pageSize: number,
  ) {}

  /** The page as it stands now; do not write to it. */
  read(address: number): Uint8Array {
    return this.#pages.get(address)?.after ?? this.image.read(address, this.pageSize);
  }

  write(address: number, bytes: Uint8Array, reason: Reason): void {
    const reasonIndex = this.#reasons.push(reason) - 1;
    for (let from = 0; from < bytes.length;) {
      const page = this.#page(address + from);
      const at = address + from - page.address;
      const piece = bytes.subarray(from, from + this.pageSize - at);
      page.after.set(piece, at);
      page.reasonOf.fill(reasonIndex, at, at + piece.length);
      from += piece.length;
    }
  }

  fill(address: number, length: number, value: number, reason: Reason): void {
    this.write(address, new Uint8Array(length).fill(value), reason);
  }

  /** What was written, as changes of an image. */
  get changes(): readonly Segment[] {
    return [...this.#pages.values()].map(({ address, after }) => ({ address, bytes: after }));
  }

  /** One patch for every stretch written for one reason, without bytes that stayed the same at its ends. */
  patches(except: readonly Stretch[]): Patch[] {
    const excepted = new Set(
      except.flatMap(({ address, length }) => Array.from({ length }, (_, i) => address + i)),
    );
    const patches: Patch[] = [];
    for (const { address, before, after, reasonOf } of this.#pages.values()) {
      const reasonAt = (at: number) => (excepted.has(address + at) ? 0 : reasonOf[at]!);
      for (let from = 0; from < after.length;) {
        const index = reasonAt(from);
        let to = from + 1;
        while (to < after.length && reasonAt(to) === index) to++;
        const next = to;
        while (from < to && before[from] === after[from]) from++;
        while (from < to && before[to - 1] === after[to - 1]) to--;
        const reason = this.#reasons[index];
        if (reason && from < to) {
          patches.push({
            address: address + from,
            before: before.slice(from, to),
            after: after.slice(from, to),
            purpose: reason.purpose,
            what: reason.what,
            secret: reason.secret ?? false,
          });
        }
        from = next;
      }
    }
    return patches.sort((a, b) => a.address - b.address);
  }

  #page(address: number): DraftPage {
    const start = address - (address % this.pageSize);
    let page = this.#pages.get(start);
    if (!page) {
      const before = this.image.read(start, this.pageSize);
      page = { address: start, before, after: before.slice(), reasonOf: new Uint16Array(this.pageSize) };
      this.#pages.set(start, page);
    }
    return page;
  }
}
