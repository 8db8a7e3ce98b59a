/** The nRF5 SDK for Mesh as a kind of image. */
import { reportOf } from '../../errors.ts';
import { formatNodeState, type NodeState } from '../../image/index.ts';
import type { ImageKind, ImageReading, ShowKeys } from '../image-kind.ts';
import type { AreaReading } from './area-reading.ts';
import type { FirmwareState } from './boot.ts';
import { firstDifference } from '../compare-states.ts';
import { deviceUuidOf } from './device-uuid.ts';
import { describeAreas } from './describe-areas.ts';
import { describeRegions } from './describe-regions.ts';
import { judgeDump, mayBeOwn, sequenceBlockIn } from './judged-dump.ts';
import { areaAsJson, evidenceOf, exhibitsOf, formerKeysOf, secretsOf } from './evidence.ts';
import { findFindings } from './findings.ts';
import { findLandmarks } from './landmarks.ts';
import { OPTIONS, optionsOf, policyOf } from './options.ts';
import { placeRaw } from './raw-places.ts';
import { makeRecipe } from './recipe.ts';
import { RELEASE_IDS } from './releases.ts';
import { stillToRead } from './survey.ts';
import { underFirmware } from './under-firmware.ts';

/** With what this kind knows beyond the others: its areas, and keys that are always in clear. */
export interface FlashManagerReading extends ImageReading {
  readonly areas: readonly AreaReading[];
  readonly nextBoot: FirmwareState;
  readonly settled: FirmwareState;
}

interface FlashManagerKind extends ImageKind {
  read(...dump: Parameters<ImageKind['read']>): FlashManagerReading | undefined;
}

export const flashManagerKind: FlashManagerKind = {
  id: 'nrf5-mesh',
  title: 'nRF5 SDK for Mesh',
  releases: RELEASE_IDS,
  options: OPTIONS,
  stillToRead,
  placeRaw,
  read(image, options) {
    if (image.size === 0) return undefined;
    const donor = judgeDump(image, options);
    if (!options?.chip && !mayBeOwn(donor)) return undefined;
    const { refusal, location } = donor;
    const nextBoot = donor.boot.state;
    const settled =
      firstDifference(nextBoot, donor.settled.state) === undefined ? nextBoot : donor.settled.state;
    const areas = describeAreas(donor);
    return {
      kind: flashManagerKind,
      image,
      chip: location.chip,
      releases: donor.releases,
      regions: describeRegions(donor),
      areas,
      evidence: evidenceOf(areas),
      nextBoot,
      settled,
      sequenceBlock: sequenceBlockIn(donor),
      refusal: refusal ? reportOf(refusal) : null,
      exhibits: refusal ? exhibitsOf(areas) : null,
      findings: findFindings(donor),
      landmarks: findLandmarks(donor),
      secrets: secretsOf(areas),
      formerKeys: () => formerKeysOf(areas, image),
      deviceUuid: (ids) => deviceUuidOf(donor.releases.likely, ids),
      options: optionsOf(settled),
      formatState,
      details: () => ({ areas: areas.map(areaAsJson) }),
      prepare(choices) {
        if (refusal) throw refusal;
        return makeRecipe(donor, policyOf(choices));
      },
      underFirmware: (firmware) => underFirmware(donor, firmware),
    };
  },
};

/** With the handles by which the device state manager names subnets. */
function formatState(state: NodeState, show: ShowKeys) {
  const json = formatNodeState(state, show);
  const { deviceKeys, appKeys } = state as FirmwareState;
  return {
    ...json,
    deviceKeys: json.deviceKeys.map((one, i) => ({ ...one, netKeyHandle: deviceKeys[i]!.netKeyHandle })),
    appKeys: json.appKeys.map(({ index, ...rest }, i) => ({
      index,
      boundNetKeyHandle: appKeys[i]!.boundNetKeyHandle,
      ...rest,
    })),
  };
}
