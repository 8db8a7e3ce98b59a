/** What became of a node since its image was made: on air, configured again, or reset. Of keys only their indexes are told. */
import { equalBytes, hex, toHex } from '../bytes.ts';
import type { Model, NodeState } from '../image/index.ts';
import { formatRun, isClear, type StoredKey } from '../mesh/index.ts';
import type { CloneFinding } from './errors.ts';
import { thousands } from '../numbers.ts';

/** @param pressed  what its image says; `now` what was read of the board */
export function changesSince(pressed: NodeState, now: NodeState): readonly CloneFinding[] {
  if (!now.unicast)
    return [changed('The node was reset, or erased its state: it is not provisioned any more.', RESET)];
  const same = now.unicast.start === pressed.unicast?.start;
  if (!same)
    return [
      changed(
        `The board is ${formatRun(now.unicast)} now; it was pressed as ${pressed.unicast ? formatRun(pressed.unicast) : 'nobody'}.`,
        'It was provisioned anew, or another image was written to it.',
      ),
    ];
  const findings = [
    ...deviceKeys(pressed, now),
    ...keys('NetKey', pressed.netKeys, now.netKeys),
    ...keys('AppKey', pressed.appKeys, now.appKeys),
    ...models(pressed, now),
  ];
  const used = now.nextSequenceNumber - pressed.nextSequenceNumber;
  const air: CloneFinding[] = [];
  if (used > 0)
    air.push(
      told(
        `It has been running: its sequence number went from ${thousands(pressed.nextSequenceNumber)} to ${thousands(now.nextSequenceNumber)}.`,
        'Firmware sets numbers aside in blocks, so that is at most how many messages it sent.',
      ),
    );
  if (used < 0)
    findings.push(
      changed(
        `Its sequence number went back, from ${thousands(pressed.nextSequenceNumber)} to ${thousands(now.nextSequenceNumber)}.`,
        'Others drop its messages until it has caught up. It was written again with an older image, or reset and provisioned anew.',
      ),
    );
  if (now.ivIndex !== pressed.ivIndex)
    air.push(told(`It followed the network from IV index ${pressed.ivIndex} to ${now.ivIndex}.`, ''));
  const rest =
    findings.length === 0
      ? [
          told(
            `Keys and settings are as they were pressed.${air.length === 0 ? ' It has not been on air.' : ''}`,
            '',
          ),
        ]
      : [];
  return [...findings, ...air, ...rest];
}

const RESET = 'Provision it anew, or press it again.';

function deviceKeys(pressed: NodeState, now: NodeState): CloneFinding[] {
  const [before, after] = [pressed, now].map(
    ({ unicast, deviceKeys }) => deviceKeys.find(({ owner }) => owner === unicast!.start)?.key,
  );
  if (!before || !after || isSame(before, after)) return [];
  return [changed('It has another device key: it was provisioned anew at the same address.', RESET)];
}

interface HeldKey {
  readonly index: number;
  readonly key: StoredKey;
}

function keys(kind: string, before: readonly HeldKey[], after: readonly HeldKey[]): CloneFinding[] {
  const find = (all: readonly HeldKey[], index: number) => all.find((one) => one.index === index);
  const added = after.filter(({ index }) => !find(before, index));
  const gone = before.filter(({ index }) => !find(after, index));
  const other = after.filter(({ index, key }) => {
    const was = find(before, index);
    return was && !isSame(was.key, key);
  });
  const list = (some: readonly HeldKey[]) => some.map(({ index }) => `${kind} ${index}`).join(', ');
  return [
    ...(added.length > 0 ? [changed(`It was given ${list(added)} since.`, RECONFIGURED)] : []),
    ...(gone.length > 0 ? [changed(`${list(gone)} was taken from it since.`, RECONFIGURED)] : []),
    ...(other.length > 0
      ? [changed(`${list(other)} is another key than when it was pressed.`, REFRESHED)]
      : []),
  ];
}

const RECONFIGURED = 'A provisioner configured it; what the database knows of that is compared beside.';
const REFRESHED = 'The network has had a key refresh, in which it took part.';

function models(pressed: NodeState, now: NodeState): CloneFinding[] {
  if (!pressed.modelsKnown || !now.modelsKnown) return [];
  const before = new Map(pressed.models.map((model) => [placeOf(model), settingsOf(model)]));
  const different = now.models.filter((model) => before.get(placeOf(model)) !== settingsOf(model));
  if (different.length === 0) return [];
  return [
    changed(
      `${different.length} of its models ${different.length === 1 ? 'was' : 'were'} configured again since: ${different.map(nameOf).join(', ')}.`,
      RECONFIGURED,
    ),
  ];
}

const placeOf = ({ element, modelId, companyId, place }: Model): string =>
  [element, companyId, modelId, place?.list, place?.index].join(' ');
const nameOf = ({ element, modelId, companyId }: Model): string =>
  `${modelId === undefined ? 'a model' : hex(modelId, 4)}${companyId === undefined ? '' : ` of company ${hex(companyId, 4)}`} on element ${element}`;
function settingsOf({ bindings, publish, subscriptions }: Model): string {
  const address = (one: number | Uint8Array) => (typeof one === 'number' ? one : toHex(one));
  return JSON.stringify([
    bindings.toSorted((a, b) => a - b),
    publish && [address(publish.address), publish.appKeyIndex, publish.ttl],
    subscriptions.map(address).map(String).toSorted(),
  ]);
}

const isSame = (a: StoredKey, b: StoredKey): boolean =>
  isClear(a) && isClear(b) ? equalBytes(a, b) : typeof a === typeof b;

const changed = (message: string, hint: string): CloneFinding => ({
  severity: 'warning',
  code: 'clone/board-changed',
  message,
  hint,
});
const told = (message: string, hint: string): CloneFinding => ({
  severity: 'info',
  code: 'clone/board-as-pressed',
  message,
  hint,
});
