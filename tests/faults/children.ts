/** Processes of the rig, each a real one with the whole command line in it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import type { Outcome } from './bench.ts';
import type { Order } from './child.ts';

const root = join(import.meta.dirname, '../..');

export class Children {
  readonly #folder: string;
  readonly #idle: ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bundle the program of the children, so that they start in a tenth of a second. */
  static async prepare(): Promise<Children> {
    const folder = mkdtempSync(join(tmpdir(), 'meshpress-children-'));
    await build({
      root,
      configFile: join(root, 'vite.cli.config.ts'),
      logLevel: 'error',
      build: {
        ssr: join(import.meta.dirname, 'child.ts'),
        outDir: folder,
        rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
      },
    });
    return new Children(folder);
  }

  /** Run a command in a process that dies at a file operation; if it has so many. */
  async killedAt(words: readonly string[], killAt: number): Promise<Outcome> {
    const child = await this.#child();
    this.#idle.push(await this.#start()); // the next one, meanwhile
    return await this.#order(child, { words, killAt });
  }

  /** Run a command in two processes at the same time. */
  async together(words: readonly string[]): Promise<Outcome[]> {
    const children = [await this.#child(), await this.#child()];
    return await Promise.all(children.map((child) => this.#order(child, { words, killAt: -1 })));
  }

  end(): void {
    for (const child of this.#idle) child.disconnect();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #child(): Promise<ChildProcess> {
    return this.#idle.pop() ?? (await this.#start());
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(join(this.#folder, 'child.mjs'), { execArgv: [] });
    await once(child, 'message');
    return child;
  }

  async #order(child: ChildProcess, order: Order): Promise<Outcome> {
    const answer = new Promise<Outcome>((resolve) => {
      child.once('message', (message) => resolve(message as Outcome));
      child.once('exit', () => resolve({ status: undefined, text: '', operations: order.killAt + 1 }));
    });
    child.send(order);
    const outcome = await answer;
    child.removeAllListeners();
    if (outcome.status !== undefined) this.#idle.push(child);
    return outcome;
  }
}
