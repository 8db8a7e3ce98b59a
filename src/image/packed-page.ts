/**
 * A page of an image in fewer bytes, for the way to a chip: a raw deflate stream (RFC 1951) that gives the page.
 *
 * A match may reach back behind the beginning of the page, into what the image has in flash before `history`; a chip has it there by
 * then, as pages are written by rising address.
 */
export interface PackedPage {
  /** Of the page in flash. */
  readonly address: number;
  /** Of the bytes of the page: it stands for a page that has the same. */
  readonly crc32: number;
  readonly packed: Uint8Array;
  /** Branches say where to, in what the stream gives and in what matches reach into: see clone/thumb-branches.ts. In flash they say how far. */
  readonly absoluteBranches: boolean;
  /** Where that ends which matches reach into, by flash address; at most `address`. */
  readonly history: number;
}
