/** `--list-info`: the nodes of a database, as the older cloning scripts print them. */
import { formatNodeList } from '../../meshdb/index.ts';
import { readDatabase } from '../inputs.ts';
import { parseWords, required, text, type Command } from '../words.ts';

export function parseListInfo(args: readonly string[]): Command {
  const { values } = parseWords(args, { 'list-info': text });
  const path = required(values['list-info'], '--list-info');
  return ({ print, files }) => {
    print(formatNodeList(readDatabase(files, path)));
    return 0;
  };
}
