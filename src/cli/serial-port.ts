/** A serial port of this machine as the serial room wants one: a device file, or a socket that carries its bytes. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, statSync, write } from 'node:fs';
import { createConnection } from 'node:net';
import { ReadStream } from 'node:tty';
import { Writable } from 'node:stream';
import type { OpenablePort } from '../serial/index.ts';
import * as errors from './errors.ts';
import { reasonOf } from './files/operations.ts';

type Settings = Parameters<OpenablePort['open']>[0];
interface Ends {
  readonly input: NodeJS.ReadableStream & { destroy(): void };
  readonly output: Writable;
}

/** The port at a path: `/dev/ttyACM0`, `/dev/cu.usbmodem…`, or a Unix socket. */
export class PortFile implements OpenablePort {
  readonly #path: string;
  #ends: Ends | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws `cli/no-port` */
  async open(settings: Settings): Promise<void> {
    try {
      this.#ends = statSync(this.#path).isSocket()
        ? await connect(this.#path)
        : openTerminal(this.#path, settings);
    } catch (cause) {
      throw errors.noPort(this.#path, reasonOf(cause), cause);
    }
  }

  async close(): Promise<void> {
    this.#ends?.input.destroy();
    this.#ends?.output.destroy();
    this.#ends = undefined;
  }

  get readable() {
    const input = this.#ends?.input;
    if (!input) return null;
    return {
      getReader: () => {
        const chunks = input[Symbol.asyncIterator]();
        return {
          read: async () => {
            const { done, value } = await chunks.next();
            return done
              ? { done: true }
              : { done: false, value: Uint8Array.from(value as unknown as Buffer) };
          },
          cancel: async () => input.destroy(),
          releaseLock: () => {},
        };
      },
    };
  }

  get writable() {
    const output = this.#ends?.output;
    if (!output) return null;
    return {
      getWriter: () => ({
        write: (bytes: Uint8Array) =>
          new Promise<void>((resolve, reject) => {
            output.write(bytes, (error) => (error ? reject(error) : resolve()));
          }),
        close: async () => {},
        releaseLock: () => {},
      }),
    };
  }
}

async function connect(path: string): Promise<Ends> {
  const socket = createConnection(path);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', () => socket.destroy());
  return { input: socket, output: socket };
}

/** Speed and flow control are set by `stty`, which every system with device files has. */
function openTerminal(path: string, { baudRate, flowControl }: Settings): Ends {
  const flow = flowControl === 'hardware' ? 'crtscts' : '-crtscts';
  const which = process.platform === 'linux' ? '-F' : '-f';
  const { status, stderr } = spawnSync(
    'stty',
    [which, path, String(baudRate), 'raw', '-echo', '-hupcl', flow],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(stderr?.trim() || 'stty is not there');
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const input = new ReadStream(descriptor);
  const output = new Writable({
    write(chunk: Uint8Array, _, done) {
      writeAll(descriptor, chunk, done);
    },
  });
  input.on('close', () => attemptClose(descriptor));
  return { input: input as unknown as Ends['input'], output };
}

/** A driver whose buffer is full takes a part, or says to come again. */
function writeAll(descriptor: number, bytes: Uint8Array, done: (error?: Error | null) => void): void {
  write(descriptor, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(() => writeAll(descriptor, bytes, done), 1);
    else if (error || written === bytes.length) done(error);
    else writeAll(descriptor, bytes.subarray(written), done);
  });
}

function attemptClose(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // closed with its stream
  }
}
