/** What a person should know about a donor before cloning it. */
import { hex, toHex } from '../../bytes.ts';
import type { Chip } from '../../image/index.ts';
import type { ChipGuess } from '../image-kind.ts';
import { runOf, sharedKeys, type ZephyrDump, type ReadArea } from './zephyr-dump.ts';
import type { ZephyrFinding, ZephyrFindingCode } from './errors.ts';
import { thousands } from '../../numbers.ts';
import { staleStretches } from './hygiene.ts';
import { ownDestinations } from './identity.ts';
import type { MeshNode } from './node.ts';
import { applicationRow, destinationOf, findRow } from './records/index.ts';
import type { Problem, ProblemKind } from './settings.ts';

const warning = (code: ZephyrFindingCode, message: string, hint: string): ZephyrFinding => ({
  severity: 'warning',
  code,
  message,
  hint,
});
const info = (code: ZephyrFindingCode, message: string, hint = ''): ZephyrFinding => ({
  severity: 'info',
  code,
  message,
  hint,
});
const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

export function findFindings(donor: ZephyrDump, { chip }: ChipGuess): ZephyrFinding[] {
  const { chosen } = donor;
  const findings = [
    ...(chosen ? storageFindings(chosen) : []),
    ...(chosen && !donor.refusal ? [...nodeFindings(chosen), ...benchFindings(chip)] : []),
    ...otherFindings(donor),
  ];
  const rank = { error: 0, warning: 1, info: 2 };
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity]);
}

/** The bench knows one family of chips; files are for all. */
function benchFindings({ name }: Chip): ZephyrFinding[] {
  if (name.startsWith('nRF52')) return [];
  return [
    warning(
      'zephyr/not-for-the-bench',
      `The bench writes chips of the nRF52 family, and this dump is of an ${name}.`,
      'Save the images, and write them with nrfutil or another tool for that chip.',
    ),
  ];
}

/** By kind of problem: its code, and what follows. */
const PROBLEMS: Readonly<Record<ProblemKind, { readonly code: ZephyrFindingCode; readonly hint: string }>> = {
  'name-without-value': {
    code: 'zephyr/half-setting',
    hint: 'The firmware does not load it and takes it away. Clones keep it as it is.',
  },
  'value-without-name': {
    code: 'zephyr/half-setting',
    hint: 'The firmware does not load it and takes it away. Clones keep it as it is.',
  },
  'beyond-last': {
    code: 'zephyr/half-setting',
    hint: 'Power was lost while it was stored. The firmware does not load it.',
  },
  'wrong-data-crc': {
    code: 'zephyr/wrong-checksum',
    hint: 'The firmware does not load it. Read the flash out again.',
  },
  'not-a-name': {
    code: 'zephyr/bad-name',
    hint: 'The firmware hands it to nobody. Read the flash out again.',
  },
  'name-twice': {
    code: 'zephyr/name-twice',
    hint: 'The firmware loads both, and the one with the smaller id stays.',
  },
  'bad-count': {
    code: 'zephyr/bad-count',
    hint: 'The firmware loads no settings. Read the flash out again.',
  },
  'wrong-size': {
    code: 'zephyr/wrong-size',
    hint: 'The firmware refuses the record and goes on without it.',
  },
};
/** Of one kind; a damaged area breaks a rule in every entry. */
const MAX_PROBLEMS = 5;

function problemFindings(problems: readonly Problem[]): ZephyrFinding[] {
  const seen = new Map<ZephyrFindingCode, number>();
  return problems.flatMap((problem) => {
    const { code, hint } = PROBLEMS[problem.kind];
    const count = (seen.get(code) ?? 0) + 1;
    seen.set(code, count);
    return count > MAX_PROBLEMS ? [] : [warning(code, `${placeText(problem)}: ${problem.rule}.`, hint)];
  });
}

/** `Settings at 0xF8000, sector 0xF9000, entry at 0xFE8` */
const placeText = ({ area, sector, ateOffset }: Problem): string =>
  `Settings at ${hex(area)}, sector ${hex(sector)}, entry at offset ${hex(ateOffset, 3)}`;

function storageFindings({ area, settings, node }: ReadArea): ZephyrFinding[] {
  const { interruption, writeSector } = settings.mount;
  const findings = problemFindings([...settings.problems, ...node.refused]);
  if (interruption) {
    const sector = hex(area.sectors[interruption.sector]!.address);
    findings.push(
      warning(
        'zephyr/collection-interrupted',
        interruption.collection === 'repeated'
          ? `Power was lost while old values were collected into the sector at ${sector}; the firmware erases it and collects them again at its next boot.`
          : `Power was lost after old values were collected from the sector at ${sector}; the firmware erases it at its next boot.`,
        'Nothing is lost. Clones do the same at their first boot.',
      ),
    );
  }
  const torn = area.sectors.flatMap(({ tornSlots }) => tornSlots);
  if (torn.length > 0) {
    findings.push(
      info(
        'zephyr/torn-entry',
        `Power was lost while ${many(torn.length, 'entry').replace('entrys', 'entries')} of the settings ${torn.length === 1 ? 'was' : 'were'} written, at ${torn.map((address) => hex(address)).join(', ')}.`,
        'The firmware passes over what was not finished.',
      ),
    );
  }
  if (writeSector !== undefined && settings.problems.length === 0) {
    findings.push(
      info(
        'zephyr/settings-sound',
        `${many(settings.byName.size, 'setting')} in ${area.format.title} at ${hex(area.address)}: every name has its value${settings.mount.hasDataCrc ? ', every checksum is right' : ''}.`,
      ),
    );
  }
  return findings;
}

function nodeFindings(read: ReadArea): ZephyrFinding[] {
  const { settings, node } = read;
  const findings: ZephyrFinding[] = [];
  if (!node.iv)
    findings.push(
      warning(
        'zephyr/no-iv-index',
        'The settings hold no IV index, which a provisioned node has.',
        'Clones start with IV index 0 and wait for a beacon. Read the flash out again if the node was in order.',
      ),
    );
  findings.push(...keyFindings(node), ...modelFindings(read));
  const stale = staleStretches(settings, new Set(sharedKeys(node).map(toHex)));
  if (stale.length > 0) {
    const size = stale.reduce((sum, { length }) => sum + length, 0);
    findings.push(
      info(
        'zephyr/stale-values',
        `${thousands(size)} bytes that the firmware reads no more may hold old keys.`,
        'They are blanked in clones.',
      ),
    );
  }
  const own = [...settings.byName.keys()].filter((name) => findRow(name).row === applicationRow);
  if (own.length > 0) {
    findings.push(
      info(
        'zephyr/application-records',
        `Settings of the application are copied as they are: ${own.slice(0, 8).join(', ')}${own.length > 8 ? ` and ${own.length - 8} more` : ''}.`,
        'If one of them is a serial number or the like, every clone has it.',
      ),
    );
  }
  return findings;
}

function keyFindings(node: MeshNode): ZephyrFinding[] {
  const findings: ZephyrFinding[] = [];
  if (node.keyForm === 'key-store') {
    findings.push(
      info(
        'zephyr/keys-opened',
        'The keys are sealed in the settings with keys that follow from their ids, and were opened.',
        'The device key of each clone is sealed the same way, with a nonce of its own.',
      ),
    );
  }
  for (const [index, { record }] of node.appKeys) {
    if (node.netKeys.has(record.netKeyIndex)) continue;
    findings.push(
      warning(
        'zephyr/key-without-subnet',
        `AppKey ${index} belongs to NetKey ${record.netKeyIndex}, which the node does not have.`,
        'The firmware does not load it.',
      ),
    );
  }
  const refreshing = [...node.netKeys].filter(([, { record }]) => record.phase !== 0).map(([index]) => index);
  if (refreshing.length > 0) {
    findings.push(
      warning(
        'zephyr/key-refresh',
        `A key refresh of NetKey ${refreshing.join(', ')} was under way when the dump was taken.`,
        'Clones are in the same phase. Finish it before you clone, or they need it finished too.',
      ),
    );
  }
  if (node.iv?.inProgress)
    findings.push(
      info(
        'zephyr/iv-update',
        `An IV update to ${node.iv.ivIndex} was in progress.`,
        'Clones finish it with their network.',
      ),
    );
  return findings;
}

function modelFindings({ settings, node }: ReadArea): ZephyrFinding[] {
  const findings: ZephyrFinding[] = [];
  const own = runOf(node)!;
  if (!node.elementCountCertain) {
    findings.push(
      info(
        'zephyr/elements-unknown',
        `Records of models name ${many(own.count, 'element')}; the firmware may have more, which only its source or the database says.`,
        'Clones get as many addresses as the database says the donor has.',
      ),
    );
  }
  const toItself = ownDestinations(settings, own).map(({ value }) => hex(destinationOf(value), 4));
  if (toItself.length > 0) {
    findings.push(
      warning(
        'zephyr/own-publications',
        `The node publishes to its own ${toItself.length === 1 ? 'element' : 'elements'} ${[...new Set(toItself)].join(', ')}.`,
        'Clones keep publishing to the donor, unless you let such publications move with the clone.',
      ),
    );
  }
  return findings;
}

function otherFindings({ areas, chosen, emds, fcbSectors }: ZephyrDump): ZephyrFinding[] {
  const findings: ZephyrFinding[] = [];
  for (const { area, settings } of areas.filter((read) => read !== chosen)) {
    findings.push(
      info(
        'zephyr/other-storage',
        `Another ${area.format.title} storage lies at ${hex(area.address)}${settings.byName.size > 0 ? `, with ${many(settings.byName.size, 'setting')}` : ''}.`,
        'Clones get it as it is.',
      ),
    );
  }
  if (chosen && fcbSectors.length > 0)
    findings.push(
      info(
        'zephyr/other-storage',
        `A flash circular buffer lies at ${hex(fcbSectors[0]!)}.`,
        'Clones get it as it is.',
      ),
    );
  for (const { address } of emds)
    findings.push(
      info(
        'zephyr/emergency-data',
        `Emergency data, such as the replay list, were saved at ${hex(address)} when power went.`,
        'Clones start without them.',
      ),
    );
  return findings;
}
