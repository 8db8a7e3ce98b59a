import {
  parseOobInput,
  type InputAction,
  type OobChoice,
  type OobInput,
  type OutputAction,
  type ProvisioningCapabilities,
} from '../../mesh/index.ts';
import { provisioningStopped } from '../errors.ts';

/** How the device proves that it is the one a person means. */
export type OobMethod = 'none' | 'static' | 'output' | 'input';

/** What a person is to do between the device and the screen. */
export type OobTask =
  | {
      readonly kind: 'type';
      readonly action: OutputAction;
      readonly size: number;
      /** What the virtual device shows. */
      readonly virtual: OobInput | null;
      readonly answer: (text: string) => void;
      readonly stop: () => void;
    }
  | { readonly kind: 'enter'; readonly action: InputAction; readonly value: OobInput };

/** The most readable first; what is counted takes patience. */
const OUTPUTS: readonly (readonly [OutputAction, bit: number])[] = [
  ['numeric', 3],
  ['alphanumeric', 4],
  ['blink', 0],
  ['beep', 1],
  ['vibrate', 2],
];
const INPUTS: readonly (readonly [InputAction, bit: number])[] = [
  ['numeric', 2],
  ['alphanumeric', 3],
  ['push', 0],
  ['twist', 1],
];

/** Out-of-band proof: what was chosen beforehand, and what is under way. */
export class OobState {
  method = $state<OobMethod>('none');
  /** Hex digits or text, at most 16 bytes. It is not kept. */
  staticValue = $state('');
  task = $state.raw<OobTask | null>(null);

  /** Somebody has to read or enter something. */
  get needsPerson(): boolean {
    return this.method === 'output' || this.method === 'input';
  }

  /** What was chosen, as the device offers it; a method it has not is refused by whoever provisions. */
  choose(offer: ProvisioningCapabilities): OobChoice {
    const { method } = this;
    if (method === 'static') return { staticValue: oobBytes(this.staticValue.trim()) };
    if (method === 'output') {
      const [action] = OUTPUTS.find(([, bit]) => (offer.outputOobActions >>> bit) & 1) ?? OUTPUTS[0]!;
      return { method, action, size: sizeFor(action, offer.outputOobSize) };
    }
    if (method === 'input') {
      const [action] = INPUTS.find(([, bit]) => (offer.inputOobActions >>> bit) & 1) ?? INPUTS[0]!;
      return { method, action, size: sizeFor(action, offer.inputOobSize) };
    }
    return 'none';
  }

  /** @throws `app/provisioning-stopped` when the person stops it */
  askFor(action: OutputAction, size: number, virtual: OobInput | null): Promise<string> {
    return new Promise((resolve, reject) => {
      this.task = {
        kind: 'type',
        action,
        size,
        virtual,
        answer: (text) => {
          this.task = null;
          resolve(text);
        },
        stop: () => {
          this.task = null;
          reject(provisioningStopped());
        },
      };
    });
  }

  show(action: InputAction, value: OobInput): void {
    this.task = { kind: 'enter', action, value };
  }

  close(): void {
    this.task = null;
  }
}

/** Whether it can be what the device shows. */
export const canBe = (action: OutputAction, size: number, text: string): boolean =>
  parseOobInput(action, size, text) !== undefined;

/** A person counts flashes and presses: one digit of them. */
const sizeFor = (action: OutputAction | InputAction, size: number): number =>
  action === 'numeric' || action === 'alphanumeric' ? Math.max(size, 1) : 1;

/** Hex digits, at most 16 bytes; what is no hex is taken as text. */
function oobBytes(given: string): Uint8Array {
  const isHex = /^([0-9a-f]{2}){1,16}$/i.test(given);
  const bytes = isHex
    ? Uint8Array.from(given.match(/../g)!, (pair) => Number.parseInt(pair, 16))
    : new TextEncoder().encode(given);
  return bytes.slice(0, 16);
}
