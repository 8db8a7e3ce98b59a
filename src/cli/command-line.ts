/** The command line: words in, files and an exit code out. */
import { KnownError, reportOf } from '../errors.ts';
import { visibleValue } from '../visible.ts';
import { parseCheck } from './commands/check.ts';
import { parseCheckDatabase } from './commands/check-db.ts';
import {
  parseConvertDatabase,
  parseDeviceKeys,
  parseMergeDatabases,
  parseReadNetwork,
  parseRenewUuids,
  parseSplitRange,
} from './commands/databases.ts';
import {
  parseAddProvisioner,
  parseCompleteDonor,
  parseDatabaseFromDump,
  parseExportPartial,
  parseRemoveNode,
  parseReserve,
  parseSetUuid,
} from './commands/network-tools.ts';
import { parseInspect } from './commands/inspect.ts';
import { parseListInfo } from './commands/list-info.ts';
import { parsePress } from './commands/press.ts';
import { parseProvision } from './commands/provision.ts';
import { parseUpdateFirmware } from './commands/update-firmware.ts';
import { parseRecover } from './commands/recover.ts';
import { parseVerifyOnAir } from './commands/verify-on-air.ts';
import { HELP } from './help.ts';
import { UsageError, type Io, type Command } from './words.ts';

/** Commands that go by a name; pressing and listing go by their flags alone, as they did in the ancestor. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Command>> = {
  inspect: parseInspect,
  check: parseCheck,
  'check-db': parseCheckDatabase,
  'convert-db': parseConvertDatabase,
  'merge-db': parseMergeDatabases,
  'split-range': parseSplitRange,
  'read-network': parseReadNetwork,
  'renew-uuids': parseRenewUuids,
  'set-uuid': parseSetUuid,
  'device-keys': parseDeviceKeys,
  'complete-donor': parseCompleteDonor,
  'db-from-dump': parseDatabaseFromDump,
  'remove-node': parseRemoveNode,
  reserve: parseReserve,
  'add-provisioner': parseAddProvisioner,
  'export-partial': parseExportPartial,
  'update-firmware': parseUpdateFirmware,
  recover: parseRecover,
  provision: parseProvision,
  'verify-on-air': parseVerifyOnAir,
};

const printing =
  (text: string): Command =>
  ({ print }) => {
    print(text);
    return 0;
  };

function parse(args: readonly string[]): Command {
  if (args.length === 0 || args.some((word) => word === '-h' || word === '--help')) return printing(HELP);
  if (args.some((word) => word === '-V' || word === '--version'))
    return printing(`${__VERSION__}\ncommit ${__COMMIT__}\n`);
  const [name, ...rest] = args as [string, ...string[]];
  const command = COMMANDS[name];
  if (command) return command(rest);
  if (!name.startsWith('-')) throw new UsageError(`There is no command ${name}`);
  return args.some((word) => word.startsWith('--list-info')) ? parseListInfo(args) : parsePress(args);
}

/**
 * Run one command.
 *
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage
 */
export async function runCommand(args: readonly string[], io: Io): Promise<number> {
  try {
    return await parse(args)(io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr.write(`meshpress: ${visibleValue(error.message)}\nmeshpress -h explains all.\n`);
      return 2;
    }
    const { code, message, hint } = reportOf(error);
    io.stderr.write(`meshpress: ${visibleValue(message)} [${code}]\n${visibleValue(hint)}\n`);
    if (!(error instanceof KnownError) && error instanceof Error) io.stderr.write(`${error.stack}\n`);
    return 1;
  }
}
