/** What stands on a label and where, in millimetres. No drawing. */
import { charactersOf } from '../../visible.ts';

/** The clone that a label is for. */
export interface Labelled {
  readonly name: string;
  /** `0x0053`, as the report has it. */
  readonly unicastAddress: string;
  readonly lastUnicastAddress: string;
  /** 32 hex digits with dashes. */
  readonly uuid: string;
  /** 32 hex digits; only after a person asked for it twice. */
  readonly deviceKey?: string;
  /** When it answered on air, `26 Nov 2026`; left out where it did not. */
  readonly answered?: string;
}

export interface Form {
  readonly title: string;
  readonly hint: string;
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  /** Between columns. */
  readonly gap: number;
}

export const FORMS = {
  a4: {
    title: 'A4 sheet, 3 × 11',
    hint: '63.5 × 25.4 mm, columns side by side',
    width: 63.5,
    height: 25.4,
    columns: 3,
    rows: 11,
    gap: 0,
  },
  'a4-apart': {
    title: 'A4 sheet, 3 × 11 with gaps',
    hint: '63.5 × 25.4 mm, 2.5 mm between columns',
    width: 63.5,
    height: 25.4,
    columns: 3,
    rows: 11,
    gap: 2.5,
  },
  roll: {
    title: 'Roll, 62 × 24 mm',
    hint: 'A page a label, as label printers take it',
    width: 62,
    height: 24,
    columns: 1,
    rows: 1,
    gap: 0,
  },
} as const satisfies Record<string, Form>;
export type FormName = keyof typeof FORMS;

/** Of a name, in UTF-8: with all that stands before it, the largest code at correction M holds 2,331. Source: ISO/IEC 18004, table 7. */
const MOST_NAME_BYTES = 2_200;

/**
 * What a scanner reads: `MESHPRESS:1:0053-0055:3F2504E04F8941D39A0C0305E82C3301:light_0053`.
 *
 * Capitals and digits take fewer modules than small letters. The name comes last because it may hold anything; one that no code
 * holds ends in an ellipsis. With a device key the version is `1K` and the key stands before the name.
 */
export function qrText({ name, unicastAddress, lastUnicastAddress, uuid, deviceKey }: Labelled): string {
  const ends = [unicastAddress, lastUnicastAddress].map((address) => address.slice(2));
  const range = [...new Set(ends)].join('-');
  const digits = uuid.replaceAll('-', '').toUpperCase();
  return [
    'MESHPRESS',
    deviceKey ? '1K' : '1',
    range,
    digits,
    ...(deviceKey ? [deviceKey.toUpperCase()] : []),
    fitting(name),
  ].join(':');
}

/** As much of a name as a code holds, never half a character. */
function fitting(name: string): string {
  const room = new Uint8Array(MOST_NAME_BYTES);
  const { read } = new TextEncoder().encodeInto(name, room);
  return read === name.length ? name : `${name.slice(0, read)}…`;
}

export interface Lettering {
  /** Of the type, in mm. */
  readonly size: number;
  readonly lines: readonly string[];
}

/** Left of the QR code. */
export const TEXT_WIDTH = 36.5;
/** Share of its size that a letter of a monospaced typeface is wide; the widest in use have 0.61. */
const ADVANCE = 0.61;

/** From large to small, and how many lines of each the height allows. */
const SIZES = [
  { size: 5, lines: 1 },
  { size: 4, lines: 1 },
  { size: 3.2, lines: 2 },
  { size: 2.5, lines: 3 },
];
const SIZES_ABOVE_KEY = [
  { size: 5, lines: 1 },
  { size: 4, lines: 1 },
  { size: 2.4, lines: 2 },
];

/** The largest type that shows the whole name. A name too long for any loses its middle; the QR code has all of it. */
export function letterName(name: string, { aboveKey = false } = {}): Lettering {
  const sizes = aboveKey ? SIZES_ABOVE_KEY : SIZES;
  const letters = charactersOf(name);
  for (const { size, lines: most } of sizes) {
    const lines = wrap(letters, TEXT_WIDTH / size / ADVANCE);
    if (lines.length <= most) return { size, lines };
  }
  const { size, lines: most } = sizes.at(-1)!;
  const room = TEXT_WIDTH / size / ADVANCE;
  // no letter is narrower than one of the typeface
  for (let kept = Math.min(letters.length - 1, Math.floor(most * room)); ; kept--) {
    const head = Math.ceil(kept / 2);
    const shorter = [...letters.slice(0, head), '…', ...letters.slice(letters.length - kept + head)];
    const lines = wrap(shorter, room);
    if (lines.length <= most) return { size, lines };
  }
}

/** As wide as its code points where none joins another; marks stand above and below. */
const advanceOf = (letter: string): number =>
  letter.length === 1
    ? advanceOfPoint(letter)
    : Array.from(letter).reduce(
        (sum, point) => sum + (/[\p{Mn}\p{Me}\p{Cf}]/u.test(point) ? 0 : advanceOfPoint(point)),
        0,
      );
/** Ideographs, Hangul and the like stand twice as wide as a Latin letter. */
const advanceOfPoint = (letter: string) =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|[\u{1f000}-\u{3ffff}]/u.test(
    letter,
  )
    ? 2
    : 1;

/** Break after a separator where one is in the further half of the line, otherwise where the line is full. */
function wrap(letters: readonly string[], room: number): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  let used = 0;
  for (const letter of letters) {
    if (used + advanceOf(letter) > room) {
      const at = line.findLastIndex((one) => /[\s_.\-/:]/.test(one)) + 1;
      const rest = at > line.length / 2 ? line.splice(at) : [];
      lines.push(line.join(''));
      line = rest;
      used = rest.reduce((sum, one) => sum + advanceOf(one), 0);
    }
    line.push(letter);
    used += advanceOf(letter);
  }
  return [...lines, line.join('')];
}

/** `3f2504e0-4f89-41d3-` over `9a0c-0305e82c3301` */
export const uuidLines = (uuid: string): readonly string[] => [uuid.slice(0, 19), uuid.slice(19)];

/**
 * Labels to places of sheets, row by row.
 *
 * @param taken  places at the beginning of the first sheet that are empty already
 * @returns      sheets with `null` for a place that stays free; the last one ends with its last label
 */
export function sheetsOf<Label>(
  labels: readonly Label[],
  { columns, rows }: Form,
  taken: number,
): (Label | null)[][] {
  const places = [...Array<null>(labels.length > 0 ? taken : 0).fill(null), ...labels];
  const each = columns * rows;
  return Array.from({ length: Math.ceil(places.length / each) }, (_, i) =>
    places.slice(i * each, (i + 1) * each),
  );
}
