/** A plain static host with the page in a subfolder. Another version can be put there, and the host can go away. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

export const DIST = join(import.meta.dirname, '../../dist');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.txt': 'text/plain',
  '.webmanifest': 'application/manifest+json',
};
const FOLDER = '/tools/meshpress/';

export class StaticHost {
  /** Where the files of the version lie that is served now. */
  files: string;
  /** Paths of all requests so far, in the folder of the page. */
  readonly asked: string[] = [];
  /** Nobody answers while it is away. */
  isAway = false;
  readonly #server: Server;

  private constructor(server: Server, files: string) {
    this.#server = server;
    this.files = files;
  }

  static async open(files = DIST): Promise<StaticHost> {
    const server = createServer(({ url = '' }, response) => {
      if (host.isAway) return void response.destroy();
      const path = url.startsWith(FOLDER) ? url.slice(FOLDER.length) || 'index.html' : null;
      try {
        const content = readFileSync(join(host.files, path ?? 'outside the folder'));
        host.asked.push(path!);
        response.setHeader('Content-Type', TYPES[extname(path!)] ?? 'application/octet-stream').end(content);
      } catch {
        response.writeHead(404).end();
      }
    });
    const host = new StaticHost(server, files);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host.#port = (server.address() as AddressInfo).port;
    return host;
  }

  #port = 0;
  get url(): string {
    return `http://127.0.0.1:${this.#port}${FOLDER}`;
  }

  /** From now on nobody answers. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
