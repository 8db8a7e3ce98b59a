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

/** A name among other words on a screen: it neither turns them round nor pushes them away. */
export function shownName(name: string): string {
  const characters = name.length > SHOWN_CHARACTERS ? Array.from(name) : [];
  const short = characters.length > SHOWN_CHARACTERS;
  return visibleValue(short ? `${characters.slice(0, SHOWN_CHARACTERS).join('')}…` : name);
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
