/**
 * Both kinds of image, damaged as power loss, bad readers and worn flash damage them (`tests/kinds/<kind>/mutations.ts`): read, cloned
 * under each set of choices, and every clone booted in simulation.
 */
import { changesOf, type MemoryImage } from '../../../src/image/index.ts';
import { flashManagerKind } from '../../../src/kinds/flashfs/index.ts';
import type { ImageKind, OptionChoices } from '../../../src/kinds/index.ts';
import { zephyrKind } from '../../../src/kinds/zephyr/index.ts';
import { equalBytes } from '../../../src/bytes.ts';
import { errorFrom } from '../../../src/errors.ts';
import { mutate as mutateFlashfs } from '../../kinds/flashfs/mutations.ts';
import type { Pick } from '../../kinds/pick.ts';
import { mutate as mutateZephyr } from '../../kinds/zephyr/mutations.ts';
import { someBytes } from '../mutate/bytes.ts';
import { oneOf } from '../mutate/choose.ts';
import { FLASHFS_DUMPS, ZEPHYR_DUMPS, type Dumped } from '../projects.ts';
import type { FuzzKind } from '../run.ts';
import { must, NoInput } from '../trial.ts';

interface Setup extends Omit<FuzzKind, 'run'> {
  readonly kind: ImageKind;
  readonly dumps: readonly Dumped[];
  readonly mutate: (image: MemoryImage, pick: Pick) => MemoryImage;
  readonly choices: readonly OptionChoices[];
}

const imageKind = ({ kind, dumps, mutate, choices, ...about }: Setup): FuzzKind => ({
  ...about,
  run(pick, trial) {
    const dumped = oneOf(dumps, pick);
    trial.note(dumped.name);
    const image = mutate(dumped.image(), pick);
    const reading = kind.read(image);
    // a dump in which nothing of this kind is left is for the others to judge
    if (!reading) throw new NoInput('nothing of this kind');
    for (const { address, length } of reading.secrets) trial.secret(image.read(address, length));
    const { evidence, findings, options, regions, exhibits, landmarks } = reading;
    trial.tells({ evidence, findings, options, regions, exhibits, landmarks, refusal: reading.refusal });
    if (reading.refusal) throw errorFrom(reading.refusal);
    trial.accept();
    const identity = { unicast: 1 + pick(0x7000), deviceKey: someBytes(16, pick) };
    const recipe = reading.prepare(oneOf(choices, pick));
    const patches = [...recipe.shared, ...recipe.patchesFor(identity)];
    for (const { address, before } of patches)
      must(equalBytes(image.read(address, before.length), before), `Patch at ${address} has another before`);
    const clone = image.with(changesOf(patches));
    recipe.check(clone, identity);
    trial.tells([recipe.notes, recipe.findingsFor?.(identity)]);
    const [release] = reading.releases.likely;
    const again = kind.read(clone, release === undefined ? {} : { release });
    must(again && !again.refusal, `The clone is refused: ${again?.refusal?.code}`);
    must(again.settled.unicast?.start === identity.unicast, 'The clone is another node');
  },
});

export const IMAGES: readonly FuzzKind[] = [
  imageKind({
    name: 'flashfs',
    title: 'nRF5 SDK for Mesh images',
    weight: 6,
    faults: ['flashfs/wrong-clone'],
    kind: flashManagerKind,
    dumps: FLASHFS_DUMPS,
    mutate: mutateFlashfs,
    choices: [
      {},
      { sequence: 'reset', 'own-publications': 'map', 'replay-cache': 'keep', 'advertiser-address': 'keep' },
      { sequence: '+5000', 'replay-cache': 'keep' },
    ],
  }),
  imageKind({
    name: 'zephyr',
    title: 'nRF Connect SDK images',
    weight: 2,
    faults: ['zephyr/wrong-clone'],
    kind: zephyrKind,
    dumps: ZEPHYR_DUMPS,
    mutate: mutateZephyr,
    choices: [
      {},
      { sequence: 'reset', 'own-publications': 'map', 'replay-cache': 'empty', 'advertiser-address': 'keep' },
      { sequence: '+5000', keys: 'in-place' },
    ],
  }),
];
