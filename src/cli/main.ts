/** The command line: words in, files and an exit code out. */
import { KnownError, reportOf } from '../errors.ts';
import { formatNodeList, parseDatabase } from '../meshdb/index.ts';
import { UsageError, parseArguments, type Command } from './arguments.ts';
import { checkDatabaseFile } from './check-db.ts';
import { HELP } from './help.ts';
import { inspectAsJson, inspectAsText } from './inspect.ts';
import { Log } from './log.ts';
import { press, readDumpFiles, readGiven } from './press.ts';

const print = (text: string) => void process.stdout.write(text);

async function run(command: Command): Promise<number> {
  switch (command.name) {
    case 'help':
      print(HELP);
      return 0;
    case 'version':
      print(`${__VERSION__}\n`);
      return 0;
    case 'list-info':
      print(formatNodeList(parseDatabase(readGiven(command.database).bytes)));
      return 0;
    case 'inspect': {
      const dump = readDumpFiles(command.dump);
      print(
        command.json
          ? `${JSON.stringify(inspectAsJson(dump, command), null, 2)}\n`
          : inspectAsText(dump, command),
      );
      return 0;
    }
    case 'check-db':
      return checkDatabaseFile(readGiven(command.database), command, print);
    case 'press':
      await press(command.options, new Log(command.options.logLevel, process.stderr), print);
      return 0;
  }
}

async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(parseArguments(args));
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`meshpress: ${error.message}\nmeshpress -h explains all.\n`);
      return 2;
    }
    const { code, message, hint } = reportOf(error);
    process.stderr.write(`meshpress: ${message} [${code}]\n${hint}\n`);
    if (!(error instanceof KnownError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
