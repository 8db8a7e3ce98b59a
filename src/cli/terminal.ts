/** The way of every text to a terminal: what people have called nodes, files and networks is shown there and never obeyed. */
import { visibleText } from '../visible.ts';

/** What a text is said to. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): void;
  /** In place of the line that was drawn before. */
  redraw(text: string): void;
}

/** A stream as a terminal that obeys nothing but our own commands. */
export const terminalOn = (stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Terminal => ({
  ...(stream.isTTY !== undefined && { isTTY: stream.isTTY }),
  write: (text) => void stream.write(visibleText(text)),
  redraw: (text) => void stream.write(`\r${visibleText(text)}\x1b[K`),
});
