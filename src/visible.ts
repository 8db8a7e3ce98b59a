/**
 * Texts of others, such as names, made visible: what a terminal would obey, or nobody would see, is written out. It may clear
 * a screen, change a title, or turn the direction of writing, so that a line reads as what it is not.
 */

/** Control characters, halves of characters, separators of lines, directions; joiners that scripts need are let through. */
const UNSEEN = String.raw`(?![\u00ad\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]`;
const IN_TEXT = new RegExp(`(?![\\n\\t])${UNSEEN}`, 'gu');
const IN_VALUE = new RegExp(UNSEEN, 'gu');

/** A text of lines: `\x1b[2J` for what would clear the screen. */
export const visibleText = (text: string): string => text.replace(IN_TEXT, escaped);

/** A value that stands in a line, such as a name: it does not end the line either. */
export const visibleValue = (text: string): string => text.replace(IN_VALUE, escaped);

/** More characters of a name tell nobody more, and one of some thousand would push everything else off the screen. */
const SHOWN_CHARACTERS = 100;

/**
 * Code points of what a reader takes for one character. Real ones have less: a family of emoji 7, with colours of skin 11, a letter of Hindi or
 * Tibetan with all that belongs to it 10. No line breaks within one, so that one of hundreds is as wide, or as high, as it likes.
 */
const SHOWN_CODE_POINTS = 12;
/** Marks above or below one letter: Burmese has five. Tibetan writes whole letters as such marks. */
const SHOWN_MARKS = 5;
const MARK = String.raw`(?!\p{Script=Tibetan})\p{Mn}`;
const PILED = new RegExp(`^(.*?(?:${MARK}){${SHOWN_MARKS}})${MARK}`, 'su');

/** Our own sentences are shorter. */
const SHOWN_IN_TEXT = 1500;

/** A name among other words on a screen: it neither turns them round nor pushes them away. */
export const shownName = (name: string): string => firstOf(name, SHOWN_CHARACTERS);

/** Sentences on a screen, such as those of an error: names in them are as they are by themselves, and they end before they fill it. */
export const shownText = (text: string): string =>
  firstOf(
    text.replace(LONG_WORD, (word) => shownName(word)),
    SHOWN_IN_TEXT,
  );
const LONG_WORD = new RegExp(String.raw`\S{${SHOWN_CHARACTERS + 1},}`, 'gu');

function firstOf(value: string, most: number): string {
  const characters = charactersOf(value, most + 1);
  return characters.length > most ? `${characters.slice(0, most).join('')}…` : characters.join('');
}

/**
 * What a reader takes for the characters of a value, all of them visible. One of more code points or marks than any script has ends
 * early, and an ellipsis follows it.
 *
 * @param most  as many are wanted at most
 */
export function charactersOf(value: string, most = Infinity): string[] {
  const visible = visibleValue(value);
  if (visible.length <= SHOWN_MARKS || !MAY_JOIN.test(visible)) return Array.from(visible).slice(0, most);
  const characters: string[] = [];
  for (const { segment } of (segmenter ??= new Intl.Segmenter()).segment(visible)) {
    const shown = bounded(segment);
    characters.push(shown);
    if (shown !== segment) characters.push('…');
    if (characters.length >= most) break;
  }
  return characters.slice(0, most);
}
/** Below these, and among the signs of our own sentences, none joins another. */
const MAY_JOIN = /[\u0300-\u200f\u2028-\u{10ffff}]/u;
let segmenter: Intl.Segmenter | undefined;

function bounded(character: string): string {
  const [, low = character] = PILED.exec(character) ?? [];
  return low.length > SHOWN_CODE_POINTS ? Array.from(low).slice(0, SHOWN_CODE_POINTS).join('') : low;
}

/** JSON that reads the same and holds nothing that would have to be made visible. */
export const visibleJson = (json: string): string =>
  json.replace(IN_TEXT, (character) => character.split('').map(unitEscape).join(''));

const unitEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? unitEscape(character) : `\\u{${code.toString(16)}}`;
}
