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
  /** Where that ends which matches reach into, by flash address; at most `address`. */
  readonly history: number;
}
