/** A node of a database. */
import type { DatabaseFormat } from './dialect.ts';
import { booleanOf, itemsOf, member, stringOf, wholeOf, type Json } from './json.ts';
import type { CompositionRecord, ElementRecord } from './records.ts';
import { readHex, readKey, readKeyIndexes, readModel, readUnicast } from './values.ts';

/** State of a feature that a node does not have. */
const NOT_SUPPORTED = 2;

/** One node, read on demand: a database of 10,000 costs little until somebody looks. */
export class NodeRecord {
  readonly name: string;
  /** As written, with or without dashes. */
  readonly uuid: string;
  /** Primary address; 0 where the file has none that can be read, and possibly outside 0x0001..0x7FFF in a broken file. */
  readonly unicast: number;
  /** 0 where the file lists no elements, so that the number is unknown. */
  readonly elementCount: number;
  /** Marked as removed from the network (`excluded`, formerly `blacklisted`). */
  readonly excluded: boolean;

  constructor(
    readonly index: number,
    /** Where it stands in the text of its database; for this room only. */
    readonly json: Json,
    readonly isProvisioner: boolean,
    format: DatabaseFormat,
  ) {
    this.name = stringOf(member(json, 'name')) ?? '';
    this.uuid = stringOf(member(json, 'UUID')) ?? '';
    this.unicast = readUnicast(member(json, 'unicastAddress'), format) ?? 0;
    this.elementCount = itemsOf(member(json, 'elements')).length;
    this.excluded = (booleanOf(member(json, 'excluded')) ?? booleanOf(member(json, 'blacklisted'))) === true;
  }
  /** 16 bytes; missing in partial exports and where it cannot be read. */
  get deviceKey(): Uint8Array | undefined {
    return readKey(member(this.json, 'deviceKey'));
  }
  get netKeyIndexes(): readonly number[] {
    return readKeyIndexes(member(this.json, 'netKeys'));
  }
  get appKeyIndexes(): readonly number[] {
    return readKeyIndexes(member(this.json, 'appKeys'));
  }
  /** Number of source addresses its replay list holds (`crpl`); missing before its composition data was read. */
  get replayListLength(): number | undefined {
    const crpl = member(this.json, 'crpl');
    return wholeOf(crpl) ?? readHex(crpl);
  }
  /** What its composition data said; missing before they were read. */
  get composition(): CompositionRecord | undefined {
    const [cid, pid, vid] = ['cid', 'pid', 'vid'].map((key) => readHex(member(this.json, key)));
    const crpl = this.replayListLength;
    if (cid === undefined || pid === undefined || vid === undefined || crpl === undefined) return undefined;
    const features = member(this.json, 'features');
    const has = (name: string) => (wholeOf(member(features, name)) ?? NOT_SUPPORTED) !== NOT_SUPPORTED;
    return {
      cid,
      pid,
      vid,
      crpl,
      features: {
        relay: has('relay'),
        proxy: has('proxy'),
        friend: has('friend'),
        lowPower: has('lowPower'),
      },
      elements: this.elements.map(({ location, models }) => ({
        location: Number.parseInt(location, 16) || 0,
        models: models.map(({ modelId }) => modelId.toLowerCase()),
      })),
    };
  }
  /** Missing until the node told it. */
  get defaultTtl(): number | undefined {
    return wholeOf(member(this.json, 'defaultTTL'));
  }
  get elements(): readonly ElementRecord[] {
    return itemsOf(member(this.json, 'elements')).map((element, index) => ({
      index,
      name: stringOf(member(element, 'name')) ?? '',
      location: stringOf(member(element, 'location')) ?? '',
      models: itemsOf(member(element, 'models')).map(readModel),
    }));
  }
}
