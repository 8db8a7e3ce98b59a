import { toHex } from '../../../bytes.ts';
import { GattBearer, keyRefresh, type GattNode } from '../../../gatt/index.ts';
import { networkKey, openOwnNode, unspentAddresses, type OwnNode } from '../../../mesh/index.ts';
import { radioAccessOf, uuidDigits, type MeshDatabase, type RadioAccess } from '../../../meshdb/index.ts';
import { ownAddressesIn } from '../../../on-air/index.ts';
import { currentDate, randomBytes } from '../../browser/platform.ts';
import { takeOwnNode } from '../../browser/radio-memory.ts';
import { noNetKeyToUse } from '../../errors.ts';
import type { OpenRadio, RadioSurroundings } from './open-radio.ts';

/** The computer's own Bluetooth, by way of a node that a person chose. */
export class BluetoothRadio implements OpenRadio {
  readonly node: GattNode;
  readonly #surroundings: RadioSurroundings;
  #open: { readonly network: string; readonly bearer: Promise<GattBearer> } | null = null;

  constructor(node: GattNode, surroundings: RadioSurroundings) {
    this.node = node;
    this.#surroundings = surroundings;
  }

  /** Beacons tell the IV index: what was said of it elsewhere is for the device that joins alone. */
  async bearerFor(database: MeshDatabase): Promise<GattBearer> {
    const network = uuidDigits(database.meshUuid);
    if (this.#open?.network === network) return this.#open.bearer;
    await this.leave();
    const bearer = this.#bearerOf(database);
    this.#open = { network, bearer };
    bearer.catch(() => (this.#open = null)); // the next question tries again
    return bearer;
  }

  close(): Promise<void> {
    return this.leave();
  }

  async leave(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.bearer.then((bearer) => bearer.close()).catch(() => undefined);
  }

  async #bearerOf(database: MeshDatabase): Promise<GattBearer> {
    const netKey = database.netKeys.find(({ key }) => key);
    if (!netKey?.key) throw noNetKeyToUse();
    if (netKey.phase !== 0) throw keyRefresh();
    const access = radioAccessOf(database);
    const own = await this.#ownNode(database, access, toHex(networkKey(netKey.key).networkId));
    return new GattBearer(
      this.node,
      {
        netKey: { index: netKey.index, key: netKey.key },
        appKeys: access.appKeys,
      },
      own,
      { randomBytes, keyAgreement: this.#surroundings.keyAgreement },
    );
  }

  /** Its address is noted among those of the kit, which must never take it, before it is used. */
  async #ownNode(database: MeshDatabase, access: RadioAccess, networkId: string): Promise<OwnNode> {
    const { id: network, ownAddresses } = access;
    const { ownNodes, records, keepRecord } = this.#surroundings;
    const former = await ownNodes.read(networkId).catch(() => undefined);
    const own = await openOwnNode({
      networkId,
      store: ownNodes,
      lock: takeOwnNode,
      ivIndex: database.ivIndex ?? 0,
      candidates: unspentAddresses(ownAddresses, ownAddressesIn(records()), network, former?.unicast),
      randomBytes,
    });
    if (own.unicast === former?.unicast) return own;
    try {
      await keepRecord({
        kind: 'own-address',
        network,
        unicast: own.unicast,
        ivIndex: own.iv.index,
        nextSequence: null,
        at: currentDate().toISOString(),
      });
      return own;
    } catch (error) {
      await own.close();
      throw error;
    }
  }
}
