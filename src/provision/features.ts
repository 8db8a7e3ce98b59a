/**
 * The features of a donor that decide who can be reached through its clones, asked before it is read out: their states are those of
 * all clones.
 */
import { requests, type Request } from '../mesh/access/index.ts';
import type { NodeChannel } from '../mesh/index.ts';
import type { ProvisionFinding as Finding, ProvisionFindingCode } from './errors.ts';

/** As Config messages have it. Source: Mesh Protocol 1.1, 4.2.8 (relay) and 4.2.12 (GATT proxy). */
export type FeatureState = 'off' | 'on' | 'not supported';

const STATES: readonly FeatureState[] = ['off', 'on', 'not supported'];
const TRIES = 3;

export interface DonorFeatures {
  /** `undefined`: it did not answer. */
  readonly relay: FeatureState | undefined;
  readonly gattProxy: FeatureState | undefined;
  readonly findings: readonly Finding[];
}

const warning = (code: ProvisionFindingCode, message: string, hint: string): Finding => ({
  severity: 'warning',
  code,
  message,
  hint,
});

/** @throws what the channel throws */
export async function readFeatures(channel: NodeChannel): Promise<DonorFeatures> {
  const ask = async <Answer>(request: Request<Answer>, stateOf: (answer: Answer) => number) => {
    for (let tries = 0; tries < TRIES; tries++) {
      const { heard } = await channel.ask(request);
      if (heard) return STATES[stateOf(heard.answer)];
    }
    return undefined;
  };
  const relay = await ask(requests.relay(), (answer) => answer.relay);
  const gattProxy = await ask(requests.gattProxy(), (answer) => answer.gattProxy);
  const findings: Finding[] = [];
  if (relay && relay !== 'on')
    findings.push(
      warning(
        'provision/no-relay',
        relay === 'off' ? 'The node’s Relay is switched off.' : 'The node’s firmware has no Relay.',
        'Clones do not relay either, and through one with the nRF5 SDK for Mesh a computer reaches that one alone.',
      ),
    );
  if (gattProxy && gattProxy !== 'on')
    findings.push(
      warning(
        'provision/no-proxy',
        gattProxy === 'off'
          ? 'The node’s GATT Proxy is switched off.'
          : 'The node’s firmware has no GATT Proxy.',
        'No phone or computer can connect to its clones.',
      ),
    );
  return { relay, gattProxy, findings };
}
