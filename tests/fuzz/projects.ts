/** Where inputs begin: dumps of the fixtures with databases that know their nodes, and databases of the fixtures with dumps of theirs. */
import { readdirSync } from 'node:fs';
import { CloneRenderer, clockAt, findDonor, knownNode } from '../../src/clone/index.ts';
import { KnownError } from '../../src/errors.ts';
import { formatHex } from '../../src/hex/index.ts';
import type { MemoryImage } from '../../src/image/index.ts';
import { readImage, type ImageReading } from '../../src/kinds/index.ts';
import {
  checkDatabase,
  databaseFromNode,
  parseDatabase,
  type DatabaseForm,
  type NodeRecord,
} from '../../src/meshdb/index.ts';
import { fixtures as flashFixtures, readDump } from '../kinds/flashfs/fixtures.ts';
import type { Pick } from '../kinds/pick.ts';
import { fixtures as zephyrFixtures } from '../kinds/zephyr/fixtures.ts';
import { databaseText, textOf, WELL_FORMED } from '../meshdb/fixtures.ts';
import { fixture } from '../support/fixtures.ts';
import { seededBytes } from '../support/projects.ts';

/** Made when it is asked for, once. */
const held = <Value>(make: () => Value): (() => Value) => {
  let value: { readonly made: Value } | undefined;
  return () => (value ??= { made: make() }).made;
};

/** What is refused gives nothing. */
function unlessRefused<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof KnownError) return undefined;
    throw error;
  }
}

/** A dump as a HEX file, and a database that knows its node: what a person has who may press. */
export interface Pair {
  readonly name: string;
  readonly image: MemoryImage;
  readonly hex: string;
  readonly database: string;
}

export interface Dumped {
  readonly name: string;
  readonly image: () => MemoryImage;
  /** With a database of its own; none of a dump that cannot be cloned. */
  readonly pair: (form: DatabaseForm) => Pair | undefined;
}

export const FORMS: readonly DatabaseForm[] = ['pyaci', 'android', 'ios'];

function dumped(name: string, read: () => MemoryImage): Dumped {
  const image = held(read);
  const reading = held(() => unlessRefused(() => readImage(image())));
  const pairs = new Map(
    FORMS.map((form) => [form, held(() => pairOf(`${name} for ${form}`, reading(), form))]),
  );
  return { name, image, pair: (form) => pairs.get(form)!() };
}

function pairOf(name: string, reading: ImageReading | undefined, to: DatabaseForm): Pair | undefined {
  if (!reading || reading.refusal) return undefined;
  const { image } = reading;
  const wishes = { to, nodeName: 'light', meshName: 'Hall' };
  const stamp = clockAt(new Date('2026-11-26T12:00:00Z'));
  const made = unlessRefused(() => databaseFromNode(knownNode(reading), wishes, seededBytes(name), stamp));
  const isWhole =
    made && checkDatabase(made.database, { donorIndex: 0 }).every(({ severity }) => severity !== 'error');
  return isWhole ? { name, image, hex: formatHex(image), database: textOf(made.database) } : undefined;
}

/** Every dump of the fixtures, by the stack that wrote it. */
export const FLASHFS_DUMPS: readonly Dumped[] = flashFixtures.map(({ release, history }) =>
  dumped(`${release}/${history}`, () => readDump(release, history)),
);
export const ZEPHYR_DUMPS: readonly Dumped[] = zephyrFixtures.map(({ name, readDump: read }) =>
  dumped(name, read),
);

/** A pair of one of these dumps, each of which may be one that has none. */
export function somePair(dumps: readonly Dumped[], pick: Pick, forms: readonly DatabaseForm[] = FORMS): Pair {
  const form = forms[pick(forms.length)]!;
  for (let at = pick(dumps.length); ; at = (at + 1) % dumps.length) {
    const pair = dumps[at]!.pair(form);
    if (pair) return pair;
  }
}

const CASES = readdirSync(new URL('../fixtures/cases/databases/', import.meta.url)).sort();
/** Databases of the fixtures that are one or two nodes, or some ten: those of 200 take as long as twenty of these. */
const FIXTURE_DATABASES: readonly { readonly name: string; readonly text: () => string }[] = [
  ...WELL_FORMED.filter((name) => !name.includes('200-nodes')).map((name) => ({
    name,
    text: held(() => databaseText(name)),
  })),
  ...CASES.map((name) => ({ name, text: held(() => fixture(`cases/databases/${name}`).toString()) })),
];

/** Dumps whose node can be made any node of as many elements. */
const MOULDS = held(() =>
  FLASHFS_DUMPS.filter(({ name }) =>
    /\/(?:fresh|client|just-provisioned|multipage|replay)$/.test(name),
  ).flatMap(({ image }) => {
    const reading = readImage(image());
    return reading.refusal ? [] : [reading];
  }),
);

/** The dump of a node in a database: one of the fixtures' under its identity. */
function dumpOf(node: NodeRecord): MemoryImage | undefined {
  const { unicast, deviceKey, elementCount } = node;
  if (!deviceKey || unicast === undefined) return undefined;
  const mould = MOULDS().find(({ settled }) => settled.unicast!.count === elementCount);
  if (!mould) return undefined;
  const renderer = new CloneRenderer(mould.image, mould.prepare({}));
  return unlessRefused(() => renderer.render({ unicast, deviceKey }).image);
}

/** Each database of the fixtures with the dumps of those of its nodes that can be cloned, by format. */
export const FIXTURE_PAIRS: () => Readonly<Record<'pyaci' | 'cdb', readonly Pair[]>> = held(() => {
  const pairs: Record<'pyaci' | 'cdb', Pair[]> = { pyaci: [], cdb: [] };
  for (const { name, text } of FIXTURE_DATABASES) {
    const database = parseDatabase(text());
    for (const node of database.nodes) {
      const image = dumpOf(node);
      if (!image) continue;
      const isGood = unlessRefused(() => {
        const donor = findDonor({ names: [], image }, readImage(image), database);
        return checkDatabase(database, { donorIndex: donor.node.index }).every(
          ({ severity }) => severity !== 'error',
        );
      });
      if (isGood)
        pairs[database.format].push({
          name: `${name}, node ${node.index}`,
          image,
          hex: formatHex(image),
          database: text(),
        });
    }
  }
  return pairs;
});
