/** A QR code as the outline of its dark modules: the page's policy lets no picture in by address. */
import { correction, generate, mode } from 'lean-qr';
import { toSvgPath } from 'lean-qr/extras/svg';

export interface Qr {
  /** For the `d` of a path; a module is one unit wide, the quiet zone is left out. */
  readonly outline: string;
  /** Modules along an edge: 17 + 4 for each version. */
  readonly edge: number;
}

/** Kanji packed by Shift JIS are smaller, but common readers do not know them. */
const MODES = [mode.numeric, mode.alphaNumeric, mode.ascii, mode.utf8];

/** Error correction M at least, in the smallest version that holds the text. Source: ISO/IEC 18004. */
export function qrOf(text: string): Qr {
  const code = generate(text, { minCorrectionLevel: correction.M, modes: MODES });
  return { outline: toSvgPath(code), edge: code.size };
}
