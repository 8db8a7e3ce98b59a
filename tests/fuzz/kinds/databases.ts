/** Databases of both formats: those of the fixtures with dumps of their nodes, and those made of the dumps of the fixtures. */
import type { DatabaseFormat } from '../../../src/meshdb/index.ts';
import type { Pick } from '../../kinds/pick.ts';
import { ANY_BYTES } from '../mutate/bytes.ts';
import { changed, once, oneOf } from '../mutate/choose.ts';
import {
  HARMLESS_JSON_CHANGES,
  JSON_CHANGES,
  TEXT_CHANGES,
  textOf,
  treeOf,
  leavesOf,
  type Tree,
} from '../mutate/json.ts';
import { FIXTURE_PAIRS, FLASHFS_DUMPS, FORMS, somePair, type Pair } from '../projects.ts';
import type { FuzzKind } from '../run.ts';
import type { Trial } from '../trial.ts';
import { openBoth, pressAndLook } from '../whole-way.ts';

const KEY_MEMBERS = /^(?:deviceKey|key|oldKey|device_key|old_key)$/;

/** Keys as they stand in the database; what stands elsewhere too is no secret there. */
function keepSecretsIn(tree: Tree, trial: Trial): void {
  const leaves = leavesOf(tree);
  for (const { key, text } of leaves) if (KEY_MEMBERS.test(key)) trial.secret(text.slice(1, -1));
  for (const { key, text } of leaves) if (!KEY_MEMBERS.test(key)) trial.isPublic(text);
}

function pairFor(format: DatabaseFormat, pick: Pick): Pair {
  if (once(2, pick)) return oneOf(FIXTURE_PAIRS()[format], pick);
  const forms = FORMS.filter((form) => (form === 'pyaci') === (format === 'pyaci'));
  return somePair(FLASHFS_DUMPS, pick, forms);
}

const databaseKind = (format: DatabaseFormat, about: Omit<FuzzKind, 'run' | 'faults'>): FuzzKind => ({
  ...about,
  faults: ['flashfs/wrong-clone'],
  async run(pick, trial) {
    const pair = pairFor(format, pick);
    trial.note(pair.name);
    const note = (text: string) => trial.note(text);
    const tree = changed(
      treeOf(JSON.parse(pair.database.replace(/^\ufeff/, '')) as unknown),
      once(2, pick) ? JSON_CHANGES : HARMLESS_JSON_CHANGES,
      pick,
      note,
    );
    keepSecretsIn(tree, trial);
    const written = textOf(tree, oneOf([2, 2, 4, 0], pick));
    const text = once(8, pick) ? changed(written, TEXT_CHANGES, pick, note) : written;
    const encoded = new TextEncoder().encode(text);
    const bytes = once(20, pick) ? changed(encoded, ANY_BYTES, pick, note) : encoded;
    const dump = { name: 'dump.hex', bytes: new TextEncoder().encode(pair.hex) };
    const session = await openBoth(dump, { name: 'mesh.json', bytes }, trial);
    await pressAndLook(session, bytes, trial, pick);
  },
});

export const DATABASES: readonly FuzzKind[] = [
  databaseKind('pyaci', { name: 'pyaci', title: 'PyACI databases', weight: 1.2 }),
  databaseKind('cdb', { name: 'cdb', title: 'phone apps’ databases (CDB)', weight: 1.2 }),
];
