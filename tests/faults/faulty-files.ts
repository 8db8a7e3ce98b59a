/** A disk that fails, or on which the program dies, at a chosen operation. */
import type { FileOperations } from '../../src/cli/files/index.ts';

/** Thrown by every operation of a run that is dead: nothing it does from then on reaches the disk. */
export class Killed extends Error {}

export type Fault =
  | { readonly kind: 'none' }
  /** Dies before the operation; in the middle of it, if it is one that writes. */
  | { readonly kind: 'kill'; readonly die: () => void }
  /** The operation alone fails; or every one from there on, as when a disk is full or gone. */
  | { readonly kind: 'error'; readonly code: string; readonly isLasting: boolean };

export interface FaultyFiles {
  readonly files: FileOperations;
  /** Names of the operations so far. */
  readonly done: readonly (keyof FileOperations)[];
  readonly isDead: boolean;
  /** Close what a dead run has left open. */
  end(): void;
}

/** @param at  index of the operation at which the fault strikes */
export function faultyFiles(disk: FileOperations, at: number, fault: Fault): FaultyFiles {
  const done: (keyof FileOperations)[] = [];
  const open = new Set<number>();
  let isDead = false;

  const strikes = (index: number): boolean =>
    fault.kind !== 'none' && (index === at || (fault.kind === 'error' && fault.isLasting && index > at));

  const strike = (name: keyof FileOperations, args: readonly unknown[]): never => {
    if (name === 'write') writeHalf(disk, args);
    if (fault.kind === 'kill') {
      isDead = true;
      fault.die();
      throw new Killed();
    }
    if (name === 'close') {
      disk.close(args[0] as number); // as the system does, whatever it answers
      open.delete(args[0] as number);
    }
    const code = fault.kind === 'error' ? fault.code : 'EIO';
    throw Object.assign(new Error(`${code}: injected into ${name}`), { code });
  };

  const wrapped = Object.entries(disk).map(([key, operation]) => {
    const name = key as keyof FileOperations;
    return [
      name,
      (...args: unknown[]) => {
        if (isDead) throw new Killed();
        const index = done.push(name) - 1;
        if (strikes(index)) strike(name, args);
        const result = (operation as (...args: unknown[]) => unknown)(...args);
        if (name === 'create') open.add(result as number);
        if (name === 'close') open.delete(args[0] as number);
        return result;
      },
    ];
  });
  return {
    files: Object.fromEntries(wrapped) as unknown as FileOperations,
    done,
    get isDead() {
      return isDead;
    },
    end: () => {
      for (const handle of open) disk.close(handle);
      open.clear();
    },
  };
}

/** A write that is cut off has come some way. */
function writeHalf(disk: FileOperations, [handle, pieces]: readonly unknown[]): void {
  const [first] = [...(pieces as Iterable<Uint8Array>)];
  if (first) disk.write(handle as number, [first.subarray(0, first.length >> 1)]);
}
