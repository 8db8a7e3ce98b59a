/**
 * Names of files that every system takes and none of them takes for another's.
 *
 * What a person calls a node becomes a file on Windows, macOS, Linux and in a zip: there are characters that one of them
 * forbids, names that one of them keeps for devices, and names that one of them cannot tell apart.
 *
 * Source: Microsoft, "Naming Files, Paths, and Namespaces"; Apple, "File System Basics" (case and Unicode normalisation).
 */

/** Of a name before its ending. File systems take 255 bytes of UTF-8, with number and ending. */
const MOST_CHARACTERS = 80;
const MOST_BYTES = 200;

/** Devices of Windows, with any ending. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\.|$)/i;

/**
 * A name without ending that needs no quotes in any shell: letters, digits, `.`, `_` and `-`, beginning with none of the
 * marks that hide files or make options of them.
 *
 * @param otherwise  where nothing of the name is left
 */
export const plainStem = (name: string, otherwise: string): string =>
  safeStem(withoutUnseen(name).replace(/[^\p{L}\p{N}._-]+/gu, '_'), otherwise);

/** The name of a file that has one already, with its ending: only what some system forbids is changed. */
export function safeFileName(name: string, otherwise: string): string {
  const clean = withoutUnseen(name).replace(/[<>:"/\\|?*\p{Cc}\p{Cs}]/gu, '_');
  const dot = clean.lastIndexOf('.');
  const ending = /^\.[A-Za-z0-9]{1,10}$/.test(clean.slice(dot)) ? clean.slice(dot) : '';
  return safeStem(clean.slice(0, clean.length - ending.length), otherwise) + ending;
}

/** With the mark and the number that tell it from others, and its ending. */
const MOST_WITH_MARK = 120;

/**
 * Whether a name may be one of those that are made here: no path, no device, nothing hidden or unseen. For names that come back from
 * a file, which anybody may have written.
 */
export const isSafeFileName = (name: string): boolean =>
  /^[^\s.-]/.test(name) &&
  name.length <= MOST_WITH_MARK &&
  !/[<>:"/\\|?*\p{Cc}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(name) &&
  !DEVICE.test(name) &&
  withoutEnd(name) === name;

/** What is the same in two names that some file system may take for one: without case, in one normal form. */
export const foldedName = (name: string): string =>
  name.normalize('NFC').toUpperCase().normalize('NFC').toLowerCase().normalize('NFC');

/**
 * Stems for a list of names, no two of which a file system could take for one. Where that of a name is taken, its mark comes
 * behind it, and a number where that is taken too.
 *
 * @param marks  one for each name, to tell it by: `0053`; at most 8 letters or digits
 */
export function distinctStems(
  names: readonly string[],
  marks: readonly string[],
  otherwise: string,
): string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    const stem = firstFree(candidates(plainStem(name, otherwise), marks[index]!), taken);
    taken.add(foldedName(stem));
    return stem;
  });
}

function firstFree(stems: Iterable<string>, taken: ReadonlySet<string>): string {
  for (const stem of stems) if (!taken.has(foldedName(stem))) return stem;
  throw new RangeError('There is no free name'); // candidates never end
}

function* candidates(stem: string, mark: string): Generator<string, void, undefined> {
  yield stem;
  yield `${stem}_${mark}`;
  for (let number = 2; ; number++) yield `${stem}_${mark}_${number}`;
}

/** Without characters that nobody sees, such as joiners and directions of writing, and in one normal form. */
const withoutUnseen = (name: string): string =>
  name.replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '').normalize('NFC');

function safeStem(clean: string, otherwise: string): string {
  const stem = withoutEnd(shortened(clean.replace(/^[\s.-]+/, ''))) || otherwise;
  return DEVICE.test(stem) ? `_${stem}` : stem;
}

/** As much of a name as is allowed, never half a character. */
function shortened(text: string): string {
  let kept = '';
  let bytes = 0;
  let characters = 0;
  for (const character of text) {
    bytes += utf8Length(character.codePointAt(0)!);
    if (++characters > MOST_CHARACTERS || bytes > MOST_BYTES) break;
    kept += character;
  }
  return kept;
}

const utf8Length = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

/** Windows drops dots and blanks at the end of a name. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '.' || text[end - 1]!.trim() === '')) end--;
  return text.slice(0, end);
}
