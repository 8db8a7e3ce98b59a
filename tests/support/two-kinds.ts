/** A network with two kinds of node to clone: the sample's light, and a node that was made of it and is called a switch. */
import { gunzipSync } from 'node:zlib';
import { CloneRenderer, recipeOf, updateDatabase } from '../../src/clone/index.ts';
import { formatDatabase } from '../../src/meshdb/index.ts';
import type { GivenFile } from '../../src/session/index.ts';
import { sampleProject } from './projects.ts';
import { sampleDump } from './session.ts';

const clock = { now: new Date('2026-05-04T10:00:00Z'), timeZoneOffsetMinutes: 0 };

export interface TwoKinds {
  readonly light: GivenFile;
  readonly switch: GivenFile;
  readonly database: GivenFile;
}

/** Dumps of both, each a whole chip, and the database that knows them. */
export function twoKinds(): TwoKinds {
  const { donor, plan } = sampleProject({ count: 1, firstName: 'switch' });
  const renderer = new CloneRenderer(donor.dump.image, recipeOf(donor, plan), { start: donor.dump.start });
  const bytes = Buffer.concat(renderer.hex(renderer.render(plan.clones[0]!)));
  return {
    light: { name: 'light.hex', bytes: new Uint8Array(gunzipSync(sampleDump().bytes)) },
    switch: { name: 'switch.hex', bytes: new Uint8Array(bytes) },
    database: {
      name: 'mesh.json',
      bytes: new Uint8Array(formatDatabase(updateDatabase([{ donor, plan }], clock))),
    },
  };
}
