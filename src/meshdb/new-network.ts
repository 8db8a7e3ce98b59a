/** A network that did not exist before: fresh keys, and nobody in it yet. */
import { toHex } from '../bytes.ts';
import { convertDatabase, type DatabaseForm } from './convert.ts';
import { parseDatabase, type MeshDatabase } from './database.ts';
import { isTrivialKey, type RandomBytes } from './identity.ts';
import { badRandom } from './errors.ts';
import { printPlain } from './json-text.ts';
import { inOrder, timestampText, type Stamp } from './style.ts';

export interface NewNetworkOptions extends Stamp {
  readonly name: string;
  readonly dialect: DatabaseForm;
  /** One application key for each, in order of their indexes: `lights`, `locks`. At least one: PyACI loads no database without. */
  readonly appKeyNames: readonly string[];
}

/** Addresses PyACI hands out in a network as it is shipped; those below are for its serial ports. */
const FIRST_NODE_ADDRESS = 0x0010;
const HIGHEST_UNICAST = 0x7fff;
const GROUPS = { lowAddress: 0xc000, highAddress: 0xfeff };
const FIRST_GROUP = 0xc001;

/**
 * Make a network with one network key, as the empty database that is shipped with PyACI, but for its keys and UUIDs, which are
 * random: in form of PyACI, or of the phone apps.
 *
 * @param randomBytes  a cryptographic source
 * @throws             `meshdb/bad-random` when it is none
 */
export function newNetwork(options: NewNetworkOptions, randomBytes: RandomBytes): MeshDatabase {
  const drawn = new Set<string>();
  const draw = (): string => {
    const bytes = randomBytes(16);
    const digits = toHex(bytes);
    if (drawn.has(digits) || isTrivialKey(bytes)) throw badRandom();
    drawn.add(digits);
    return digits;
  };
  const pyaci = {
    $schema: '',
    meshName: options.name,
    meshUUID: draw(),
    ivIndex: 0,
    ivUpdate: 0,
    netKeys: [{ name: 'root', index: 0, key: draw(), phase: 0, minSecurity: 'low' }],
    appKeys: options.appKeyNames.map((name, index) => ({ name, index, boundNetKey: 0, key: draw() })),
    groups:
      options.appKeyNames.length === 0 ? [] : [{ name: 'Room 1', address: FIRST_GROUP, parentAddress: 0 }],
    nodes: [],
    provisioners: [
      {
        name: 'Meshpress',
        UUID: draw(),
        allocatedUnicastRange: [{ lowAddress: FIRST_NODE_ADDRESS, highAddress: HIGHEST_UNICAST }],
        allocatedGroupRange: [GROUPS],
      },
    ],
    timestamp: options.timestamp ?? timestampText('pyaci', options.now, options.timeZoneOffsetMinutes ?? 0),
  };
  const database = parseDatabase(printPlain(inOrder(pyaci, 'pyaci'), 2, 'ascii'));
  return options.dialect === 'pyaci'
    ? database
    : convertDatabase(database, options.dialect, options).database;
}
