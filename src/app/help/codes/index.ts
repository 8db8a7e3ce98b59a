/** What the help knows of every code that Meshpress can show. It is loaded when somebody asks. */
import { matcherFor } from '../places.ts';
import { APP } from './app.ts';
import { CLI } from './cli.ts';
import { CLONE } from './clone.ts';
import type { CodeHelp } from './code-help.ts';
import { FLASHFS } from './flashfs.ts';
import { GATT } from './gatt.ts';
import { HEX } from './hex.ts';
import { KINDS } from './kinds.ts';
import { CATALOGUE, MESHDB } from './meshdb.ts';
import { MESH } from './mesh.ts';
import { ON_AIR } from './on-air.ts';
import { PROBE } from './probe.ts';
import { PROVISION } from './provision.ts';
import { RANDOM } from './random.ts';
import { SERIAL } from './serial.ts';
import { STATION } from './station.ts';
import { TARGET } from './target.ts';
import { ZEPHYR } from './zephyr.ts';
import { ZIP } from './zip.ts';

export type { CodeHelp } from './code-help.ts';

/** One code with its help. */
export interface HelpedCode extends CodeHelp {
  /** `flashfs/node-reset`, `E30`. */
  readonly code: string;
}

const room = (title: string, codes: Readonly<Record<string, CodeHelp>>) => ({
  title,
  codes: Object.entries(codes).map(([code, help]): HelpedCode => ({ code, ...help })),
});

/** All codes, by what they are about. */
export const CODE_ROOMS = [
  room('The dump of an nRF5 SDK for Mesh node', FLASHFS),
  room('The dump of an nRF Connect SDK node', ZEPHYR),
  room('Intel HEX files', HEX),
  room('Dump, database and plan together', CLONE),
  room('Choices about clones', KINDS),
  room('The zip', ZIP),
  room('The database', MESHDB),
  room('Faults in a database', CATALOGUE),
  room('Random bytes', RANDOM),
  room('USB and probes', PROBE),
  room('Joining a mesh network', MESH),
  room('The chip on the board', TARGET),
  room('The bench and its journal', STATION),
  room('The kit on a serial port', SERIAL),
  room('The computer’s Bluetooth', GATT),
  room('A device joins the network', PROVISION),
  room('Clones on air', ON_AIR),
  room('The page', APP),
  room('The command line', CLI),
] as const;

const BY_CODE = new Map(CODE_ROOMS.flatMap(({ codes }) => codes.map((one) => [one.code, one] as const)));

export const helpOf = (code: string): HelpedCode | undefined => BY_CODE.get(code);

/** The codes in whose text the search is found, those whose title or code has it first. */
export function searchCodes(search: string): readonly HelpedCode[] {
  const holds = matcherFor(search);
  if (!holds) return [];
  const found = [...BY_CODE.values()].filter(({ code, title, cause, steps }) =>
    holds([code, title, cause, ...steps].join(' ')),
  );
  const isNear = ({ code, title }: HelpedCode) => holds(`${code} ${title}`);
  return [...found.filter(isNear), ...found.filter((one) => !isNear(one))];
}
