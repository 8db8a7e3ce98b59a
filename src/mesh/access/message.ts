/** How an access message is declared: its opcode, its members, and what follows them to its end. */
import { concatenate, struct, type Field, type Struct } from '../../bytes.ts';
import { formatOpcode, readOpcode } from './opcode.ts';

/** What a message ends in when its length varies. `decode` gives nothing for bytes that no such message ends in. */
export interface Tail<Value> {
  encode(value: Value): Uint8Array;
  decode(bytes: Uint8Array): Value | undefined;
}

/** The rest of the message as it is. */
export const rest: Tail<Uint8Array> = { encode: (value) => value, decode: (bytes) => bytes.slice() };

/** One kind of access message. */
export interface AccessMessage<Parameters> {
  /** As the specification calls it. */
  readonly name: string;
  readonly opcode: number;
  /** Opcode and parameters. */
  encode(parameters: Parameters): Uint8Array;
  /** The parameters of a message of this kind; nothing for another kind or a malformed one. */
  decode(access: Uint8Array): Parameters | undefined;
}

/** The parameters of a declared message. */
export type ParametersOf<M> = M extends AccessMessage<infer Parameters> ? Parameters : never;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a Field is invariant in its value; any member type must fit
type Members = Record<string, Field<any>>;
type Values<M extends Members> = Parameters<Struct<M>['encode']>[0];

/** Declare a message whose parameters have one size. */
export function message<const M extends Members>(
  name: string,
  opcode: number,
  members: M,
): AccessMessage<Values<M>> {
  const layout = struct(members);
  return {
    name,
    opcode,
    encode: (parameters) => concatenate([formatOpcode(opcode), layout.encode(parameters)]),
    decode(access) {
      const parameters = parametersOf(access, opcode);
      return parameters?.length === layout.size ? (layout.decode(parameters) as Values<M>) : undefined;
    },
  };
}

/** Declare a message that ends in something of varying length, named `tailName`. */
export function messageWithTail<const M extends Members, const Name extends string, Value>(
  name: string,
  opcode: number,
  members: M,
  tailName: Name,
  tail: Tail<Value>,
): AccessMessage<Values<M> & { readonly [Key in Name]: Value }> {
  const layout = struct(members);
  type Whole = Values<M> & { readonly [Key in Name]: Value };
  return {
    name,
    opcode,
    encode: (parameters) =>
      concatenate([formatOpcode(opcode), layout.encode(parameters), tail.encode(parameters[tailName])]),
    decode(access) {
      const parameters = parametersOf(access, opcode);
      if (parameters === undefined || parameters.length < layout.size) return undefined;
      const value = tail.decode(parameters.subarray(layout.size));
      return value === undefined
        ? undefined
        : ({ ...(layout.decode(parameters) as object), [tailName]: value } as Whole);
    },
  };
}

function parametersOf(access: Uint8Array, opcode: number): Uint8Array | undefined {
  const head = readOpcode(access);
  return head?.opcode === opcode ? access.subarray(head.size) : undefined;
}
