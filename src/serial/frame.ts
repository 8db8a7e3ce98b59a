/**
 * Frames of the serial interface: `length, opcode, parameters`; `length` counts opcode and parameters. Neither delimiter nor
 * checksum, so a stream that has lost a byte must be brought to silence first.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, mesh/serial/api/nrf_mesh_serial.h and mesh/serial/src/serial_bearer.c.
 */
import { concatenate } from '../bytes.ts';

/** One frame without its length byte. */
export interface Frame {
  readonly opcode: number;
  readonly parameters: Uint8Array;
}

/** Longest parameters that the length byte can count. */
export const MAX_PARAMETERS = 254;

/** @throws RangeError when the parameters are longer than a frame can be */
export function formatFrame({ opcode, parameters }: Frame): Uint8Array {
  if (parameters.length > MAX_PARAMETERS) throw new RangeError(`Parameters of ${parameters.length} bytes`);
  return concatenate([Uint8Array.of(parameters.length + 1, opcode), parameters]);
}

/** Cuts a stream of bytes into frames, however it arrives. */
export class FrameReader {
  #pending: Uint8Array = new Uint8Array();

  /** The frames that are complete with this chunk, in order. */
  push(chunk: Uint8Array): Frame[] {
    const bytes = this.#pending.length === 0 ? chunk : concatenate([this.#pending, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (at < bytes.length) {
      const length = bytes[at]!;
      if (at + 1 + length > bytes.length) break;
      // a frame of length 0 says nothing; no release sends one
      if (length > 0)
        frames.push({ opcode: bytes[at + 1]!, parameters: bytes.slice(at + 2, at + 1 + length) });
      at += 1 + length;
    }
    this.#pending = bytes.slice(at);
    return frames;
  }

  /** Forget a frame whose rest has not come. */
  reset(): void {
    this.#pending = new Uint8Array();
  }

  /** Bytes of a frame whose rest has not come. */
  get pendingBytes(): number {
    return this.#pending.length;
  }
}
