/** A whole number from 0 to `below`, exclusive. */
export type Pick = (below: number) => number;
