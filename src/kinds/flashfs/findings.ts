/** What a person should know about a donor before cloning it. Long because it is one catalogue, a finding after the other. */
import { hex, isFilledWith } from '../../bytes.ts';
import { UICR_END, UICR_START } from '../../image/index.ts';
import { HANDLE_INVALID, type AreaLog, type Entry } from './container.ts';
import { bootloaderInMbr } from '../firmware.ts';
import { ownKeyOf, type JudgedArea, type JudgedDump } from './judged-dump.ts';
import { entriesOf, SEQUENCE_END } from './policy.ts';
import {
  coreRowsFor,
  decodeEntry,
  dsmRowsA,
  findRow,
  LEGACY_SUBNET_WORDS,
  setBits,
} from './records/index.ts';
import { isFamilyB, ROLE_TITLES, rowsOf, type Role } from './releases.ts';
import type { FlashfsFinding as Finding } from './errors.ts';
import { thousands } from '../../numbers.ts';

const warning = (code: Finding['code'], message: string, hint: string): Finding => ({
  severity: 'warning',
  code,
  message,
  hint,
});
const info = (code: Finding['code'], message: string, hint = ''): Finding => ({
  severity: 'info',
  code,
  message,
  hint,
});

/** From here on a node has 65,536 sequence numbers left or fewer: minutes to hours of a busy one. */
const SEQUENCE_SCARCE = 0xff0000;

export function findFindings(donor: JudgedDump): Finding[] {
  const findings = [
    ...logFindings(donor),
    ...(donor.refusal ? [] : [...stateFindings(donor), ...accessFindings(donor)]),
    ...dumpFindings(donor),
  ];
  const rank = { error: 0, warning: 1, info: 2 };
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity]);
}

/** What the flash manager left half done, and what it leaves lying about. */
function logFindings({ areas, location, release, boot }: JudgedDump): Finding[] {
  const findings: Finding[] = [];
  const { stack } = location;
  const core = coreRowsFor(entriesOf(areas, 'core-options'));
  const nameOf = (role: Role, { handle }: Entry) =>
    findRow(rowsOf(release, role, core), handle)?.name ?? 'record';
  for (const { role, log } of areas.filter((area) => area.role !== 'unknown')) {
    const title = ROLE_TITLES[role];
    if (log.torn) {
      findings.push(
        warning(
          'flashfs/torn-entry',
          `Power was lost during the writing of the ${nameOf(role, log.torn)} at ${hex(log.torn.address)}: the next boot still uses it, later ones do not.`,
          'Clones are made without it.',
        ),
      );
    }
    if (log.replaced)
      findings.push(replacedEntry(nameOf(role, log.replaced), log.replaced, role, isFamilyB(release)));
    for (const entry of equalHandles(log)) {
      findings.push(
        warning(
          'flashfs/equal-handles',
          `The ${title} area holds the ${nameOf(role, entry)} with handle ${hex(entry.handle, 4)} more than once, which no firmware repairs.`,
          'Clones keep all copies; identity is written to each of them.',
        ),
      );
    }
    if (log.pages.some(({ end }) => end === 'torn-padding')) {
      findings.push(
        warning(
          'flashfs/torn-padding',
          `Power was lost at the end of a page of the ${title} area.`,
          'Clones get a sound page end.',
        ),
      );
    }
    if (log.behindSeal.length > 0) {
      findings.push(
        warning(
          'flashfs/entries-behind-seal',
          `${log.behindSeal.length} entries of the ${title} area lie behind its seal. Releases from 3.0.0 on read them, earlier ones do not.`,
          'Clones keep them.',
        ),
      );
    }
  }
  if (stack?.recovery.state.kind === 'in-use' && boot.stopsOn !== 'interrupted-defragmentation') {
    const untested = release.rules.resumesDefragmentation === 'untested';
    const multiPage = areas.some(({ recovered, pages }) => recovered !== undefined && pages.length > 1);
    findings.push(
      warning(
        'flashfs/defragmentation-pending',
        `Power was lost while the page at ${hex(stack.recovery.state.of)} was tidied up; the firmware finishes that from the recovery page at its next boot.` +
          (multiPage ? ' What was written to the page since then is lost.' : '') +
          (untested ? ' That was never seen with this release.' : ''),
        'Clones are written with the page restored.',
      ),
    );
  }
  const stale = areas.filter(({ role }) => role === 'dsm').flatMap(({ log }) => invalidated(log));
  if (stale.length > 0) {
    findings.push(
      info(
        'flashfs/stale-entries',
        `${stale.length} invalidated entries of the device state are still readable.`,
        'They are blanked in clones.',
      ),
    );
  }
  if (stack?.recovery.state.kind === 'finished' || stack?.recovery.state.kind === 'being-filled') {
    findings.push(
      info(
        'flashfs/stale-recovery-page',
        'The recovery page holds an old copy of a page.',
        'It is blanked in clones.',
      ),
    );
  }
  return findings;
}

const invalidated = (log: AreaLog): Entry[] =>
  log.pages.flatMap(({ entries }) =>
    entries.filter(({ handle, payload }) => handle === HANDLE_INVALID && !isFilledWith(payload, 0xff)),
  );

function replacedEntry(name: string, { handle }: Entry, role: Role, familyB: boolean): Finding {
  return warning(
    'flashfs/replaced-entry',
    `The ${name} with handle ${hex(handle, 4)} is present twice, because power was lost while it was replaced.` +
      (familyB && role === 'dsm'
        ? ' The next boot uses the old one, later ones the new one; 4.2.0 and 5.0.0 stop on that next boot, repair the flash and run on the one after.'
        : ' The firmware repairs it at its next boot.'),
    'Clones are written repaired, with the new one.',
  );
}

/** Live entries with the handle of an earlier one, but for the pair that a boot repairs. */
function equalHandles(log: AreaLog): Entry[] {
  const seen = new Set<number>();
  return log.live.filter((entry) => {
    if (entry === log.replaced) return false;
    const again = seen.has(entry.handle);
    seen.add(entry.handle);
    return again;
  });
}

/** The state of node and network. */
function stateFindings({ areas, release, settled: { state: settled } }: JudgedDump): Finding[] {
  const findings: Finding[] = [];
  const own = ownKeyOf(settled);
  const { start, count } = settled.unicast!;
  if (settled.deviceKeys.length > 1) {
    findings.push(
      warning(
        'flashfs/several-device-keys',
        `The node holds ${settled.deviceKeys.length} device keys; its own is the one whose owner is its address ${hex(start, 4)}.`,
        'It has configured other nodes. Clones keep their keys and could configure them too.',
      ),
    );
  } else if (own) {
    findings.push(
      info('flashfs/own-device-key', `One device key, and its owner is the node itself at ${hex(start, 4)}.`),
    );
  }
  for (const { index, keyRefreshPhase } of settled.netKeys) {
    if (keyRefreshPhase === 0) continue;
    findings.push(
      warning(
        'flashfs/key-refresh-running',
        `Network key ${index} is being replaced: key refresh phase ${keyRefreshPhase}.`,
        'Clones have the same phase and both keys. Finish the key refresh with the clones, or finish it first and read the donor out again.',
      ),
    );
  }
  if (settled.ivUpdateInProgress) {
    findings.push(
      warning(
        'flashfs/iv-update-running',
        `An IV update to index ${settled.ivIndex} is in progress.`,
        'Clones take part in it. Bring them to the network before it moves on, or read the donor out again afterwards.',
      ),
    );
  }
  const sequences = entriesOf(areas, 'net-state').some(
    (entry) => (decodeEntry(release.netState.sequence, entry)?.nextBlock ?? 0) > 0,
  );
  if (sequences && settled.nextSequenceNumber === 0) {
    findings.push(
      warning(
        'flashfs/sequence-unpaired',
        'Sequence block and IV index do not belong together, so the node begins with the sequence number 0.',
        'Peers that know the donor ignore its next messages. Clones have new addresses and are heard.',
      ),
    );
  }
  const { nextSequenceNumber: next } = settled;
  if (next >= SEQUENCE_END) {
    findings.push(
      warning(
        'flashfs/sequence-used-up',
        'The node has used up its sequence numbers and cannot send until the IV index moves.',
        'Clones are made only if they begin at 0 (sequence: reset), at addresses that were never on air.',
      ),
    );
  } else if (next >= SEQUENCE_SCARCE) {
    findings.push(
      warning(
        'flashfs/sequence-running-out',
        `The node has ${thousands(SEQUENCE_END - next)} sequence numbers left, of 16,777,216, until the IV index moves.`,
        'Clones have as many. Let them begin at 0 (sequence: reset) if their addresses were never on air, or let the network update its IV index first.',
      ),
    );
  }
  if (!areas.some(({ role }) => role === 'net-state')) {
    findings.push(
      warning(
        'flashfs/no-network-state',
        'The page with IV index and sequence number was not found: both are shown as 0, and are not known.',
        'Clones hold what the dump holds. Their sequence number cannot be set. Read the whole flash out of the node.',
      ),
    );
  }
  for (const address of settled.addresses.filter((one) => one >= start && one < start + count)) {
    findings.push(
      warning(
        'flashfs/own-publication',
        `The node publishes to its own address ${hex(address, 4)}.`,
        'Choose whether clones go on publishing to the donor or to themselves.',
      ),
    );
  }
  const core = coreRowsFor(entriesOf(areas, 'core-options'));
  for (const entry of entriesOf(areas, 'core-options')) {
    const heartbeat = decodeEntry(core.heartbeat, entry);
    if (heartbeat?.destination === start) {
      findings.push(
        warning(
          'flashfs/heartbeat-to-itself',
          `The node sends its heartbeat to itself at ${hex(start, 4)}.`,
          'Clones send theirs to the donor.',
        ),
      );
    }
    if (entry.handle === core.transmit.first + 1 && decodeEntry(core.transmit, entry)?.enabled === 0) {
      findings.push(
        warning(
          'flashfs/relay-off',
          'The node does not relay: its Relay feature is stored as off.',
          'Clones do not relay either, and a computer connected to one by Bluetooth reaches that one alone. Switch Relay on and read the donor out again, unless the network has other relays.',
        ),
      );
    }
    if (decodeEntry(core.proxy, entry)?.value === 0) {
      findings.push(
        warning(
          'flashfs/proxy-off',
          'The node is no GATT proxy: the feature is stored as off.',
          'No phone or computer can connect to a clone. Switch GATT Proxy on and read the donor out again, unless that is meant.',
        ),
      );
    }
    if (decodeEntry(core.advertiser, entry)) {
      findings.push(
        info(
          'flashfs/advertiser-address',
          'The node has a Bluetooth address of its own choice stored.',
          'Two nodes must not share it: clones drop it unless told otherwise.',
        ),
      );
    }
  }
  const saved = areas.filter(({ role }) => role === 'emergency-cache').flatMap(({ log }) => log.live);
  if (saved.length > 0) {
    findings.push(
      warning(
        'flashfs/emergency-cache',
        `${saved.length} records that a power-down saved in a hurry wait in the emergency cache; the next boot applies them.`,
        'Clones keep them. Identity is written into them as well.',
      ),
    );
  }
  if (settled.replayCache && settled.replayCache.length > 0) {
    findings.push(
      info('flashfs/replay-cache', `The replay cache knows ${settled.replayCache.length} nodes.`),
    );
  }
  const legacy = entriesOf(areas, 'dsm').some(
    (entry) => decodeEntry(dsmRowsA.subnet, entry) && entry.lengthWords === LEGACY_SUBNET_WORDS,
  );
  if (isFamilyB(release) && legacy) {
    findings.push(
      info(
        'flashfs/legacy-records',
        'Part of the configuration was written by 3.2.0 or earlier and is used as it is.',
      ),
    );
  }
  return findings;
}

/** What the access layer holds for the node to be of use. */
function accessFindings({ image, areas, boot, release }: JudgedDump): Finding[] {
  const { state, dsm } = boot;
  const access = areas.find(({ role }) => role === 'access');
  const bottom = areas.at(-1)!.address;
  if (!access && image.definedBytes(0, bottom) === 0) {
    return [
      warning(
        'flashfs/cut-off',
        `The dump begins at ${hex(bottom)}, and what the node knows of its models lies below.`,
        'Clones made of it are as incomplete. Read the whole flash out.',
      ),
    ];
  }
  if (wasErased(access)) {
    return [
      warning(
        'flashfs/half-finished-reset',
        'A node reset was not finished: address and keys are still there, bindings and publication are gone.',
        'Clones are configured no better. Reset the donor, provision it again and read it out again.',
      ),
    ];
  }
  const findings: Finding[] = [];
  const bound = state.models.some(({ bindings }) => bindings.length > 0);
  const discarded = boot.failures.find(({ role }) => role === 'access');
  if (discarded) {
    findings.push(
      warning(
        'flashfs/access-discarded',
        `The firmware discards what it knows of its models, because of the entry at ${hex(discarded.address)}: ${discarded.rule}.`,
        'Clones do the same at their first boot. Reset the donor, provision it again and read it out again.',
      ),
    );
  }
  if (state.appKeys.length === 0 || !bound) {
    findings.push(
      warning(
        'flashfs/not-configured',
        state.appKeys.length === 0
          ? 'The node is provisioned but holds no application key.'
          : 'The node holds application keys, but no model in the dump is bound to one.',
        'Clones are in the same state. Configure the donor first if they shall work right away.',
      ),
    );
  }
  const elements = entriesOf(areas, 'access')
    .map((entry) => decodeEntry(release.access.metadata, entry)?.elements)
    .findLast((count) => count !== undefined);
  if (elements !== undefined && elements !== state.unicast?.count) {
    findings.push(
      warning(
        'flashfs/element-count-differs',
        `The node has ${state.unicast?.count} unicast addresses and ${elements} elements.`,
        'Clones have as many addresses as the donor.',
      ),
    );
  }
  const [ownIndex] = [...dsm.deviceKeys].find(([, { owner }]) => owner === state.unicast?.start) ?? [];
  const server = entriesOf(areas, 'access').findLast(({ handle }) => handle === release.access.model.first);
  const record = server && decodeEntry(release.access.model, server);
  if (
    record &&
    dsm.limits &&
    ownIndex !== undefined &&
    !setBits(record.boundKeys).includes(dsm.limits.appKeys + ownIndex)
  ) {
    findings.push(
      warning(
        'flashfs/server-unbound',
        'The configuration server is not bound to the device key: nobody can configure this node.',
        'Clones cannot be configured either. Reset the donor, provision it again and read it out again.',
      ),
    );
  }
  return findings;
}

/** The access area lost its format, or every entry it had. */
const wasErased = (area: JudgedArea | undefined): boolean =>
  !area || area.unformatted || (area.log.live.length === 0 && invalidated(area.log).length > 0);

/** What the dump leaves out or holds besides. */
function dumpFindings({ image, location }: JudgedDump): Finding[] {
  const { stack, bootloader, unclear, chip } = location;
  const others = location.others.filter(
    ({ areas }) => !areas.some(({ address }) => unclear.includes(address)),
  );
  if (!stack) return [];
  const findings: Finding[] = [];
  const bottom = Math.min(...stack.areas.map(({ address }) => address));
  if (!image.slice(0, bottom).runs.some(({ bytes }) => !isFilledWith(bytes, 0xff))) {
    findings.push(
      warning(
        'flashfs/no-firmware',
        'The dump holds the configuration pages alone, without the firmware.',
        'Clones made of it need a board that already runs exactly the same firmware.',
      ),
    );
  }
  if (image.definedBytes(UICR_START, UICR_END - UICR_START) === 0) {
    const isNamed = bootloaderInMbr(image, chip.chip.flashSize) !== undefined;
    findings.push(
      bootloader !== undefined && !isNamed
        ? warning(
            'flashfs/no-uicr',
            `The dump leaves out the UICR, and there is a bootloader at ${hex(bootloader)}.`,
            'Without the UICR a board does not start its bootloader. Read it out as well.',
          )
        : info('flashfs/no-uicr', 'The dump leaves out the UICR: what a board has there stays as it is.'),
    );
  }
  if (unclear.length > 0) {
    findings.push(
      warning(
        'flashfs/areas-unclear',
        `Areas lie apart at ${unclear.map((address) => hex(address)).join(', ')}, and nothing in the dump tells which of them the firmware uses.`,
        'Clones hold all of them as they are. What depends on them is not known, and cannot be changed in clones.',
      ),
    );
  }
  if (others.some(({ areas }) => areas.some(({ pages }) => pages.length > 0))) {
    findings.push(
      info(
        'flashfs/areas-not-in-use',
        `There are flash manager pages at ${others.flatMap(({ areas }) => areas.map(({ address }) => hex(address))).join(', ')} that the firmware does not use.`,
        "They are copied as they are; the donor's device key is blanked in them.",
      ),
    );
  }
  if (stack.damage) return findings;
  const pages = stack.areas.reduce((sum, { pages: all }) => sum + all.length, 0);
  findings.push(
    info(
      'flashfs/areas-found',
      `${stack.areas.length} areas on ${pages} pages below the recovery page at ${hex(stack.recovery.address)}.`,
    ),
  );
  return findings;
}
