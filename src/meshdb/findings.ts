/** How findings are collected: where a fault is, what to call that place, and one finding for many faults of one kind. */
import type { CodesOf, Finding } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type * as errors from './errors.ts';
import type { CatalogueCode, MeshdbFindingCode } from './errors.ts';

/** What a fault of a database may be called: why it cannot be read at all is one too. */
export type DatabaseCode = CatalogueCode | MeshdbFindingCode | CodesOf<typeof errors>;

/** One of the catalogue `E01`..`E48` (docs/database-formats.md), or a `meshdb/...` code for what the catalogue leaves out. */
export interface DatabaseFinding extends Finding<DatabaseCode> {
  /** Where, as a path of JSON members: `nodes[0].deviceKey`; empty for the file as a whole. */
  readonly path: string;
}

/** A value in the tree, reached from the top. Kept as a chain, as almost no place is ever written out. */
export class Place {
  constructor(
    private readonly parent?: Place,
    private readonly step?: string | number,
    /** What people call it: `node 0 'Light bulb'`. Asked for only when something is wrong there. */
    private readonly label?: () => string,
  ) {}

  member(key: string): Place {
    return new Place(this, key);
  }
  item(index: number, label?: () => string): Place {
    return new Place(this, index, label);
  }

  /** The last member on the way here: `deviceKey`, or `subscribe` for an item of that list. */
  get name(): string {
    return typeof this.step === 'number' ? (this.parent?.name ?? '') : (this.step ?? '');
  }

  get path(): string {
    const before = this.parent?.path ?? '';
    if (typeof this.step === 'number') return `${before}[${this.step}]`;
    return before === '' || this.step === undefined ? before + (this.step ?? '') : `${before}.${this.step}`;
  }

  /** `Node 0 'Light bulb', element 0, model 1000`; empty at the top of the file. */
  get who(): string {
    const labels = this.labels();
    const text = labels.join(', ');
    return text.charAt(0).toUpperCase() + text.slice(1);
  }
  private labels(): string[] {
    const above = this.parent?.labels() ?? [];
    return this.label ? [...above, this.label()] : above;
  }

  /** `Node 0 'Light bulb': ` in front of a sentence, or nothing at the top of the file. */
  get prefix(): string {
    const { who } = this;
    return who === '' ? '' : `${who}: `;
  }
}

/** A text of the file as it may stand in a message: short, without control characters. Never called with a key. */
export function shown(text: string): string {
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
  return clean.length > 40 ? `${clean.slice(0, 39)}…` : clean;
}

export const nodeLabel = (index: number, name: string): string =>
  name === '' ? `node ${index}` : `node ${index} '${shown(name)}'`;

/** A node inside a sentence, and at its start. */
interface Named {
  readonly index: number;
  readonly name: string;
}

export const label = (node: Named): string => nodeLabel(node.index, node.name);
export const Label = (node: Named): string => `Node${label(node).slice(4)}`;

export const keepProvisioner = 'Mend it with the provisioner that wrote the file.';

export class Findings {
  private readonly list: DatabaseFinding[] = [];
  private readonly repeated = new Map<string, { at: number; count: number }>();
  /** How many there are of each code and severity, and where the last one that is kept stands. */
  private readonly ofKind = new Map<string, { count: number; last: number }>();

  /** @param isForgiven  whether a fault of this code at this path stops nothing that is asked: then it is a warning */
  constructor(
    private readonly isForgiven: (code: DatabaseCode, path: () => string) => boolean = () => false,
  ) {}

  add(
    given: DatabaseFinding['severity'],
    code: DatabaseCode,
    place: Place | string,
    message: string,
    hint: string,
  ): void {
    const pathOf = () => (typeof place === 'string' ? place : place.path);
    const severity = given === 'error' && this.isForgiven(code, pathOf) ? 'warning' : given;
    const kind = `${severity} ${code}`;
    const known = this.ofKind.get(kind) ?? { count: 0, last: 0 };
    this.ofKind.set(kind, known);
    if (++known.count > LIMITS.findingsOfOneKind) return;
    known.last = this.list.push({ severity, code, message, hint, path: pathOf() }) - 1;
  }

  /** A fault at a place, in a sentence that follows the place's name. */
  fault(
    code: DatabaseCode,
    place: Place,
    message: string,
    hint: string,
    severity: DatabaseFinding['severity'] = 'error',
  ): void {
    this.add(severity, code, place, place.prefix + message, hint);
  }

  /** As `add`, but only the first of a group is kept, with the number of the others. */
  addOnce(group: string, ...finding: Parameters<Findings['add']>): void {
    const known = this.repeated.get(group);
    if (known) {
      known.count++;
      return;
    }
    const at = this.list.length;
    this.add(...finding);
    if (this.list.length > at) this.repeated.set(group, { at, count: 1 });
  }

  /** Errors first, else in the order they were found. */
  finish(): readonly DatabaseFinding[] {
    for (const { at, count } of this.repeated.values()) {
      const finding = this.list[at]!;
      if (count > 1)
        this.list[at] = { ...finding, message: `${finding.message} The same in ${count - 1} more places.` };
    }
    for (const { count, last } of this.ofKind.values()) {
      const more = count - LIMITS.findingsOfOneKind;
      const finding = this.list[last]!;
      if (more > 0)
        this.list[last] = { ...finding, message: `${finding.message} ${more} more like this follow.` };
    }
    const rank = { error: 0, warning: 1, info: 2 };
    return this.list.toSorted((a, b) => rank[a.severity] - rank[b.severity]);
  }
}
