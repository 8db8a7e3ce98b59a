import type { IvIndex } from '../mesh/index.ts';

/** What the start of a firmware has made of its node, and does not do where all is well. No value of a key is in it. */
export type StartFault =
  /** Somebody else or nobody, with other keys or otherwise configured: `it has another device key`. */
  | { readonly kind: 'node'; readonly what: string }
  /** The number of its next message went back, or on by more than starts set aside: `most`. */
  | { readonly kind: 'sequence'; readonly from: number; readonly to: number; readonly most: number }
  /** Other than a network moves it on. */
  | { readonly kind: 'iv-index'; readonly from: IvIndex; readonly to: IvIndex }
  /** It takes messages again that were heard of a node before: `to` is the last number it remembers, none where it forgot all. */
  | {
      readonly kind: 'replay';
      readonly source: number;
      readonly from: number;
      readonly to: number | null;
    };
