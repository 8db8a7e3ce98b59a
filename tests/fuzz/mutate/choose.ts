/** Choices that every kind of input makes. */
import type { Pick } from '../../kinds/pick.ts';

export const oneOf = <Item>(items: readonly Item[], pick: Pick): Item => items[pick(items.length)]!;

/** True once in so many times. The first choice, 0, is no: inputs are made small towards less damage. */
export const once = (times: number, pick: Pick): boolean => pick(times) === times - 1;

/** Mostly one step of damage, seldom many; 0 where a share is to stay as it was. */
export const rounds = (pick: Pick): number => oneOf([1, 1, 1, 1, 2, 2, 3, 6], pick);

export type Change<Value> = (value: Value, pick: Pick) => Value;

/** One to six of these changes after each other, each with its name noted. */
export function changed<Value>(
  value: Value,
  changes: Readonly<Record<string, Change<Value>>>,
  pick: Pick,
  note: (text: string) => void,
): Value {
  const names = Object.keys(changes);
  let after = value;
  for (let left = rounds(pick); left > 0; left--) {
    const name = oneOf(names, pick);
    note(name);
    after = changes[name]!(after, pick);
  }
  return after;
}
