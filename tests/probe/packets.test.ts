import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packTransfers, readReply } from '../../src/probe/cmsis-dap/packets.ts';
import { readAp, readDp, writeAp, writeDp, pollAp, type SwdTransfer } from '../../src/probe/index.ts';

const register = fc.constantFrom(0x0 as const, 0x4 as const, 0x8 as const, 0xc as const);
const word = fc.integer({ min: 0, max: 0xffffffff });
const port = fc.constantFrom('dp' as const, 'ap' as const);
const transfer: fc.Arbitrary<SwdTransfer> = fc.oneof(
  fc.record({ kind: fc.constant('read' as const), port, register, count: fc.integer({ min: 1, max: 300 }) }),
  fc.record({
    kind: fc.constant('write' as const),
    port,
    register,
    words: fc.array(word, { minLength: 1, maxLength: 300 }),
  }),
  fc.record({ kind: fc.constant('poll' as const), port, register, mask: word, value: word }),
);

/** What a firmware that follows the specification to the letter understands of the packets. */
function understand(packets: Iterable<{ request: Uint8Array }>): string[] {
  const accesses: string[] = [];
  let mask: number | undefined;
  for (const { request } of packets) {
    const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
    const name = (bits: number) => `${bits & 1 ? 'ap' : 'dp'} ${bits & 0x0c}`;
    if (request[0] === 0x06) {
      const count = view.getUint16(2, true);
      for (let i = 0; i < count; i++) {
        const isRead = (request[4]! & 2) !== 0;
        accesses.push(
          isRead
            ? `read ${name(request[4]!)}`
            : `write ${name(request[4]!)} ${view.getUint32(5 + 4 * i, true)}`,
        );
      }
      continue;
    }
    let at = 3;
    for (let i = 0; i < request[2]!; i++) {
      const bits = view.getUint8(at++);
      const take = () => view.getUint32((at += 4) - 4, true);
      if (bits & 0x10) accesses.push(`poll ${name(bits)} ${mask} ${take()}`);
      else if (bits & 0x02) accesses.push(`read ${name(bits)}`);
      else if (bits & 0x20) mask = take();
      else accesses.push(`write ${name(bits)} ${take()}`);
    }
    expect(at).toBe(request.length);
  }
  return accesses;
}

const meant = (transfers: SwdTransfer[]): string[] =>
  transfers.flatMap((one) => {
    const where = `${one.port} ${one.register}`;
    if (one.kind === 'read') return Array.from({ length: one.count }, () => `read ${where}`);
    if (one.kind === 'write') return Array.from(one.words, (word) => `write ${where} ${word}`);
    return [`poll ${where} ${one.mask} ${one.value}`];
  });

describe('packing transfers', () => {
  test('a firmware understands exactly what was meant, whatever the packet size', () => {
    fc.assert(
      fc.property(
        fc.array(transfer, { maxLength: 12 }),
        fc.constantFrom(64, 512, 1024),
        (transfers, packetSize) => {
          expect(understand(packTransfers(transfers, packetSize))).toEqual(meant(transfers));
        },
      ),
    );
  });

  test('neither a request nor its reply is longer than a packet', () => {
    fc.assert(
      fc.property(
        fc.array(transfer, { maxLength: 12 }),
        fc.constantFrom(64, 512, 1024),
        (transfers, packetSize) => {
          for (const { request, reads } of packTransfers(transfers, packetSize)) {
            expect(request.length).toBeLessThanOrEqual(packetSize);
            expect((request[0] === 0x05 ? 3 : 4) + 4 * reads).toBeLessThanOrEqual(packetSize);
          }
        },
      ),
    );
  });

  test('a kilobyte to one register takes 18 packets of 14 words and one of the rest', () => {
    const packets = [...packTransfers([writeAp(0xc, new Uint32Array(256))], 64)];
    expect(packets.map((one) => one.transfers)).toEqual([...Array<number>(18).fill(14), 4]);
  });

  test('three words with their polls share a packet of 64 bytes', () => {
    const oneWord = [writeAp(0x4, 0x1000), writeAp(0xc, 1), writeAp(0x4, 0x4001e400), pollAp(0xc, 1, 1)];
    const packets = [...packTransfers([...oneWord, ...oneWord, ...oneWord], 64)];
    expect(packets.map((one) => one.request.length)).toEqual([63, 5 + 3]);
  });
});

describe('reading a reply', () => {
  const [packet] = packTransfers([writeDp(0x8, 0), readDp(0x4), readAp(0xc)], 64);
  const read = (...bytes: number[]) => {
    const words = new Uint32Array(2);
    readReply(new DataView(Uint8Array.from(bytes).buffer), packet!, words, 0, 10, 'probe');
    return [...words];
  };

  test('words stand in the order of the reads, however many writes were between', () => {
    expect(read(5, 3, 1, 1, 0, 0, 0, 2, 0, 0, 0x80)).toEqual([1, 0x80000002]);
  });
  test('padding behind the last word is passed over', () => {
    expect(read(5, 3, 1, 1, 0, 0, 0, 2, 0, 0, 0, 9, 9, 9)).toEqual([1, 2]);
  });
  test.each([
    ['probe/wait', 2],
    ['probe/fault', 4],
    ['probe/no-ack', 7],
    ['probe/parity', 8],
    ['probe/mismatch', 0x11],
    ['probe/mismatch', 0x10],
  ])('%s is told with the number of transfers done (acknowledge %i)', (code, ack) => {
    expect(() => read(5, 2, ack)).toThrow(expect.objectContaining({ code, facts: { done: 12 } }));
  });
  test('an error found in the check after the last write comes with the full count', () => {
    expect(() => read(5, 3, 4, 1, 0, 0, 0, 2, 0, 0, 0)).toThrow(
      expect.objectContaining({ code: 'probe/fault' }),
    );
  });
  test('fewer transfers than asked are an error even when the last went well', () => {
    expect(() => read(5, 2, 1, 1, 0, 0, 0)).toThrow(expect.objectContaining({ code: 'probe/protocol' }));
  });
  test.each([[[5]], [[5, 3, 1, 1, 0, 0, 0]]])('a reply cut short is an error: %j', (bytes) => {
    expect(() => read(...bytes)).toThrow(expect.objectContaining({ code: 'probe/protocol' }));
  });
});
