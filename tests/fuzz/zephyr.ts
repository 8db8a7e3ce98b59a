/**
 * Mutated dumps of nRF Connect SDK nodes: see `images.ts`.
 *
 *     npx tsx tests/fuzz/zephyr.ts [count] [seed]
 */
import { zephyrKind } from '../../src/kinds/zephyr/index.ts';
import { fixtures } from '../kinds/zephyr/fixtures.ts';
import { mutate } from '../kinds/zephyr/mutations.ts';
import { fuzz } from './images.ts';

fuzz({
  kind: zephyrKind,
  dumps: fixtures.map(({ name, readDump }) => ({ name, image: readDump() })),
  mutate,
  wishes: [
    {},
    { sequence: 'reset', 'own-publications': 'map', 'replay-cache': 'empty', 'advertiser-address': 'keep' },
    { sequence: '+5000', keys: 'in-place' },
  ],
  wrongClone: 'zephyr/wrong-clone',
});
