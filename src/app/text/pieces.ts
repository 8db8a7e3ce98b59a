/** Where running text changes its typeface or its direction. */

export interface Piece {
  readonly kind: 'words' | 'hex' | 'leftward';
  readonly text: string;
}

/** Letters and marks of scripts that are written from right to left: Hebrew, Arabic and all that lie beside them. */
const LEFTWARD = String.raw`\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}`;
/**
 * `0x0053`, `0x0053–0x0055`; or a stretch from right to left, with the blanks, signs and figures inside it. Left to itself it would take along
 * the figures that stand beside it.
 */
const PIECES = new RegExp(
  String.raw`(0x[0-9A-Fa-f]+(?:–0x[0-9A-Fa-f]+)?)|([${LEFTWARD}]+(?:[^\p{L}${LEFTWARD}]+[${LEFTWARD}]+)*)`,
  'gu',
);

/** A text in pieces, none of them empty. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  const add = (kind: Piece['kind'], piece: string) => {
    if (piece !== '') pieces.push({ kind, text: piece });
  };
  for (const { index, 0: piece, 1: hex } of text.matchAll(PIECES)) {
    add('words', text.slice(from, index));
    add(hex === undefined ? 'leftward' : 'hex', piece);
    from = index + piece.length;
  }
  add('words', text.slice(from));
  return pieces;
}
