/**
 * A device file that behaves as a serial port does, with its other end in this process: what `script` makes for the program it
 * watches. Node can make none by itself. `script` is part of util-linux, and of macOS.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';

const isMac = process.platform === 'darwin';
const isThere = (program: string, ...args: string[]) => spawnSync(program, args).error === undefined;

/** Why there can be none on this machine; empty where there can. */
export const NO_PSEUDO_TERMINAL: string =
  process.platform !== 'linux' && !isMac
    ? `${process.platform} has no device files`
    : !isThere('script', '--version')
      ? '`script` is not installed (util-linux)'
      : !isThere('stty', '--version')
        ? '`stty` is not installed (coreutils)'
        : '';

export interface PseudoTerminal {
  /** Of the device file. */
  readonly path: string;
  /** What was written to the device. */
  readonly output: NodeJS.ReadableStream;
  /** To be read from the device. */
  readonly input: NodeJS.WritableStream;
  close(): Promise<void>;
}

/** @param folder  a file in it tells the path of the device */
export async function openPseudoTerminal(folder: string): Promise<PseudoTerminal> {
  const told = join(folder, 'pty');
  // the device is kept open by somebody who says nothing
  const inside = 'stty raw -echo; tty > "$PTY.new"; mv "$PTY.new" "$PTY"; exec sleep 600';
  const args = isMac ? ['-q', '/dev/null', 'sh', '-c', inside] : ['-qfc', inside, '/dev/null'];
  const child = spawn('script', args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, PTY: told, SHELL: '/bin/sh' },
  });
  await once(child, 'spawn');
  while (!existsSync(told)) {
    if (hasEnded(child)) throw new Error('`script` ended before it had made a terminal.');
    await after(5);
  }
  return {
    path: readFileSync(told, 'utf8').trim(),
    output: child.stdout,
    input: child.stdin,
    close: async () => {
      if (hasEnded(child)) return;
      child.kill();
      await once(child, 'close');
    },
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;
