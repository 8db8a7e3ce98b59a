/** `provision` and `verify-on-air` over a port that leads to a virtual kit: its bytes travel through a socket file, or a device file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatJournalCsv } from '../../src/bench/index.ts';
import { runCommand } from '../../src/cli/command-line.ts';
import { diskOperations } from '../../src/cli/files/index.ts';
import { thisMachine } from '../../src/cli/machine.ts';
import { systemClock, type Clock } from '../../src/clock.ts';
import { toHex } from '../../src/bytes.ts';
import { webKeyAgreement } from '../../src/mesh/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import { parseRadioJournal } from '../../src/on-air/index.ts';
import {
  VirtualMesh,
  VirtualMeshNode,
  VirtualSerialKit,
  VirtualSerialPort,
} from '../../src/virtual/index.ts';
import { NO_PSEUDO_TERMINAL, openPseudoTerminal } from '../support/pseudo-terminal.ts';
import { LIGHT, randomBytesOf, seededRandom } from '../support/virtual-network.ts';

/** Radio and firmware live so much faster than the command line, which keeps real time where nobody is silent. */
const HASTE = 40;
const hasty = (haste: number): Clock => ({
  now: () => performance.now() * haste,
  sleep: (ms, signal) => systemClock.sleep(ms / haste, signal),
  after: (ms, callback) => systemClock.after(ms / haste, callback),
});
const fast = hasty(HASTE);

let folder: string;
let server: Server;
let mesh: VirtualMesh;
let port: VirtualSerialPort;
const random = seededRandom(3);
const randomBytes = randomBytesOf(random);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshpress-air-'));
  mesh = new VirtualMesh({ clock: fast, random });
  const kit = new VirtualSerialKit({
    release: '3.2.0',
    mesh,
    clock: fast,
    keyAgreement: webKeyAgreement(crypto.subtle),
    randomBytes,
  });
  port = new VirtualSerialPort(kit);
  // one at a time, as a port has it
  let isFree: Promise<unknown> = Promise.resolve();
  server = createServer((socket) => {
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    isFree = carry(socket, closed, isFree).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(at('tty'), resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** The kit's port for one connection, from when it is free until the connection is closed. */
async function carry(socket: Socket, closed: Promise<unknown>, isFree: Promise<unknown>): Promise<void> {
  await isFree;
  if (socket.destroyed) return;
  await port.open({ baudRate: 115200 });
  const reader = port.readable.getReader();
  const writer = port.writable.getWriter();
  socket.on('data', (chunk) => void writer.write(Uint8Array.from(chunk)));
  const carrying = (async () => {
    for (let read = await reader.read(); !read.done; read = await reader.read()) socket.write(read.value!);
    socket.destroy();
  })();
  await closed;
  await reader.cancel();
  await carrying;
  reader.releaseLock();
  writer.releaseLock();
  await port.close();
}

const at = (name: string) => join(folder, name);
const nodes = () => parseDatabase(readFileSync(at('db.json'))).nodes;

const run = (...args: string[]) => runBy(systemClock, ...args);
async function runBy(clock: Clock, ...args: string[]) {
  let stdout = '';
  let stderr = '';
  const status = await runCommand(args, {
    print: (text) => (stdout += text),
    stderr: { write: (text: string) => void (stderr += text), redraw: () => {} },
    files: diskOperations,
    machine: thisMachine,
    clock,
    lockWaitMs: 1000,
  });
  return { status, stdout, stderr };
}
const provision = (...more: string[]) =>
  run('provision', '--port', at('tty'), '--db-input-file', at('db.json'), '--scan', '1', ...more);
const VERIFY = () => ['verify-on-air', '--port', at('tty'), '--db-input-file', at('db.json')];
const verify = (...more: string[]) => run(...VERIFY(), ...more);

describe('from nothing to a node that answers', () => {
  test('a new network, a device in it, and the proof that it lives', async () => {
    const light = new VirtualMeshNode(mesh, { uuid: randomBytes(16), composition: LIGHT });
    const joined = await provision('--new-network', 'Home', '--node-name', 'Lamp');
    expect(joined).toMatchObject({ status: 0 });
    expect(joined.stdout).toContain('Lamp  0x0010  1 elements  joined');
    expect(joined.stdout).toContain('model 1000 bound to key 0: done');
    expect(toHex(nodes()[0]!.deviceKey!)).toBe(toHex(light.network!.deviceKey));

    const again = await provision('--uuid', toHex(light.uuid));
    expect(again.stdout.match(/already/g)).toHaveLength(6);

    const proven = await verify();
    expect(proven).toMatchObject({ status: 0 });
    expect(proven.stdout).toMatch(/Lamp {2}0x0010 {2}alive {2}\d+ ms {2}-\d+ dBm {2}1 hop\n1 of 1 alive\n/);

    light.isPowered = false; // it is not asked again, as it was alive
    expect((await verify('--level', 'probe')).stdout).toBe('1 of 1 alive (1 of them in an earlier run)\n');
    light.isPowered = true;
    expect((await verify('--level', 'probe', '--anew')).stdout).toMatch(
      /alive {2}\d+ ms[^]*\n1 of 1 alive\n$/,
    );

    const records = parseRadioJournal(readFileSync(at('db.json.radio'), 'utf8'));
    const addresses = records.flatMap((record) => (record.kind === 'own-address' ? [record.unicast] : []));
    expect(new Set(addresses).size).toBe(addresses.length); // a fresh one at each restart of this kit
    expect(readFileSync(at('db.json.radio'), 'utf8')).not.toContain(toHex(light.network!.deviceKey));
  });
});

describe('a device file', () => {
  test(`is set up, opened and left as a port is${NO_PSEUDO_TERMINAL && ` (skipped: ${NO_PSEUDO_TERMINAL})`}`, async (context) => {
    context.skip(NO_PSEUDO_TERMINAL !== '', NO_PSEUDO_TERMINAL);
    const terminal = await openPseudoTerminal(folder);
    try {
      await port.open({ baudRate: 115200 });
      const reader = port.readable.getReader();
      const writer = port.writable.getWriter();
      terminal.output.on('data', (chunk: Uint8Array) => void writer.write(Uint8Array.from(chunk)));
      void (async () => {
        for (let read = await reader.read(); !read.done; read = await reader.read())
          terminal.input.write(read.value!);
      })();
      const light = new VirtualMeshNode(mesh, { uuid: randomBytes(16), composition: LIGHT });
      const by = (command: string, ...more: string[]) =>
        run(command, '--port', terminal.path, '--db-input-file', at('db.json'), ...more);
      const joined = await by('provision', '--scan', '1', '--new-network', 'Home', '--node-name', 'Lamp');
      expect(joined).toMatchObject({ status: 0 });
      expect(toHex(nodes()[0]!.deviceKey!)).toBe(toHex(light.network!.deviceKey));
      const proven = await by('verify-on-air');
      expect(proven).toMatchObject({ status: 0 });
      expect(proven.stdout).toMatch(/^Lamp {2}0x0010 {2}alive .*\n1 of 1 alive\n$/);
      await reader.cancel();
    } finally {
      await terminal.close();
    }
  });

  test('that is no serial port is refused', async () => {
    writeFileSync(at('plain'), '');
    const { status, stderr } = await run(
      'provision',
      '--port',
      at('plain'),
      '--db-input-file',
      at('db.json'),
      '--new-network',
      'Home',
    );
    expect(status).toBe(1);
    expect(stderr).toContain('[cli/no-port]');
  });
});

describe('clones on boards, by the journal of the bench', () => {
  const CHIP = '37f21c4b5a0e0d00';
  const records = (network: string) =>
    formatJournalCsv([
      {
        kind: 'verified',
        identity: { network, clone: 'Lamp', unicast: 0x10, elementCount: 1 },
        chipId: CHIP,
        probe: 'DEMO1',
        imageSha256: '',
        result: '',
        run: 'one',
        number: 1,
        at: '2026-11-26T12:00:00.000Z',
      },
    ]);

  test('are asked, with their chips; one that answers although it should be on no board was exchanged', async () => {
    // two that are there; by the journal the second is on no board yet
    for (const name of ['Lamp', 'Other']) {
      new VirtualMeshNode(mesh, { uuid: randomBytes(16), composition: LIGHT });
      const more = existsSync(at('db.json')) ? [] : ['--new-network', 'Home'];
      expect(await provision('--node-name', name, ...more)).toMatchObject({ status: 0 });
    }
    const network = parseDatabase(readFileSync(at('db.json')))
      .meshUuid.replaceAll('-', '')
      .toLowerCase();
    writeFileSync(at('bench.csv'), records(network));
    const told = await verify('--board-journal', at('bench.csv'), '--level', 'probe');
    expect(told.stdout).toMatch(/^Lamp {2}0x0010 {2}alive .* chip 37f21c4b5a0e0d00\n1 of 1 alive\n$/);
    expect(told.stderr).toContain('1 on no board yet: not asked.');

    const lamp = mesh.stations.find(
      (station): station is VirtualMeshNode =>
        station instanceof VirtualMeshNode && station.network?.unicast === 0x10,
    )!;
    lamp.isPowered = false;
    const more = ['--board-journal', at('bench.csv'), '--level', 'probe', '--anew', '--json'];
    const exchanged = await runBy(hasty(8), ...VERIFY(), ...more);
    expect(exchanged.status).toBe(1);
    expect(JSON.parse(exchanged.stdout)).toMatchObject({
      results: [
        { unicast: 0x10, chipId: CHIP, verdict: 'silent', findings: [{ code: 'on-air/other-image' }] },
      ],
      unwritten: [{ name: 'Other', unicast: 0x11, elementCount: 1 }],
    });
    for (const { deviceKey } of nodes()) expect(exchanged.stdout).not.toContain(toHex(deviceKey!));

    writeFileSync(at('bench.csv'), records('ff'.repeat(16)));
    expect((await verify('--board-journal', at('bench.csv'))).stderr).toContain('[cli/no-boards]');
  });
});

describe('what does not go well', () => {
  test('a device must be chosen where there are several, and they are listed', async () => {
    const devices = [1, 2].map(
      () => new VirtualMeshNode(mesh, { uuid: randomBytes(16), composition: LIGHT }),
    );
    const { status, stdout, stderr } = await provision('--new-network', 'Home');
    expect(status).toBe(1);
    expect(stderr).toContain('[cli/which-device]');
    for (const { uuid } of devices) expect(stdout).toContain(toHex(uuid));
    expect(nodes()).toEqual([]);
  });

  test('no port, no database, nobody to prove: each is said', async () => {
    expect((await provision('--new-network', 'Home')).stderr).toContain('[cli/which-device]');
    expect((await verify()).stderr).toContain('[cli/no-clones]');
    expect((await provision('--new-network', 'Home')).stderr).toContain('[cli/output-is-input]');
    const elsewhere = ['--port', at('nowhere'), '--db-input-file', at('db.json')];
    expect((await run('provision', ...elsewhere)).stderr).toContain('[cli/no-port]');
    expect(await run('provision', '--db-input-file', at('db.json'))).toMatchObject({ status: 2 });
    expect(await provision('--static-oob', 'xyz')).toMatchObject({ status: 2 });
  });

  test('a database that was changed meanwhile is left alone, and the new node kept beside it', async () => {
    const light = new VirtualMeshNode(mesh, { uuid: randomBytes(16), composition: LIGHT });
    await provision('--new-network', 'Home', '--iv-index', '99'); // out of reach for this kit: the network alone is made
    const before = readFileSync(at('db.json'), 'utf8');
    const kept: string[] = [];
    const files = {
      ...diskOperations,
      // another program writes it just before it is replaced
      rename: (from: string, to: string) => diskOperations.rename(from, to),
      read: (path: string) => {
        const bytes = diskOperations.read(path);
        return path === at('db.json') && kept.push('read') > 1 ? Uint8Array.of(...bytes, 0x20) : bytes;
      },
    };
    let stderr = '';
    const status = await runCommand(
      ['provision', '--port', at('tty'), '--db-input-file', at('db.json'), '--scan', '1'],
      {
        print: () => {},
        stderr: { write: (text: string) => void (stderr += text), redraw: () => {} },
        files,
        machine: thisMachine,
        clock: systemClock,
        lockWaitMs: 1000,
      },
    );
    expect(status).toBe(1);
    expect(stderr).toContain('[provision/database-not-stored]');
    const rescued = /kept as (.*)\.\n/.exec(stderr)![1]!;
    expect(existsSync(rescued)).toBe(true);
    expect(toHex(parseDatabase(readFileSync(rescued)).nodes[0]!.deviceKey!)).toBe(
      toHex(light.network!.deviceKey),
    );
    expect(readFileSync(at('db.json'), 'utf8')).toBe(before);
  });
});
