/**
 * Mutated dumps of nRF5 SDK for Mesh nodes: see `images.ts`.
 *
 *     npx tsx tests/fuzz/flashfs.ts [count] [seed]
 */
import { flashManagerKind } from '../../src/kinds/flashfs/index.ts';
import { fixtures, readDump } from '../kinds/flashfs/fixtures.ts';
import { mutate } from '../kinds/flashfs/mutations.ts';
import { fuzz } from './images.ts';

fuzz({
  kind: flashManagerKind,
  dumps: fixtures.map(({ release, history }) => ({
    name: `${release}/${history}`,
    image: readDump(release, history),
  })),
  mutate,
  wishes: [
    {},
    { sequence: 'reset', 'own-publications': 'map', 'replay-cache': 'keep', 'advertiser-address': 'keep' },
    { sequence: '+5000', 'replay-cache': 'keep' },
  ],
  wrongClone: 'flashfs/wrong-clone',
});
