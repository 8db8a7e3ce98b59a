/** Nodes of the nRF Connect SDK as a kind of image. */
import { hex, toHex } from '../../bytes.ts';
import { reportOf } from '../../errors.ts';
import type { NodeState, Stretch } from '../../image/index.ts';
import type { ImageKind, ImageReading, ShowKeys } from '../image-kind.ts';
import { describeRegions } from './describe-regions.ts';
import { guessChipOf } from './chip.ts';
import { readZephyrDump, sharedKeys, type ZephyrDump } from './zephyr-dump.ts';
import { sequenceBlockIn } from './state.ts';
import { areaAsJson, evidenceOf, exhibitsOf } from './evidence.ts';
import { findFindings } from './findings.ts';
import { formerKeys } from './former-keys.ts';
import { findLandmarks } from './landmarks.ts';
import { OPTIONS, optionsOf, policyOf } from './options.ts';
import { makeRecipe } from './recipe.ts';
import { findRow, keySpans, STORE_RATE } from './records/index.ts';
import { guessReleases, RELEASES } from './releases.ts';
import { formatState, stateOf, type ZephyrState } from './state.ts';
import { keptNetwork } from './kept-network.ts';
import { stillToRead } from './survey.ts';
import { underFirmware } from './under-firmware.ts';

export const zephyrKind: ImageKind = {
  id: 'zephyr',
  title: 'nRF Connect SDK',
  releases: RELEASES,
  options: OPTIONS,
  stillToRead,
  read(image, options): ImageReading | undefined {
    const donor = readZephyrDump(image);
    if (!donor) return undefined;
    const { chosen, refusal } = donor;
    const state = chosen ? stateOf(chosen.node) : EMPTY;
    const chip = guessChipOf(donor, options?.chip);
    const evidence = evidenceOf(donor);
    const network = chosen && keptNetwork(chosen.node);
    return {
      kind: zephyrKind,
      image,
      chip,
      releases: guessReleases(donor),
      regions: describeRegions(donor, chip.chip),
      evidence,
      nextBoot: state,
      settled: state,
      sequenceBlock: chosen ? sequenceBlockIn(chosen) : STORE_RATE,
      refusal: refusal ? reportOf(refusal) : null,
      exhibits: refusal ? exhibitsOf(donor) : null,
      findings: findFindings(donor, chip),
      landmarks: findLandmarks(donor),
      secrets: evidence.flatMap(({ rows }) => rows).flatMap(({ secrets }) => secrets),
      ...(network && { network }),
      formerKeys: () => (chosen ? formerKeys(chosen, new Set(sharedKeys(chosen.node).map(toHex))) : []),
      options: optionsOf({
        nextSequenceNumber: state.nextSequenceNumber,
        hasKeyStore: chosen?.node.keyForm === 'key-store',
      }),
      formatState,
      details: (show) => detailsOf(donor, show),
      prepare(choices, known = {}) {
        if (refusal) throw refusal;
        return makeRecipe(donor, policyOf(choices), known);
      },
      underFirmware: (firmware) => underFirmware(donor, chip.chip, firmware),
    };
  },
};

/** Settings by name, values in hex where they are no keys or keys are asked for; then the areas they lie in. */
function detailsOf({ areas, chosen, emds, fcbSectors }: ZephyrDump, { showKeys }: ShowKeys) {
  const settings = [...(chosen?.settings.byName.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    keyForm: chosen?.node.keyForm ?? null,
    settings: Object.fromEntries(
      settings.map(({ name, value }) => {
        const isSecret = keySpans(findRow(name).row, value).length > 0;
        return [name, isSecret && !showKeys ? 'hidden' : toHex(value)];
      }),
    ),
    areas: areas.map(areaAsJson),
    emergencyData: emds.map(stretchAsJson),
    circularBuffer: fcbSectors.map((address) => hex(address, 5)),
  };
}
const stretchAsJson = ({ address, length }: Stretch) => ({ address: hex(address, 5), length });

/** Of a dump in which no settings are read. */
const EMPTY: ZephyrState = {
  provisioned: false,
  unicast: null,
  elementCount: 1,
  deviceKeys: [],
  netKeys: [],
  appKeys: [],
  addresses: [],
  labelUuids: [],
  models: [],
  modelsKnown: false,
  ivIndex: 0,
  ivUpdateInProgress: false,
  nextSequenceNumber: 0,
  storedSequenceNumber: null,
} satisfies NodeState & ZephyrState;
