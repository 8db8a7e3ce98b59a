/**
 * The secret that a person carries from one side to the other, and the value it becomes.
 * Source: Mesh Protocol 1.1, 5.4.1.3 (methods, actions), 5.4.2.4 (OOB values).
 */
import { ascii } from '../derivation.ts';
import { VALUE_SIZES, type Capabilities, type ProvisioningAlgorithm } from './pdus.ts';

/** In the order of their bits. */
export const OUTPUT_ACTIONS = ['blink', 'beep', 'vibrate', 'numeric', 'alphanumeric'] as const;
export const INPUT_ACTIONS = ['push', 'twist', 'numeric', 'alphanumeric'] as const;
export type OutputAction = (typeof OUTPUT_ACTIONS)[number];
export type InputAction = (typeof INPUT_ACTIONS)[number];

/** What a node offers; sizes are in digits or characters, 1 to 8. */
export interface OobOffer {
  /** A node may insist on one of the others (1.1). */
  readonly none: boolean;
  readonly static: boolean;
  readonly output: readonly OutputAction[];
  readonly outputSize: number;
  readonly input: readonly InputAction[];
  readonly inputSize: number;
}

const MAX_SIZE = 8;
const inBits = <T>(actions: readonly T[], bits: number, size: number): readonly T[] =>
  size > 0 ? actions.filter((_, bit) => (bits >>> bit) & 1) : [];

export function oobOfferOf(told: Capabilities): OobOffer {
  return {
    none: (told.oobType & 2) === 0,
    static: (told.oobType & 1) === 1,
    output: inBits(OUTPUT_ACTIONS, told.outputActions, told.outputSize),
    outputSize: Math.min(told.outputSize, MAX_SIZE),
    input: inBits(INPUT_ACTIONS, told.inputActions, told.inputSize),
    inputSize: Math.min(told.inputSize, MAX_SIZE),
  };
}

/** What a person chose of the offer. */
export type Authentication =
  | { readonly method: 'none' }
  /** Bytes that came with the node; where fewer are given, zeros follow, or stand in front as older Zephyr has it. */
  | { readonly method: 'static'; readonly value: Uint8Array; readonly zeros?: 'behind' | 'in-front' }
  /** The node shows something, the person types it. */
  | { readonly method: 'output'; readonly action: OutputAction; readonly size: number }
  /** We show something, the person enters it at the node. */
  | { readonly method: 'input'; readonly action: InputAction; readonly size: number };

/** Digits as a number, or characters of an alphanumeric action. */
export type OobInput = number | string;

/** Static value of the light switch examples of the nRF5 SDK for Mesh (`STATIC_AUTH_DATA`). */
export const NRF5_EXAMPLE_STATIC_OOB: Uint8Array = ascii('nordic_example_1');

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** A person counts flashes and presses. */
const MAX_COUNTED = 9;

const isCounted = (action: OutputAction | InputAction) => action !== 'numeric' && action !== 'alphanumeric';

/**
 * Draw what is shown on one side and entered on the other.
 *
 * @param size  digits or characters
 * @returns     1 to 10^size − 1, at most 9 where it is counted; or as many characters of 0–9 and A–Z
 */
export function drawOobInput(
  action: OutputAction | InputAction,
  size: number,
  randomBytes: (length: number) => Uint8Array,
): OobInput {
  if (action === 'alphanumeric')
    return Array.from({ length: size }, () => ALPHANUMERIC[below(ALPHANUMERIC.length, randomBytes)]!).join(
      '',
    );
  return 1 + below(isCounted(action) ? Math.min(10 ** size - 1, MAX_COUNTED) : 10 ** size - 1, randomBytes);
}

/** A number 0…limit − 1, each as likely; limit at most 2^32. */
function below(limit: number, randomBytes: (length: number) => Uint8Array): number {
  const fair = 2 ** 32 - (2 ** 32 % limit);
  for (;;) {
    const bytes = randomBytes(4);
    const drawn = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (drawn < fair) return drawn % limit;
  }
}

/** Nothing secret: both sides take zeros. */
export const noAuthValue = (algorithm: ProvisioningAlgorithm): Uint8Array =>
  new Uint8Array(VALUE_SIZES[algorithm]);

/** Bytes of static OOB as the value of an algorithm; longer ones are cut. */
export function staticAuthValue(
  algorithm: ProvisioningAlgorithm,
  given: Uint8Array,
  zeros: 'behind' | 'in-front' = 'behind',
): Uint8Array {
  const value = noAuthValue(algorithm);
  const used = given.subarray(0, value.length);
  value.set(used, zeros === 'behind' ? 0 : value.length - used.length);
  return value;
}

/** A number stands at the end, characters at the beginning. */
export function typedAuthValue(algorithm: ProvisioningAlgorithm, typed: OobInput): Uint8Array {
  const value = noAuthValue(algorithm);
  if (typeof typed === 'string') value.set(ascii(typed).subarray(0, value.length));
  else new DataView(value.buffer).setUint32(value.length - 4, typed);
  return value;
}

/** What a person typed, as the action asks for it; `undefined` when it cannot be that. */
export function parseOobInput(
  action: OutputAction | InputAction,
  size: number,
  text: string,
): OobInput | undefined {
  const typed = text.trim();
  if (action === 'alphanumeric')
    return typed.length >= 1 && typed.length <= size && /^[0-9A-Za-z]+$/.test(typed) ? typed : undefined;
  if (!/^\d{1,8}$/.test(typed)) return undefined;
  const number = Number(typed);
  return number >= 1 && number < 10 ** size ? number : undefined;
}
