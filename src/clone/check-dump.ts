/**
 * A node as it was read, against its record in a database: which node it is, and everything in which the two disagree.
 *
 * Below lies the donor's own search for its record; above lie the command line, and whoever asks what is on a board. It judges
 * no dump by whether it could be cloned.
 */
import { hex, toHex } from '../bytes.ts';
import type { Finding } from '../errors.ts';
import type { FactoryIds, Model, NodeState, Publication } from '../image/index.ts';
import type { ImageReading } from '../kinds/index.ts';
import { formatRun } from '../mesh/index.ts';
import { uuidDigits, type MeshDatabase, type ModelRecord, type NodeRecord } from '../meshdb/index.ts';
import { compareKeys, recordOf } from './donor.ts';
import * as errors from './errors.ts';
import type { CloneFinding } from './errors.ts';

export interface DumpCheck {
  /** Its record: by address and device key, or by the one of them that was found. */
  readonly node: NodeRecord | null;
  /** Nothing was found in which the two disagree. */
  readonly agrees: boolean;
  /** Every disagreement as an error or a warning; what was found equal, or could not be compared, as an info. */
  readonly findings: readonly Finding[];
}

/**
 * Compare a node with a database.
 *
 * @param ids  of the chip that the node runs on, where they are known: then its UUID is compared too
 */
export function checkDump(reading: ImageReading, database: MeshDatabase, ids?: FactoryIds): DumpCheck {
  const { settled, refusal } = reading;
  if (!settled.unicast) {
    const { code, message, hint } = refusal ?? errors.noNodeInDump(null);
    return checked(null, [{ severity: 'error', code, message, hint }]);
  }
  const { node, mismatch } = recordOf(reading, database);
  const parts: Finding[] = [];
  if (mismatch) {
    const { code, message, hint } = mismatch;
    parts.push({ severity: 'error', code, message, hint });
  }
  // a record of another node, or of another life of this one, has nothing else to agree in
  if (!node || (mismatch && mismatch.code !== 'clone/no-device-key')) return checked(node ?? null, parts);
  return checked(node, [
    ...parts,
    ...elementCounts(settled, node),
    ...compareKeys(settled, database),
    ...keyLists(settled, node),
    ...refreshPhases(settled, database),
    ...ivIndexes(settled, database),
    ...models(settled, node),
    ...uuids(reading, node, ids),
  ]);
}

function checked(node: NodeRecord | null, findings: readonly Finding[]): DumpCheck {
  const agrees = findings.every(({ severity }) => severity === 'info');
  const same: readonly CloneFinding[] =
    node && agrees
      ? [
          info(
            'clone/record-agrees',
            `Dump and record agree: address, elements, keys and settings of models of ${label(node)}.`,
          ),
        ]
      : [];
  return { node, agrees, findings: [...findings, ...same] };
}

function elementCounts({ unicast, mayHaveMoreElements }: NodeState, node: NodeRecord): Finding[] {
  const { count } = unicast!;
  const { elementCount } = node;
  if (elementCount === count || (mayHaveMoreElements && elementCount > count)) return [];
  if (elementCount === 0)
    return [
      differs(
        `The record of ${label(node)} lists no elements, the node has ${count}.`,
        'Read its composition data with the provisioner.',
      ),
    ];
  const { code, message, hint } = errors.elementCountDiffers(node.name, count, elementCount);
  return [{ severity: 'warning', code, message, hint }];
}

/** Which keys of the network the node has, as the record lists them. */
function keyLists(state: NodeState, node: NodeRecord): Finding[] {
  const compare = (kind: 'NetKey' | 'AppKey', has: readonly number[], listed: readonly number[]) => [
    ...has
      .filter((index) => !listed.includes(index))
      .map((index) =>
        differs(
          `The node has ${kind} ${index}; the record of ${label(node)} does not list it.`,
          'complete-donor takes it into the record.',
        ),
      ),
    ...listed
      .filter((index) => !has.includes(index))
      .map((index) =>
        differs(
          `The record of ${label(node)} lists ${kind} ${index}, which the node does not have.`,
          'Give it the key again with the provisioner, or read the node out again.',
        ),
      ),
  ];
  const indexes = (keys: readonly { readonly index: number }[]) => keys.map(({ index }) => index);
  return [
    ...compare('NetKey', indexes(state.netKeys), node.netKeyIndexes),
    ...compare('AppKey', indexes(state.appKeys), node.appKeyIndexes),
  ];
}

function refreshPhases(state: NodeState, database: MeshDatabase): Finding[] {
  return state.netKeys.flatMap(({ index, keyRefreshPhase }) => {
    const record = database.netKeys.find((one) => one.index === index);
    if (!record || record.phase === keyRefreshPhase) return [];
    return [
      differs(
        `NetKey ${index} is in key refresh phase ${keyRefreshPhase} on the node and ${record.phase} in the database.`,
        'Finish the key refresh with the provisioner.',
      ),
    ];
  });
}

/** PyACI alone keeps one, and never updates it from the network. */
function ivIndexes({ ivIndex }: NodeState, database: MeshDatabase): Finding[] {
  const recorded = database.ivIndex;
  if (recorded === undefined || recorded === ivIndex) return [];
  return [
    differs(
      `The node is at IV index ${ivIndex}, the database says ${recorded}.`,
      ivIndex > recorded
        ? 'PyACI does not follow the network; set ivIndex in the file before the next provisioning.'
        : 'The node was off air while the network moved on, or the dump is of a time before; it recovers by itself within 48 hours on air, up to 42 behind.',
    ),
  ];
}

/** Bindings, publications and subscriptions, model by model. */
function models(state: NodeState, node: NodeRecord): Finding[] {
  if (!state.modelsKnown && state.models.length === 0)
    return [
      info(
        'clone/not-compared',
        'Settings of models were not compared: the firmware of this release keeps none in flash.',
      ),
    ];
  const { elements } = node;
  const listed = elements.some((element) => element.models.length > 0);
  if (!listed)
    return [
      differs(
        `The record of ${label(node)} lists no models.`,
        'Read its composition data with the provisioner.',
      ),
    ];
  const findings: Finding[] = [];
  for (const [index, element] of elements.entries()) {
    const here = state.models.filter((model) => model.element === index);
    for (const record of element.models) {
      const model = here.find((one) => isSame(one, record, element.models));
      findings.push(...compareModel(model ?? NO_SETTINGS, record, index, here, element.models));
    }
  }
  const strangers = state.models.filter(
    (model) =>
      hasSettings(model) &&
      !elements[model.element]?.models.some((record, _, all) => isSame(model, record, all)),
  );
  return [
    ...findings,
    ...strangers.map((model) =>
      differs(
        `The node has settings for ${nameOf(model)} of element ${model.element}, which the record of ${label(node)} does not list.`,
        'Read its composition data with the provisioner.',
      ),
    ),
  ];
}

type Settings = Pick<Model, 'bindings' | 'publish' | 'subscriptions'>;
const NO_SETTINGS: Settings = { bindings: [], subscriptions: [] };
const hasSettings = ({ bindings, publish, subscriptions }: Settings) =>
  bindings.length > 0 || publish !== undefined || subscriptions.length > 0;

/** By id; where the image knows a model by its place alone, by its place among the record's SIG or vendor models. */
function isSame(model: Model, record: ModelRecord, all: readonly ModelRecord[]): boolean {
  if (model.modelId !== undefined) return record.modelId.toLowerCase() === idOf(model);
  if (!model.place) return false;
  const { list, index } = model.place;
  return all.filter(({ modelId }) => (modelId.length <= 4 ? 'sig' : 'vendor') === list)[index] === record;
}

const idOf = ({ companyId, modelId }: Model): string =>
  [companyId, modelId]
    .filter((part) => part !== undefined)
    .map((part) => part.toString(16).padStart(4, '0'))
    .join('');

const nameOf = (model: Model): string =>
  model.modelId === undefined
    ? `${model.place?.list === 'vendor' ? 'vendor' : 'SIG'} model ${model.place?.index ?? '?'}`
    : `model ${idOf(model).toUpperCase()}`;

function compareModel(
  model: Settings,
  record: ModelRecord,
  element: number,
  here: readonly Model[],
  records: readonly ModelRecord[],
): Finding[] {
  const who = `model ${record.modelId.toUpperCase()} of element ${element}`;
  const findings: Finding[] = [];
  const say = (node: string, listed: string) =>
    findings.push(
      differs(
        `On the node, ${who} ${node}; the record says ${listed}.`,
        'Configure it again with the provisioner, or read the node out again.',
      ),
    );
  const keys = (indexes: readonly number[]) =>
    indexes.length === 0 ? 'no AppKey' : `AppKey ${rising(indexes).join(', ')}`;
  if (!sameSet(model.bindings, record.bindings))
    say(`is bound to ${keys(model.bindings)}`, keys(record.bindings));

  const onNode = publicationText(model.publish);
  const inRecord = publicationText(record.publication);
  if (onNode !== inRecord) say(`publishes ${onNode}`, inRecord);

  // models that extend each other share one list, and a record may name it with one of them alone
  const elsewhere = (address: string, all: readonly (readonly string[])[]) =>
    all.some((list) => list.includes(address));
  const own = model.subscriptions.map(addressText);
  const listed = record.subscriptions.map(addressText);
  const onlyNode = own.filter(
    (one) =>
      !listed.includes(one) &&
      !elsewhere(
        one,
        records.map((other) => other.subscriptions.map(addressText)),
      ),
  );
  const onlyRecord = listed.filter(
    (one) =>
      !own.includes(one) &&
      !elsewhere(
        one,
        here.map((other) => other.subscriptions.map(addressText)),
      ),
  );
  if (onlyNode.length + onlyRecord.length > 0) say(`hears ${listText(own)}`, listText(listed));
  return findings;
}

/** `to 0xC001 with AppKey 0, TTL 5`, or `nowhere`. An unassigned address is none. */
function publicationText(publish: Publication | ModelRecord['publication']): string {
  if (!publish || publish.address === 0) return 'nowhere';
  return `to ${addressText(publish.address)} with AppKey ${publish.appKeyIndex}, TTL ${publish.ttl === 0xff ? 'default' : publish.ttl}`;
}

/** Four digits, or the label in capitals. */
function addressText(address: number | string | Uint8Array): string {
  if (typeof address === 'number') return hex(address, 4);
  return (typeof address === 'string' ? address.replaceAll('-', '') : toHex(address)).toUpperCase();
}

const listText = (items: readonly string[]): string => (items.length === 0 ? 'nothing' : items.join(', '));
const rising = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);
const sameSet = (a: readonly number[], b: readonly number[]): boolean =>
  rising([...new Set(a)]).join() === rising([...new Set(b)]).join();

/** What the board would call itself after a node reset. */
function uuids(reading: ImageReading, node: NodeRecord, ids: FactoryIds | undefined): Finding[] {
  if (!ids || !reading.deviceUuid) return [];
  const own = reading.deviceUuid(ids);
  if (!own)
    return [
      info(
        'clone/not-compared',
        `The UUID was not compared: ${reading.releases.likely.join(' and ') || 'releases of this stack'} make it in different ways.`,
      ),
    ];
  const [computed, recorded] = [own.uuid, node.uuid].map(uuidDigits) as [string, string];
  if (computed === recorded || (!own.certain && computed.slice(16) === recorded.slice(16))) return [];
  return [
    {
      severity: 'warning',
      code: 'clone/uuid-differs',
      message: `This board calls itself ${own.uuid} while it is not provisioned${own.certain ? '' : ' (if its application has the prefix of the SDK’s examples)'}; the record of ${label(node)} has ${node.uuid || 'none'}.`,
      hint: 'The UUID of a clone’s record is a placeholder until its board is known. set-uuid puts the board’s own there; a provisioned node never says it, so nothing else depends on it.',
    },
  ];
}

const label = ({ name, unicast, elementCount }: NodeRecord): string =>
  `${name || 'a node without a name'} (${formatRun({ start: unicast, count: Math.max(elementCount, 1) })})`;

const differs = (message: string, hint: string): CloneFinding => ({
  severity: 'warning',
  code: 'clone/record-differs',
  message,
  hint,
});

const info = (code: CloneFinding['code'], message: string): CloneFinding => ({
  severity: 'info',
  code,
  message,
  hint: '',
});
