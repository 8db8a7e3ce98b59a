import dump from '../../../public/samples/client.hex.gz?url&inline';
import database from '../../../public/samples/client.db.json?raw';
import { fileOf } from './sample.ts';

/** A light switch client of the nRF5 SDK for Mesh and its PyACI database. */
export const sampleFiles = (): File[] => [
  fileOf('client.hex.gz', dump),
  new File([database], 'client.db.json', { type: 'application/json' }),
];
