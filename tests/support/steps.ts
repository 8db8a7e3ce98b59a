import { vi } from 'vitest';

/** Methods that look at one thing at a time, and those that copy bytes. */
const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
type Method = (...given: unknown[]) => unknown;

/**
 * How many characters and bytes a piece of work looks at one by one, how often it applies an expression, and how many bytes it
 * copies. A clock would tell how busy the machine is; this does not.
 */
export function stepsOf(work: () => unknown): number {
  let copied = 0;
  const looks = [
    vi.spyOn(String.prototype, 'charCodeAt'),
    vi.spyOn(String.prototype, 'indexOf'),
    vi.spyOn(String.prototype, 'slice'),
    vi.spyOn(RegExp.prototype, 'exec'),
    vi.spyOn(RegExp.prototype, 'test'),
    vi.spyOn(DataView.prototype, 'getUint8'),
    vi.spyOn(DataView.prototype, 'getUint32'),
    vi.spyOn(TYPED_ARRAY, 'subarray'),
  ];
  const { set, slice } = TYPED_ARRAY as unknown as Record<'set' | 'slice', Method>;
  const copies = [
    vi.spyOn(TYPED_ARRAY, 'set').mockImplementation(function (this: unknown, ...given: unknown[]) {
      copied += (given[0] as ArrayLike<number>).length;
      set.apply(this, given);
    }),
    vi.spyOn(TYPED_ARRAY, 'slice').mockImplementation(function (this: unknown, ...given: unknown[]) {
      const made = slice.apply(this, given) as Uint8Array<ArrayBuffer>;
      copied += made.length;
      return made;
    }),
  ];
  try {
    try {
      work();
    } catch {
      // refused is as good as read
    }
    return looks.reduce((sum, spy) => sum + spy.mock.calls.length, copied);
  } finally {
    for (const spy of [...looks, ...copies]) spy.mockRestore();
  }
}
