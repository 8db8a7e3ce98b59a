import dump from '../../../public/samples/ncs-light.hex.gz?url&inline';
import database from '../../../public/samples/ncs-light.cdb.json?raw';
import { fileOf } from './sample.ts';

/** A light of the nRF Connect SDK, its keys sealed, and the database of a phone app. */
export const sampleFiles = (): File[] => [
  fileOf('ncs-light.hex.gz', dump),
  new File([database], 'ncs-light.cdb.json', { type: 'application/json' }),
];
