/** The machine a run is on, as far as runs must know of each other. */
import { readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { toHex } from '../bytes.ts';
import { randomBytes } from './random.ts';

export interface Machine {
  /**
   * Where process ids mean the same: the name of the machine, and on Linux the id of its space of processes, since containers
   * may share a folder and a name.
   */
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** When the machine was started: no process is older. */
  readonly booted: number;
  isRunning(pid: number): boolean;
  sleep(ms: number): Promise<void>;
  /** Twelve hex digits that nobody else has. */
  token(): string;
}

export const thisMachine: Machine = {
  host: [hostname(), processSpace()].filter(Boolean).join(' '),
  pid: process.pid,
  now: () => Date.now(),
  booted: Date.now() - uptime() * 1000,
  isRunning,
  sleep: (ms) => after(ms),
  token: () => toHex(randomBytes(6)),
};

function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // not Linux
  }
}

/** Signal 0 asks and does nothing; a process of somebody else's may not be asked, and so is there. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
