import { describe, expect, test } from 'vitest';
import { CmsisDapFirmware, VirtualDebugPort, VirtualNrf52 } from '../../src/virtual/index.ts';

const firmware = () => {
  const port = new VirtualDebugPort(new VirtualNrf52());
  const probe = new CmsisDapFirmware(port, {
    packetSize: 64,
    packetCount: 4,
    serial: 'ab',
    dapVersion: '1.3.0',
    firmwareVersion: '0257',
  });
  const send = (...request: number[]) => [...(probe.execute(Uint8Array.from(request)) ?? [])];
  const connect = () => {
    send(0x02, 0x01);
    send(0x12, 56, 255, 255, 255, 255, 255, 255, 255);
    send(0x05, 0, 1, 0x02);
    send(0x05, 0, 1, 0x04, 0, 0, 0, 0x50);
  };
  return { port, send, connect };
};

describe('the virtual CMSIS-DAP firmware', () => {
  test('answers what it knows about itself, little-endian and with the final zero', () => {
    const { send } = firmware();
    expect(send(0x00, 0x03)).toEqual([0, 3, 97, 98, 0]);
    expect(send(0x00, 0xfe)).toEqual([0, 1, 4]);
    expect(send(0x00, 0xff)).toEqual([0, 2, 64, 0]);
    expect(send(0x00, 0x77)).toEqual([0, 0]);
  });

  test('answers an unknown command with one byte, and an abort not at all', () => {
    const { send } = firmware();
    expect(send(0x42)).toEqual([0xff]);
    expect(send(0x07)).toEqual([]);
  });

  test('refuses a clock of zero, and resets no target', () => {
    const { send } = firmware();
    expect(send(0x11, 0, 0, 0, 0)).toEqual([0x11, 0xff]);
    expect(send(0x0a)).toEqual([0x0a, 0, 0]);
  });

  test('does nothing on pins that are not connected', () => {
    const { send } = firmware();
    expect(send(0x05, 0, 1, 0x02)).toEqual([5, 0, 0]);
    expect(send(0x06, 0, 1, 0, 0x02)).toEqual([6, 0, 0, 0]);
  });

  test('reads DPIDR after a line reset', () => {
    const { send, connect } = firmware();
    connect();
    expect(send(0x05, 0, 1, 0x02)).toEqual([5, 1, 1, 0x77, 0x14, 0xa0, 0x2b]);
  });

  test('takes the padding that DAPjs sends with a read for the next request', () => {
    const { send, connect } = firmware();
    connect();
    // Two reads of CTRL/STAT, each followed by four zeros: the second request is byte 0x00, a write of 0x00060000 to ABORT.
    const reply = send(0x05, 0, 2, 0x06, 0, 0, 0, 0, 0x06, 0, 0, 0, 0);
    expect(reply).toEqual([5, 2, 1, 0x40, 0, 0, 0xf0]);
  });

  test('reports the full count with the error of the last write', () => {
    const { send, connect } = firmware();
    connect();
    send(0x05, 0, 1, 0x08, 0, 0, 0, 0);
    expect(send(0x05, 0, 2, 0x05, 0, 0, 0, 0x60, 0x0d, 1, 0, 0, 0).slice(0, 3)).toEqual([5, 2, 4]);
  });

  test('reports a mismatch as a flag beside the acknowledge', () => {
    const { send, connect } = firmware();
    connect();
    send(0x04, 0, 100, 0, 3, 0);
    const reply = send(0x05, 0, 2, 0x20, 1, 0, 0, 0, 0x16, 1, 0, 0, 0); // mask 1, CTRL/STAT bit 0 never is 1
    expect(reply).toEqual([5, 1, 0x11]);
  });
});
