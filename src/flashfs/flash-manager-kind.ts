/** The nRF5 SDK for Mesh as a kind of image. */
import type { ImageKind } from '../image/index.ts';
import { reportOf } from '../errors.ts';
import { readDonor } from './donor.ts';

export const flashManagerKind: ImageKind = {
  id: 'nrf5-mesh',
  title: 'nRF5 SDK for Mesh',
  read(image, options) {
    if (image.size === 0) return undefined;
    const donor = readDonor(image, options);
    return {
      kind: 'nrf5-mesh',
      image,
      chip: donor.location.chip,
      releases: donor.releases,
      regions: [],
      areas: [],
      nextBoot: donor.boot.state,
      settled: donor.boot.state,
      refusal: donor.refusal ? reportOf(donor.refusal) : null,
      findings: [],
      landmarks: [],
      prepare() {
        throw donor.refusal;
      },
    };
  },
};
