/** The nRF5 SDK for Mesh as a kind of image. */
import { reportOf } from '../errors.ts';
import type { ImageKind } from '../image/index.ts';
import { firstDifference } from './compare-states.ts';
import { describeAreas } from './describe-areas.ts';
import { describeRegions } from './describe-regions.ts';
import { readDonor } from './donor.ts';
import { findFindings } from './findings.ts';
import { findLandmarks } from './landmarks.ts';
import { makePress } from './press.ts';
import { RELEASE_IDS } from './releases.ts';
import { stillToRead } from './survey.ts';

const ID = 'nrf5-mesh';

export const flashManagerKind: ImageKind = {
  id: ID,
  title: 'nRF5 SDK for Mesh',
  releases: RELEASE_IDS,
  stillToRead,
  read(image, options) {
    if (image.size === 0) return undefined;
    const donor = readDonor(image, options);
    const { refusal, location } = donor;
    const nextBoot = donor.boot.state;
    const settled =
      firstDifference(nextBoot, donor.settled.state) === undefined ? nextBoot : donor.settled.state;
    return {
      kind: ID,
      image,
      chip: location.chip,
      releases: donor.releases,
      regions: describeRegions(donor),
      areas: describeAreas(donor),
      nextBoot,
      settled,
      refusal: refusal ? reportOf(refusal) : null,
      findings: findFindings(donor),
      landmarks: findLandmarks(donor),
      prepare(policy) {
        if (refusal) throw refusal;
        return makePress(donor, policy);
      },
    };
  },
};
