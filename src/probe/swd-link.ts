/** For a report: no serial number, nothing that tells boards apart. */
export interface ProbeAnswer {
  readonly question: string;
  readonly answer: string;
}

/**
 * What a debug probe offers, in our words: registers of the target's debug port (DP) and access ports (AP), over SWD.
 *
 * Below lies one file per kind of probe, which knows the probe's packets and USB. Above lies `target/`, which knows what
 * the registers mean. A link knows neither SELECT nor TAR: a register here is one of four, as it stands in the SWD request.
 *
 * Every link keeps these promises:
 * - Calls are carried out one after another in the order made, however many are made at once.
 * - A posted AP read is completed by the link: a value belongs to the read that asked for it.
 * - WAIT is asked again by the link, for at least ten milliseconds of SWD traffic.
 * - A call that returns has reached the target: an error of its last write is thrown by the same call.
 * - After an error some later transfers of the same call may have been carried out, as packets in flight cannot be called
 *   back; sticky flags are left set, clearing them is the business above.
 */
export interface SwdLink {
  readonly info: ProbeInfo;

  /** Ask for a clock rate; the probe takes the nearest it can do that is not above. */
  setClock(hz: number): Promise<void>;

  /** Drive SWDIO with `bitCount` bits (1..256), the low bit of the first byte first. */
  sequence(bits: Uint8Array, bitCount: number): Promise<void>;

  /** Pull the reset pin low, or let it go. Works only where the board wires it and the chip listens to it. */
  setReset(asserted: boolean): Promise<void>;

  /**
   * Carry out transfers in order.
   *
   * @param signal  stops between two packets; what was sent before has then been carried out
   * @returns       the words of all reads, in order; polls give none
   * @throws        `probe/wait`, `probe/fault`, `probe/no-ack`, `probe/parity`, `probe/mismatch` with the fact `done` (transfers
   *                carried out before; `probe/no-target-power` for `probe/no-ack` where the probe measures the voltage),
   *                `probe/protocol`, `probe/timeout`, `probe/disconnected`
   */
  transfer(transfers: readonly SwdTransfer[], signal?: AbortSignal): Promise<Uint32Array>;

  /** What this probe tells of questions that its kind leaves open; see probe-answers.ts. The target is to be found anew afterwards. */
  answers?(): Promise<readonly ProbeAnswer[]>;

  /** Let go of target and probe. Never throws: a probe that is gone is let go of already. */
  close(): Promise<void>;
}

export interface ProbeInfo {
  readonly kind: ProbeKind;
  /** For a person: `DAPLink CMSIS-DAP`. */
  readonly title: string;
  /** What the probe calls itself by USB or by its own protocol; empty when it does not. */
  readonly serial: string;
  readonly firmware: string;
  /** Bytes of one request or reply. */
  readonly packetSize: number;
  /** Requests it takes before the first must be answered. */
  readonly packetCount: number;
  /** The chip on the development kit that runs the probe, where it tells; only the older of the two can be given DAPLink. */
  readonly interfaceChip?: 'ATSAM3U' | 'nRF5340';
  /** Voltage of the target when the probe was opened, in millivolts, where the probe measures it. */
  readonly targetMillivolts?: number;
}

export type ProbeKind = 'cmsis-dap' | 'jlink';

/** A register within its port or bank: bits 3 and 2 of its address. */
export type SwdRegister = 0x0 | 0x4 | 0x8 | 0xc;
export type SwdPort = 'dp' | 'ap';

export type SwdTransfer =
  /** Read one register `count` times. */
  | { readonly kind: 'read'; readonly port: SwdPort; readonly register: SwdRegister; readonly count: number }
  /** Write one register, word after word. */
  | {
      readonly kind: 'write';
      readonly port: SwdPort;
      readonly register: SwdRegister;
      readonly words: ArrayLike<number>;
    }
  /** Read a register again and again until its bits under `mask` are those of `value`; gives up after some thousand times. */
  | {
      readonly kind: 'poll';
      readonly port: SwdPort;
      readonly register: SwdRegister;
      readonly mask: number;
      readonly value: number;
    };

export const readDp = (register: SwdRegister): SwdTransfer => ({
  kind: 'read',
  port: 'dp',
  register,
  count: 1,
});
export const writeDp = (register: SwdRegister, word: number): SwdTransfer => ({
  kind: 'write',
  port: 'dp',
  register,
  words: [word],
});
export const readAp = (register: SwdRegister, count = 1): SwdTransfer => ({
  kind: 'read',
  port: 'ap',
  register,
  count,
});
export const writeAp = (register: SwdRegister, words: number | ArrayLike<number>): SwdTransfer => ({
  kind: 'write',
  port: 'ap',
  register,
  words: typeof words === 'number' ? [words] : words,
});
export const pollAp = (register: SwdRegister, mask: number, value: number): SwdTransfer => ({
  kind: 'poll',
  port: 'ap',
  register,
  mask,
  value,
});

/** The words a list of transfers will read. */
export const wordsRead = (transfers: readonly SwdTransfer[]): number =>
  transfers.reduce((sum, one) => sum + (one.kind === 'read' ? one.count : 0), 0);
