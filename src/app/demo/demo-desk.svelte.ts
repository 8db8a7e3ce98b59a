/**
 * A desk with four virtual probes, and boards that a person plugs in and pulls out. Nothing on it is real but the code.
 *
 * The places are those of the bench's slots: `probes: DEMO_PROBES` gives each its own.
 */
import { MemoryImage, UICR_START, type Segment } from '../../image/index.ts';
import {
  CHIP_PROFILES,
  PROBE_PROFILES,
  VirtualBoard,
  type ChipName,
  type ProbeName,
} from '../../virtual/index.ts';
import { keepBoard, recallDesk, type KeptBoard } from '../browser/bench-memory.ts';
import { randomBytes } from '../browser/platform.ts';
import { hex, toHex } from '../../bytes.ts';
import type { ChipBytes } from '../../bench/index.ts';
import type { UnicastRun } from '../../mesh/index.ts';
import { PacedClock } from './paced-clock.ts';

/** What a fresh board is like. */
export const BOARD_KINDS = {
  blank: 'A blank board',
  protected: 'A protected board',
  node: 'A board that is a node',
  'other-chip': 'A board with another chip',
  worn: 'A board with worn flash',
} as const;
export type FreshKind = keyof typeof BOARD_KINDS;

/** How boards keep time: as real ones, or so many times faster at least, and waiting for nobody. */
const PACES = {
  real: { factor: 1, leaps: false },
  fast: { factor: 12, leaps: true },
} as const;
export type Pace = keyof typeof PACES;

export interface DeskPlace {
  readonly probe: ProbeName;
  readonly serial: string;
  readonly board: VirtualBoard | null;
  readonly plugged: boolean;
  readonly silicon: ChipName;
  readonly chipId: string;
  readonly wornAt: number | null;
}

/** What of a bench the desk needs. */
interface Sockets {
  plugIn(device: USBDevice): unknown;
  unplug(device: USBDevice): void;
}

/** Serial numbers of the probes, by their places. */
export const DEMO_PROBES = ['DEMO0001', 'DEMO0002', 'DEMO0003', 'DEMO0004'];
/** Of each kind one that is often met: what stock kits carry, in both generations, and what takes its place. */
const PROBES: readonly ProbeName[] = ['daplink', 'debug-probe', 'jlink-sam3u', 'jlink-nrf5340'];
/** In the middle of any firmware, so that it is found out late. */
const WORN_AT = 0x10a10;
const UICR_APPROTECT = UICR_START + 0x208;
const PROTECTED: Segment = { address: UICR_APPROTECT, bytes: new Uint8Array(4) };

/** Half a megabyte each time, encrypted. */
const KEEP_AT_WORK_MS = 2_000;

/** The node that a firmware finds in its flash when it starts. */
type FindNode = (chip: ChipBytes) => Promise<UnicastRun | null>;
/** Above what the program that writes flash needs, as a linker might have put it. */
const RTT = { address: 0x20002a10, size: 0x400 } as const;

export class DemoDesk {
  places = $state.raw<readonly DeskPlace[]>([]);
  pace = $state<Pace>('real');

  /** One is kept after the other, each as it is by then. */
  #kept: Promise<void> = Promise.resolve();
  /** By place: it was kept just now. */
  readonly #isFresh: boolean[] = [];
  readonly #clock = new PacedClock(PACES.real.factor);
  readonly #sockets: Sockets;
  readonly #silicon: ChipName;
  /** What a provisioned node has in its flash. */
  readonly #node: () => Promise<MemoryImage>;

  private constructor(
    sockets: Sockets,
    chip: string,
    node: () => Promise<MemoryImage>,
    readonly nodeIn: FindNode,
  ) {
    this.#sockets = sockets;
    this.#silicon = chip in CHIP_PROFILES ? (chip as ChipName) : 'nRF52832';
    this.#node = node;
  }

  /** A desk as it was left, or with four blank boards beside their probes, not yet plugged in. */
  static async open(
    sockets: Sockets,
    chip: string,
    node: () => Promise<MemoryImage>,
    nodeIn: FindNode,
  ): Promise<DemoDesk> {
    const desk = new DemoDesk(sockets, chip, node, nodeIn);
    const kept = await recallDesk();
    desk.places = DEMO_PROBES.map((serial, index) => {
      const probe = PROBES[index % PROBES.length]!;
      const empty: DeskPlace = {
        probe,
        serial,
        board: null,
        plugged: false,
        silicon: desk.#silicon,
        chipId: '',
        wornAt: null,
      };
      const was = kept.get(index);
      return was ? desk.#restored(empty, was) : empty;
    });
    for (const [index, place] of desk.places.entries()) if (place.plugged) desk.#connect(index);
    return desk;
  }

  /** What the probe at a place calls itself. */
  titleOf(index: number): string {
    const { probe } = this.places[index] ?? {};
    return probe ? PROBE_PROFILES[probe].usb.productName : '';
  }

  setPace(pace: Pace) {
    this.pace = pace;
    this.#clock.factor = PACES[pace].factor;
    this.#clock.leaps = PACES[pace].leaps;
  }

  /** A board that nobody has seen before goes to this place. */
  async plugInFresh(index: number, kind: FreshKind = 'blank'): Promise<void> {
    if (this.places[index]?.plugged) this.pull(index);
    const place = this.places[index];
    if (!place) return;
    const silicon = kind === 'other-chip' ? otherThan(this.#silicon) : this.#silicon;
    const chipId = toHex(randomBytes(8));
    const wornAt = kind === 'worn' ? WORN_AT : null;
    const contents =
      kind === 'protected'
        ? MemoryImage.of([PROTECTED])
        : kind === 'node'
          ? await this.#node()
          : MemoryImage.empty;
    const next = { ...place, silicon, chipId, wornAt, plugged: true };
    this.#put(index, { ...next, board: this.#board(next, contents) });
    this.#connect(index);
    await this.keep(index);
  }

  /** The board that was pulled here last. */
  plugInAgain(index: number) {
    const place = this.places[index];
    if (!place?.board || place.plugged) return;
    place.board.plugIn();
    this.#put(index, { ...place, plugged: true });
    this.#connect(index);
    void this.keep(index);
  }

  /** Pull the cable, whatever goes on. */
  pull(index: number) {
    const place = this.places[index];
    if (!place?.board || !place.plugged) return;
    const { device } = place.board;
    place.board.unplug();
    this.#put(index, { ...place, plugged: false });
    this.#sockets.unplug(device);
    void this.keep(index);
  }

  /** Remember the board of a place as it is when its turn comes; after a reload it is still there. */
  keep(index: number): Promise<void> {
    return (this.#kept = this.#kept.then(() => this.#keepNow(index)).catch(() => {}));
  }

  /** @param chipId  FICR DEVICEID, 16 hex digits in small letters; one that is on no place is kept already, or nowhere */
  async keepChip(chipId: string): Promise<void> {
    const index = this.places.findIndex((place) => place.chipId === chipId);
    if (index >= 0) await this.keep(index);
  }

  /** The same now and then for one that is being written: whoever kills the browser finds its flash half written, as a real one's. */
  async keepAtWork(index: number): Promise<void> {
    if (this.#isFresh[index]) return;
    this.#isFresh[index] = true;
    await this.keep(index);
    setTimeout(() => (this.#isFresh[index] = false), KEEP_AT_WORK_MS);
  }

  async #keepNow(index: number): Promise<void> {
    const place = this.places[index];
    if (!place?.board) return;
    const { probe, serial, silicon, chipId, wornAt, plugged, board } = place;
    const [flash, uicr] = [board.chip.flash.slice(), board.chip.uicr.slice()];
    await keepBoard(index, { probe, serial, silicon, chipId, wornAt, plugged, flash, uicr });
  }

  /** What the sample's firmware says when it starts: its address, as the engine finds it in its flash. */
  async #speak(silicon: ChipName, flash: Uint8Array, say: (text: string) => void): Promise<void> {
    const { chip } = CHIP_PROFILES[silicon];
    const node = await this.nodeIn({ segments: [{ address: 0, bytes: flash.slice() }], chip });
    say('<t:          0>, main.c,  528, ----- BLE Mesh Light Switch Client Demo -----\n');
    say('<t:        122>, main.c,  483, Initializing and adding models\n');
    if (node) say(`<t:       4127>, main.c,  165, Node Address: ${hex(node.start, 4).toLowerCase()} \n`);
  }

  #connect(index: number) {
    this.#sockets.plugIn(this.places[index]!.board!.device);
  }

  #put(index: number, place: DeskPlace) {
    this.places = this.places.with(index, place);
  }

  #restored(empty: DeskPlace, { silicon, chipId, wornAt, plugged, flash, uicr }: KeptBoard): DeskPlace {
    const place = { ...empty, silicon: silicon as ChipName, chipId, wornAt, plugged };
    const contents = MemoryImage.of([
      { address: 0, bytes: flash },
      { address: UICR_START, bytes: uicr },
    ]);
    const board = this.#board(place, contents);
    if (!plugged) board.unplug();
    return { ...place, board };
  }

  #board({ probe, serial, silicon, chipId, wornAt }: DeskPlace, contents: MemoryImage): VirtualBoard {
    return new VirtualBoard({
      probe,
      serial,
      silicon,
      contents,
      clock: this.#clock,
      firmware: {
        rtt: RTT,
        started: (flash, say) => void this.#clock.hold(this.#speak(silicon, flash, say)),
      },
      deviceId: BigInt(`0x${chipId}`),
      ...(wornAt !== null && { wornAt }),
    });
  }
}

const otherThan = (silicon: ChipName): ChipName => (silicon === 'nRF52810' ? 'nRF52832' : 'nRF52810');
