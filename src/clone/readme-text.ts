/** The README.txt of a zip: what is in it, what to mind, and how to put it onto boards. */
import { hex } from '../bytes.ts';
import { lastUnicast } from '../mesh/index.ts';
import { visibleValue } from '../visible.ts';
import type { ManifestEntry, ManifestGroup, ManifestHead } from './manifest.ts';

/** What a person must have read before pressing; the page, the command line and the zip say the same. */
export const DISCLAIMER = [
  'For development and research only. Every clone holds the network keys, the application keys and a device key.',
  'Whoever gets hold of one image or one board can read and control the whole network.',
  'A device that leaves the factory with keys in it does not pass Bluetooth qualification.',
] as const;

/** pyOCD's names for the chips. */
const PYOCD_TARGETS: Readonly<Record<string, string>> = {
  nRF51422: 'nrf51',
  nRF52832: 'nrf52',
  nRF52833: 'nrf52833',
  nRF52840: 'nrf52840',
};

/**
 * Commands that put one clone onto a board: erase the chip, write, verify, start.
 *
 * Sources: nRF Command Line Tools, "nrfjprog commands"; nRF Util, "Programming options" of device program; pyOCD, options of
 * pyocd load (subcommands/load_cmd.py).
 *
 * @param baseFile  the file all clones share, which then goes first
 */
export function flashCommands(
  chip: string,
  file: string,
  baseFile?: string,
): { readonly tool: string; readonly commands: readonly string[] }[] {
  const family = chip.startsWith('nRF51') ? 'nrf51' : 'nrf52';
  const target = PYOCD_TARGETS[chip] ?? chip.toLowerCase();
  const nrfutil = (name: string, options: string) =>
    `nrfutil device program --firmware ${name} --options ${options}`;
  if (baseFile === undefined) {
    return [
      {
        tool: 'nrfjprog',
        commands: [`nrfjprog -f ${family} --program ${file} --chiperase --verify --reset`],
      },
      {
        tool: 'nrfutil',
        commands: [nrfutil(file, 'chip_erase_mode=ERASE_ALL,verify=VERIFY_READ,reset=RESET_SYSTEM')],
      },
      { tool: 'pyocd', commands: [`pyocd load --target ${target} --erase chip ${file}`] },
    ];
  }
  return [
    {
      tool: 'nrfjprog',
      commands: [
        `nrfjprog -f ${family} --program ${baseFile} --chiperase --verify`,
        `nrfjprog -f ${family} --program ${file} --sectorerase --verify --reset`,
      ],
    },
    {
      tool: 'nrfutil',
      commands: [
        nrfutil(baseFile, 'chip_erase_mode=ERASE_ALL,verify=VERIFY_READ'),
        nrfutil(
          file,
          'chip_erase_mode=ERASE_RANGES_TOUCHED_BY_FIRMWARE,verify=VERIFY_READ,reset=RESET_SYSTEM',
        ),
      ],
    },
    {
      tool: 'pyocd',
      commands: [
        `pyocd load --target ${target} --erase chip --no-reset ${baseFile}`,
        `pyocd load --target ${target} --erase sector ${file}`,
      ],
    },
  ];
}

/** Lines of a zip that has a password. */
const ENCRYPTED_ZIP = [
  '  This zip is encrypted (WinZip AES-256). What you unpack from it is not: it holds keys, keep it as you keep a password.',
  '  The names of its files, and so the names and addresses of the clones, are read without the password.',
] as const;

export function formatReadme(head: ManifestHead, entries: readonly ManifestEntry[]): string {
  const { groups } = head;
  const several = groups.length > 1;
  const base = groups[0]!.baseFile;
  const lines = [
    ...groups.map((group, index) => titleOf(group, entriesOf(entries, index))),
    `Made by Meshpress ${head.version} on ${head.created.toISOString().slice(0, 10)}`,
    '',
    'READ THIS FIRST',
    ...DISCLAIMER.map((line) => `  ${line}`),
    ...(head.encrypted ? ENCRYPTED_ZIP : ['  This zip holds keys. Keep it as you keep a password.']),
    '',
    'WHAT IS IN IT',
    ...(base === undefined
      ? ['  clones/          one image per clone: the firmware with its own address and device key']
      : [
          `  ${(several ? 'base/' : base).padEnd(16)} what all clones${several ? ' of a donor' : ''} share: the firmware, without any identity`,
          '  clones/          one small file per clone: the pages with its own address and device key',
        ]),
    ...(several ? groups.map(({ folder, donor }) => `    ${folder.padEnd(24)} clones of ${donor.name}`) : []),
    `  ${head.database.padEnd(16)} the network database with the clones added`,
    '  manifest.csv     which clone is in which file, with hashes; also as manifest.json',
    '',
    'THE DATABASE',
    '  Close the provisioner (PyACI: leave the session) before you put the new database in place of the old one;',
    '  a running one writes its own copy over it. Keep the old file until the clones answer.',
    '',
    'ONTO BOARDS',
    '  One image belongs on one board: two boards with one address and one key disturb each other.',
    '  The first command erases the whole chip.',
    ...groups.flatMap(({ donor, chip, baseFile }, index) => [
      ...(several ? ['', `  CLONES OF ${visibleValue(donor.name)}, for the ${chip}`] : []),
      ...flashCommands(chip, entriesOf(entries, index)[0]!.file, baseFile).flatMap(({ tool, commands }) => [
        '',
        `  ${tool}`,
        ...commands.map((command) => `    ${command}`),
      ]),
    ]),
    '',
    'WHAT DIFFERS FROM THE DONOR',
    '  Unicast address and device key, wherever the image keeps them.',
    ...groups.flatMap(({ donor, notes }) => [
      ...(several && notes.length > 0 ? [`  Clones of ${visibleValue(donor.name)}:`] : []),
      ...notes.map((note) => `  ${visibleValue(note.message)}`),
    ]),
    '',
  ];
  return lines.join('\r\n');
}

const entriesOf = (entries: readonly ManifestEntry[], group: number) =>
  entries.filter((entry) => entry.group === group);

function titleOf({ donor }: ManifestGroup, entries: readonly ManifestEntry[]): string {
  const [first, last] = [entries[0]!.clone, entries.at(-1)!.clone];
  const range = `${hex(first.unicast, 4)} to ${hex(lastUnicast(last), 4)}`;
  return `${entries.length} ${entries.length === 1 ? 'clone' : 'clones'} of ${visibleValue(donor.name)} (${hex(donor.unicast, 4)}), ${range}`;
}
