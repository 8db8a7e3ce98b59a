/** `update-firmware`: the node of a dump with another firmware, under its own identity. */
import { besideOf, updateFirmware } from '../../clone/index.ts';
import { readImage, stackTitle } from '../../kinds/index.ts';
import { formatRun } from '../../mesh/index.ts';
import { making } from '../change-databases.ts';
import { findingLine } from '../finding-line.ts';
import { dumpFiles, dumpFlags, readDumpFiles } from '../inputs.ts';
import { UsageError, parseWords, required, text, type Command, type Io } from '../words.ts';

/** `update-firmware D.hex --firmware NEW.hex --output OUT.hex [--firmware-release V] [--firmware-base-address 0xN]` */
export function parseUpdateFirmware(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    {
      firmware: { type: 'string', multiple: true },
      output: text,
      'firmware-release': text,
      'firmware-base-address': text,
      ...dumpFlags,
    },
    { allowPositionals: true },
  );
  if (positionals.length === 0)
    throw new UsageError('Expected: update-firmware D.hex --firmware NEW.hex --output OUT.hex');
  const given = dumpFiles(positionals, values);
  const firmware = dumpFiles(
    required(values.firmware, '--firmware'),
    { 'base-address': values['firmware-base-address'] },
    '--firmware-base-address',
  );
  const output = required(values.output, '--output');
  const make = (io: Io) => {
    const dump = readDumpFiles(io.files, given);
    const update = updateFirmware(
      readImage(dump.image, besideOf(dump)),
      readDumpFiles(io.files, firmware),
      values['firmware-release'],
    );
    for (const finding of update.findings) io.stderr.write(`${findingLine(finding)}\n`);
    const { settled } = update.reading;
    const tell = () => {
      io.print(
        `${output}: the node at ${formatRun(settled.unicast!)} under ${stackTitle(update.reading)}; ${settled.netKeys.length} network and ${settled.appKeys.length} application keys, IV index ${settled.ivIndex}, next sequence number ${settled.nextSequenceNumber}\n`,
      );
      return 0;
    };
    return { contents: [update.hex], tell };
  };
  return making([], [output], make, [...given.files, ...firmware.files]);
}
