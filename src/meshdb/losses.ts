/** What another form cannot hold: one finding for each kind of thing, with where it was first. */
import type { LossKind, MeshdbFinding as Finding } from './errors.ts';

export class Losses {
  private readonly kinds = new Map<
    LossKind,
    { severity: Finding['severity']; message: string; hint: string; count: number }
  >();
  add(kind: LossKind, severity: Finding['severity'], message: string, hint = ''): void {
    const known = this.kinds.get(kind);
    if (known) known.count++;
    else this.kinds.set(kind, { severity, message, hint, count: 1 });
  }
  list(): Finding[] {
    return [...this.kinds].map(([kind, { severity, message, hint, count }]) => ({
      severity,
      code: `meshdb/lost-${kind}`,
      message: count === 1 ? message : `${message} The same in ${count - 1} more places.`,
      hint,
    }));
  }
}
