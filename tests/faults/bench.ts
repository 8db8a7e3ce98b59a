/** A folder with a donor and a database, runs in it, and an account of every identity that was ever seen there. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDump, type DumpFile } from '../../src/clone/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { diskOperations } from '../../src/cli/files/index.ts';
import { thisMachine, type Machine } from '../../src/cli/machine.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import { sampleDatabaseText, smallDumpText } from '../support/samples.ts';
import { faultyFiles, type Fault } from './faulty-files.ts';
import { runHere } from './run-here.ts';

export const DONOR = smallDumpText();
export const DATABASE = sampleDatabaseText();

export interface Outcome {
  /** `undefined` for a run that was killed. */
  readonly status: number | undefined;
  readonly text: string;
  /** How many file operations there were. */
  readonly operations: number;
}

/** What went wrong, in all of its runs. */
export interface Damage {
  /** Identities that the database held and does not any more, or that are in an image and in no database. */
  readonly lost: string[];
  /** Addresses that were given to two device keys. */
  readonly doubled: string[];
  /** Files that must not change and did, that are not whole, or that should be gone. */
  readonly broken: string[];
}

/** Ids of runs in this process: above what any system counts to. */
let lastPid = 2_000_000_000;

interface NodeIdentity {
  readonly unicast: number;
  readonly key: string;
}

/** Folders stand before what is in them. */
type Snapshot = readonly { readonly name: string; readonly content: Uint8Array | undefined }[];

/** In memory where the system offers it: runs flush their files, and a real disk takes its time over that. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export class Bench {
  readonly folder = mkdtempSync(join(place, 'meshpress-faults-'));
  readonly damage: Damage = { lost: [], doubled: [], broken: [] };
  /** Device key of each address that was ever seen. */
  readonly #keys = new Map<number, string>();
  #inDatabase = new Set<string>();
  readonly #read = new Map<string, NodeIdentity>();

  constructor() {
    this.reset();
  }

  /** A folder as before the first run. */
  reset(): void {
    for (const name of readdirSync(this.folder)) rmSync(this.at(name), { recursive: true });
    writeFileSync(this.at('donor.hex'), DONOR);
    writeFileSync(this.at('db.json'), DATABASE);
    this.#keys.clear();
    this.#inDatabase.clear();
    this.look('a fresh folder');
  }

  /** All files that lie here, to come back to. */
  save(): Snapshot {
    const names = readdirSync(this.folder, { recursive: true, encoding: 'utf8' });
    return names.map((name) => ({
      name,
      content: statSync(this.at(name)).isFile() ? readFileSync(this.at(name)) : undefined,
    }));
  }

  /** A folder as it was saved, and what is known of it. */
  restore(snapshot: Snapshot): void {
    for (const name of readdirSync(this.folder)) rmSync(this.at(name), { recursive: true });
    for (const { name, content } of snapshot) {
      if (content) writeFileSync(this.at(name), content);
      else mkdirSync(this.at(name));
    }
    this.#keys.clear();
    this.#inDatabase.clear();
    this.look('before');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  pressWords(output: string, count: number, ...more: string[]): string[] {
    const words = ['--hex-input-file', this.at('donor.hex'), '--db-input-file', this.at('db.json')];
    return [...words, '--hex-output-file', this.at(output), '--clone-copies', `${count}`, ...more];
  }

  /** A run in this process, as a process of its own for all others: its locks are those of somebody gone once it has ended. */
  async run(words: readonly string[], at = -1, fault: Fault = { kind: 'none' }): Promise<Outcome> {
    const faulty = faultyFiles(diskOperations, at, fault);
    const { status, text } = await runHere(words, faulty.files, oneOfMany(), 0);
    faulty.end();
    return { status: faulty.isDead ? undefined : status, text, operations: faulty.done.length };
  }

  /** Look at every database and image that lies here, and set down what is wrong. */
  look(when: string): void {
    this.#readDatabase(when);
    for (const name of readdirSync(this.folder)) {
      if (/\.hex(\.bak)?$/.test(name) && !/^donor|_base\.hex/.test(name)) this.#readImage(name, when);
    }
    if (readFileSync(this.at('donor.hex'), 'utf8') !== DONOR) {
      this.damage.broken.push(`${when}: the donor's dump changed`);
    }
  }

  /** No part, no record and no lock is left. A lock or record that was killed while being written may be: it holds no keys. */
  lookForLeftovers(when: string): void {
    const left = readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.meshpress-(lock|[0-9a-f]{12}(-\d+\.(new|bak)|\.run)$)/.test(name),
    );
    if (left.length > 0) this.damage.broken.push(`${when}: left behind ${left.join(', ')}`);
  }

  #readDatabase(when: string): void {
    const held = new Set<string>();
    try {
      const nodes = JSON.parse(readFileSync(this.at('db.json'), 'utf8')) as {
        nodes: { unicastAddress: number; deviceKey: string }[];
      };
      parseDatabase(readFileSync(this.at('db.json')));
      for (const { unicastAddress, deviceKey } of nodes.nodes) {
        held.add(identity(unicastAddress, deviceKey));
        this.#account(unicastAddress, deviceKey, when);
      }
    } catch (cause) {
      this.damage.broken.push(`${when}: the database cannot be read: ${String(cause)}`);
      return;
    }
    for (const one of this.#inDatabase) {
      if (!held.has(one)) this.damage.lost.push(`${when}: ${one} left the database`);
    }
    this.#inDatabase = held;
    if (!existsSync(this.at('db.json.bak'))) return;
    try {
      parseDatabase(readFileSync(this.at('db.json.bak')));
    } catch (cause) {
      this.damage.broken.push(`${when}: the backup cannot be read: ${String(cause)}`);
    }
  }

  #readImage(name: string, when: string): void {
    try {
      const base = name.startsWith('pages') ? ['pages_base.hex'] : [];
      const parts = [...base, name].map((part) => ({ name: part, bytes: readFileSync(this.at(part)) }));
      const { unicast, key } = this.#nodeOf(parts);
      this.#account(unicast, key, when);
      if (!this.#inDatabase.has(identity(unicast, key))) {
        this.damage.lost.push(`${when}: the key of ${name} is in no database`);
      }
    } catch (cause) {
      this.damage.broken.push(`${when}: ${name} cannot be read: ${String(cause)}`);
    }
  }

  /** Most images are looked at several times. */
  #nodeOf(parts: readonly DumpFile[]): NodeIdentity {
    const content = parts.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join();
    const known = this.#read.get(content);
    if (known) return known;
    const { nextBoot } = readImage(readDump(parts).image);
    const key = Buffer.from(nextBoot.deviceKeys[0]!.key).toString('hex');
    const node = { unicast: nextBoot.unicast!.start, key };
    if (this.#read.size > 100) this.#read.clear();
    this.#read.set(content, node);
    return node;
  }

  #account(unicast: number, key: string, when: string): void {
    const known = this.#keys.get(unicast);
    if (known !== undefined && known !== key) this.damage.doubled.push(`${when}: address ${unicast}`);
    this.#keys.set(unicast, key);
  }
}

const identity = (unicast: number, key: string): string => `${unicast} ${key}`;

/** A machine whose processes are the runs of this rig, one after the other. */
export function oneOfMany(): Machine {
  const pid = ++lastPid;
  return {
    host: thisMachine.host,
    pid,
    now: () => Date.now(),
    booted: 0,
    isRunning: (other) => other === pid || thisMachine.isRunning(other),
    sleep: () => Promise.resolve(),
    token: () => Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString('hex'),
  };
}
