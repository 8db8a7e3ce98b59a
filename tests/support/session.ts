/** A session in this process, and the same as the page's engine: every call answers later, as from a worker. */
import { clockAt, portableSha256 } from '../../src/clone/index.ts';
import { reportOf, type ErrorReport } from '../../src/errors.ts';
import { Session, type GivenFile } from '../../src/session/index.ts';
import type { Engine, CallOptions } from '../../src/worker/index.ts';
import { seededBytes } from './projects.ts';
import { readFileSync } from 'node:fs';
import { sampleDatabaseText, sampleDumpPath, smallDumpText } from './samples.ts';

/** Its clock stands, and its random bytes are the same every time. */
export const sessionHere = (seed?: string): Session =>
  new Session({
    clock: () => clockAt(new Date('2026-11-26T12:00:00Z')),
    randomBytes: seededBytes(seed),
    sha256: async () => portableSha256,
    version: 'test',
    commit: 'unknown',
  });

type AnyCall = (request: unknown, context: unknown) => unknown;

/** @param errorFrom  of the modules that the page has: errors cross as plain reports, and are rebuilt there */
export function engineOf(session: Session, errorFrom: (report: ErrorReport) => Error): Engine {
  const groups = {
    ...session,
    // what a test puts into the session's place holds here too
    plan: Object.assign(Object.create(session.plan) as object, {
      press: async (request: object, context: never) => {
        const parts: Uint8Array[] = [];
        const sink = { write: (bytes: Uint8Array) => void parts.push(bytes.slice()) };
        const pressed = await session.plan.press({ ...request, sink }, context);
        return { ...pressed, zip: new Blob(parts as Uint8Array<ArrayBuffer>[]) };
      },
    }),
  } as unknown as Record<string, Record<string, AnyCall>>;
  const call = async (
    group: string,
    name: string,
    request: unknown,
    { signal, onProgress }: CallOptions,
  ): Promise<unknown> => {
    const context = {
      signal: signal ?? new AbortController().signal,
      progress: async (progress: never) => onProgress?.(progress),
    };
    try {
      const answer = await groups[group]![name]!(structuredClone(request), context);
      return name === 'press' ? answer : structuredClone(answer);
    } catch (error) {
      throw errorFrom(reportOf(error));
    }
  };
  const members = <Member>(of: (name: string) => Member) =>
    new Proxy({} as Record<string, Member>, { get: (_, name) => of(String(name)) });
  return members((group) =>
    members(
      (name) =>
        (request: unknown, options: CallOptions = {}) =>
          call(group, name, request, options),
    ),
  ) as unknown as Engine;
}

export const sampleDump = (): GivenFile => ({
  name: 'client.hex.gz',
  bytes: new Uint8Array(readFileSync(sampleDumpPath)),
});
export const smallDump = (): GivenFile => ({
  name: 'client.hex',
  bytes: new TextEncoder().encode(smallDumpText()),
});
export const sampleDatabase = (): GivenFile => ({
  name: 'mesh.json',
  bytes: new TextEncoder().encode(sampleDatabaseText()),
});

export const asFile = ({ name, bytes }: GivenFile): File =>
  new File([bytes as Uint8Array<ArrayBuffer>], name);
