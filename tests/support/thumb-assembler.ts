/**
 * As much of an assembler as the program in RAM is written for: GNU syntax in, the listing with addresses and half-words out.
 *
 * It reads the right half of a listing and makes the left half anew, so that the two cannot part. ARMv6-M instructions,
 * `.equ`, `.word`, `ldr rd, =value` with its constants at the next `.ltorg` or the end, local labels `1:` to `9:`.
 * Source of the encodings: ARMv6-M Architecture Reference Manual (Arm DDI 0419), chapter A5, read apart from src/virtual/thumb.ts.
 */

/** Columns before the source. */
const MARGIN = 15;

interface Line {
  readonly text: string;
  readonly label: string | undefined;
  readonly operation: string;
  readonly operands: readonly string[];
  address: number;
}

/** The same listing with its left half made from the right one. @throws on what it cannot read */
export function assembleListing(listing: string): string {
  const equates = new Map<string, number>();
  const lines: Line[] = [];
  const pool = new Set<number>();
  const value = (text: string) => equates.get(text) ?? number(text);
  let address = 0;
  const place = (line: Line) => {
    line.address = address;
    address += sizeOf(line);
    lines.push(line);
  };
  const placePool = () => {
    if (pool.size > 0 && address % 4 > 0) place(read(added('nop')));
    for (const one of pool) place(read(added(`.word   0x${hex(one, 8)}`)));
    pool.clear();
  };
  for (const text of sourceOf(listing)) {
    const line = read(text);
    if (line.operation === '.equ') equates.set(line.operands[0]!, number(line.operands[1]!));
    place(line);
    const literal = literalOf(line);
    if (literal !== undefined) pool.add(value(literal));
    if (line.operation === '.ltorg') placePool();
  }
  placePool();
  const values: Values = {
    value,
    label: (name, from) => labelled(lines, name, from),
    literal: (text, from) =>
      lines
        .slice(from)
        .find(
          ({ operation, operands, text: whole }) =>
            whole.endsWith(OF_POOL) && operation === '.word' && value(operands[0]!) === value(text),
        )!.address,
  };
  return lines.map((line, index) => row(line, encode(line, index, values))).join('\n');
}

/** Marks what the assembler adds: constants of instructions before. */
const OF_POOL = '@ constant';
const added = (text: string) => `${' '.repeat(8)}${text.padEnd(32)}${OF_POOL}`;

/** What a person wrote: without the left half, and without constants. */
const sourceOf = (listing: string): string[] =>
  listing
    .split('\n')
    .map((line) => line.slice(MARGIN))
    .filter((line) => !line.endsWith(OF_POOL));

function row({ address, text }: Line, halfWords: readonly number[]): string {
  const left = halfWords.length === 0 ? '' : [address, ...halfWords].map((one) => hex(one, 4)).join(' ');
  return `${left.padEnd(MARGIN)}${text}`.trimEnd();
}

function read(text: string): Line {
  const [, label, operation = '', operands = ''] = /^(?:(\w+):)?\s*(\.?\w*)\s*([^@]*)/.exec(text)!;
  const parts = operands.match(/\{[^}]*\}|\[[^\]]*\]|[^,\s]+/g) ?? [];
  return { text, label, operation, operands: parts, address: 0 };
}

const NOTHING = new Set(['', '.equ', '.ltorg']);
const LONG = new Set(['bl', 'dsb', 'isb', '.word']);
const sizeOf = ({ operation }: Line) => (NOTHING.has(operation) ? 0 : LONG.has(operation) ? 4 : 2);

const literalOf = ({ operation, operands }: Line) =>
  operation === 'ldr' && operands[1]!.startsWith('=') ? operands[1]!.slice(1) : undefined;

interface Values {
  readonly value: (text: string) => number;
  readonly label: (name: string, fromLine: number) => number;
  readonly literal: (text: string, fromLine: number) => number;
}

function labelled(lines: readonly Line[], name: string, from: number): number {
  const local = /^(\d)([bf])$/.exec(name);
  const found = !local
    ? lines.find(({ label }) => label === name)
    : local[2] === 'f'
      ? lines.slice(from + 1).find(({ label }) => label === local[1])
      : lines.slice(0, from + 1).findLast(({ label }) => label === local[1]);
  if (!found) throw new Error(`no label ${name}`);
  return found.address;
}

const CONDITIONS = ['eq', 'ne', 'hs', 'lo', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'];
const alias: Readonly<Record<string, string>> = { cs: 'hs', cc: 'lo' };
const TWO_REGISTERS = [
  ...['ands', 'eors', 'lsls', 'lsrs', 'asrs', 'adcs', 'sbcs', 'rors'],
  ...['tst', 'rsbs', 'cmp', 'cmn', 'orrs', 'muls', 'bics', 'mvns'],
];
const REGISTER_OFFSET = ['str', 'strh', 'strb', 'ldrsb', 'ldr', 'ldrh', 'ldrb', 'ldrsh'];

function encode(line: Line, index: number, { value, label, literal }: Values): number[] {
  const { operation, operands: given, address } = line;
  const fail = () => new Error(`not understood: ${line.text.trim()}`);
  const immediate = (text: string | undefined, limit: number, scale = 1) => {
    if (!text?.startsWith('#')) throw fail();
    const number = value(text.slice(1)) / scale;
    if (!Number.isInteger(number) || number < 0 || number > limit) throw fail();
    return number;
  };
  const isImmediate = (text: string | undefined) => text?.startsWith('#') ?? false;
  const low = (text: string | undefined) => {
    const found = register(text);
    if (found === undefined || found > 7) throw fail();
    return found;
  };
  const any = (text: string | undefined) => register(text) ?? raise(fail());
  const offset = (name: string, bits: number) => {
    const distance = (label(name, index) - address - 4) / 2;
    if (distance < -(2 ** (bits - 1)) || distance >= 2 ** (bits - 1))
      throw new Error(`too far: ${line.text.trim()}`);
    return distance;
  };
  // `adds r0, r0, r1` and `adds r0, r1` are the same
  const [d, a, b] = given;
  const condition = operation.startsWith('b') ? operation.slice(1) : '';

  switch (operation) {
    case '':
    case '.equ':
    case '.ltorg':
      return [];
    case '.word':
      return [value(d!) & 0xffff, value(d!) >>> 16];
    case 'nop':
      return [0x46c0];
    case 'dsb':
      return [0xf3bf, 0x8f4f];
    case 'isb':
      return [0xf3bf, 0x8f6f];
    case 'bx':
      return [0x4700 | (any(d) << 3)];
    case 'b':
      return [0xe000 | (offset(d!, 11) & 0x7ff)];
    case 'bl': {
      const far = offset(d!, 24);
      const sign = (far >> 23) & 1;
      const j1 = (~((far >> 22) & 1) & 1) ^ sign;
      const j2 = (~((far >> 21) & 1) & 1) ^ sign;
      return [
        0xf000 | (sign << 10) | ((far >> 11) & 0x3ff),
        0xd000 | (j1 << 13) | (j2 << 11) | (far & 0x7ff),
      ];
    }
    case 'adr':
      return [0xa000 | (low(d) << 8) | ((label(a!, index) - ((address + 4) & ~3)) / 4)];
    case 'push':
      return [0xb400 | list(d!, 'lr')];
    case 'pop':
      return [0xbc00 | list(d!, 'pc')];
    case 'ldmia':
      return [0xc800 | (low(d!.replace('!', '')) << 8) | list(a!)];
    case 'stmia':
      return [0xc000 | (low(d!.replace('!', '')) << 8) | list(a!)];
    case 'mov':
      return [0x4600 | ((any(d) & 8) << 4) | (any(a) << 3) | (any(d) & 7)];
    case 'add':
      if (d === 'sp') return [0xb000 | immediate(a, 127, 4)];
      return [0x4400 | ((any(d) & 8) << 4) | (any(a) << 3) | (any(d) & 7)];
    case 'movs':
      return isImmediate(a) ? [0x2000 | (low(d) << 8) | immediate(a, 255)] : [(low(a) << 3) | low(d)];
    case 'adds':
    case 'subs': {
      const minus = operation === 'subs' ? 1 : 0;
      if (b === undefined && isImmediate(a))
        return [0x3000 | (minus << 11) | (low(d) << 8) | immediate(a, 255)];
      const [first, second] = b === undefined ? [d, a] : [a, b];
      if (!isImmediate(second))
        return [0x1800 | (minus << 9) | (low(second) << 6) | (low(first) << 3) | low(d)];
      return [0x1c00 | (minus << 9) | (immediate(second, 7) << 6) | (low(first) << 3) | low(d)];
    }
    case 'cmp':
      if (isImmediate(a)) return [0x2800 | (low(d) << 8) | immediate(a, 255)];
      if (any(d) > 7 || any(a) > 7) return [0x4500 | ((any(d) & 8) << 4) | (any(a) << 3) | (any(d) & 7)];
      break;
    case 'rsbs':
      return [0x4240 | (low(a) << 3) | low(d)];
    case 'lsls':
    case 'lsrs':
    case 'asrs':
      if (isImmediate(b)) {
        const kind = ['lsls', 'lsrs', 'asrs'].indexOf(operation);
        return [(kind << 11) | (immediate(b, 31) << 6) | (low(a) << 3) | low(d)];
      }
      break;
  }

  const memory = /^\[(\w+)(?:,\s*(#?\w+))?\]$/.exec(a ?? '');
  if (operation === 'ldr' && a!.startsWith('='))
    return [0x4800 | (low(d) << 8) | ((literal(a!.slice(1), index) - ((address + 4) & ~3)) / 4)];
  if (memory) {
    const [, base, away = '#0'] = memory;
    const isLoad = operation.startsWith('ldr') ? 1 : 0;
    if (!isImmediate(away))
      return [
        0x5000 | (REGISTER_OFFSET.indexOf(operation) << 9) | (low(away) << 6) | (low(base) << 3) | low(d),
      ];
    if (base === 'sp') return [0x9000 | (isLoad << 11) | (low(d) << 8) | immediate(away, 255, 4)];
    const [code, size] = { b: [0x7000, 1], h: [0x8000, 2] }[operation.slice(3)] ?? [0x6000, 4];
    return [code! | (isLoad << 11) | (immediate(away, 31, size) << 6) | (low(base) << 3) | low(d)];
  }
  const place = TWO_REGISTERS.indexOf(operation);
  if (place >= 0) {
    const source = operation === 'muls' && b !== undefined ? (b === d ? a : b) : (b ?? a);
    return [0x4000 | (place << 6) | (low(source) << 3) | low(d)];
  }
  const at = CONDITIONS.indexOf(alias[condition] ?? condition);
  if (at < 0) throw fail();
  return [0xd000 | (at << 8) | (offset(d!, 8) & 0xff)];
}

function register(text = ''): number | undefined {
  const named = { sp: 13, lr: 14, pc: 15 }[text];
  if (named !== undefined) return named;
  const found = /^r(\d+)$/.exec(text);
  return found ? Number(found[1]) : undefined;
}

/** `{r0, r2-r4, lr}` as bits; `extra` is bit 8. */
function list(text: string, extra?: string): number {
  return text
    .replace(/[{}\s]/g, '')
    .split(',')
    .reduce((bits, one) => {
      if (one === extra) return bits | 0x100;
      const [from, to = from] = one.split('-').map((name) => register(name)!);
      for (let i = from!; i <= to!; i++) bits |= 1 << i;
      return bits;
    }, 0);
}

const number = (text: string): number => {
  const found = Number(text);
  if (!Number.isInteger(found)) throw new Error(`no number: ${text}`);
  return found;
};
const hex = (value: number, digits: number) => (value >>> 0).toString(16).padStart(digits, '0');
function raise(error: Error): never {
  throw error;
}
