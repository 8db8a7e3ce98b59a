/** What comes over a serial port: frames of a kit, and the log of whatever firmware is on it. */
import { concatenate, toHex } from '../../../src/bytes.ts';
import { wordOf, type LogLine } from '../../../src/log-lines.ts';
import { requests } from '../../../src/mesh/access/index.ts';
import {
  checkDatabase,
  formatDatabase,
  parseDatabase,
  type MeshDatabase,
} from '../../../src/meshdb/index.ts';
import { proveClones } from '../../../src/on-air/index.ts';
import { guideRecipe, Provisioner } from '../../../src/provision/index.ts';
import {
  formatFrame,
  FrameReader,
  MeshKit,
  openLine,
  parseEvent,
  SerialConsole,
  SerialDevice,
  type Frame,
  type OpenablePort,
} from '../../../src/serial/index.ts';
import {
  KIT_RELEASES,
  VirtualClock,
  VirtualSerialPort,
  type KitReleaseName,
  type SerialPeer,
} from '../../../src/virtual/index.ts';
import type { Pick } from '../../kinds/pick.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';
import { ANY_BYTES, IN_PLACE, LONGER, SHORTER, someBytes } from '../mutate/bytes.ts';
import { changed, once, oneOf, type Change } from '../mutate/choose.ts';
import { HOSTILE_NAMES } from '../mutate/names.ts';
import type { FuzzKind } from '../run.ts';
import { must, type Trial } from '../trial.ts';

const OPCODES = Array.from({ length: 0x100 }, (_, opcode) => opcode).filter((opcode) =>
  parseEvent({ opcode, parameters: new Uint8Array(254) }),
);

const withParameters = (frame: Frame, change: Change<Uint8Array>, pick: Pick): readonly Frame[] => [
  { ...frame, parameters: change(frame.parameters, pick).slice(0, 254) },
];
type FrameChange = (frame: Frame, pick: Pick) => readonly Frame[];
/** Lengths are right afterwards: what lies is in the frame. */
const FRAME_CHANGES: Readonly<Record<string, FrameChange>> = {
  'a frame that lies': (frame, pick) => withParameters(frame, oneOf(Object.values(IN_PLACE), pick), pick),
  'a short frame': (frame, pick) => withParameters(frame, oneOf(Object.values(SHORTER), pick), pick),
  'a long frame': (frame, pick) => withParameters(frame, oneOf(Object.values(LONGER), pick), pick),
  'another event': (frame, pick) => [{ ...frame, opcode: oneOf(OPCODES, pick) }],
  'an event that nobody expects': (frame, pick) => [
    { opcode: oneOf(OPCODES, pick), parameters: someBytes(pick(80), pick) },
    frame,
  ],
  'a frame twice': (frame) => [frame, frame],
  'a frame left out': () => [],
  'an opcode that is unknown': (frame, pick) => [{ ...frame, opcode: pick(256) }],
};

/** Stands between a peer and the port, and changes what the peer says. */
class Liar implements SerialPeer {
  constructor(
    readonly peer: SerialPeer,
    readonly change: (bytes: Uint8Array) => Uint8Array,
  ) {}
  connect(send: (bytes: Uint8Array) => void, unplug: () => void, baudRate: number): void {
    const lie = (bytes: Uint8Array) => {
      const said = this.change(bytes);
      if (said.length > 0) send(said);
    };
    this.peer.connect(lie, unplug, baudRate);
  }
  disconnect(): void {
    this.peer.disconnect();
  }
  receive(bytes: Uint8Array): void {
    this.peer.receive(bytes);
  }
  restart(): void {
    this.peer.restart();
  }
}

/** Frames are whole in what a kit sends at once. */
function lying(
  frames: FrameReader,
  each: number,
  pick: Pick,
  trial: Trial,
): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const said = frames.push(bytes).flatMap((frame) => {
      if (!once(each, pick)) return [formatFrame(frame)];
      const name = oneOf(Object.keys(FRAME_CHANGES), pick);
      trial.note(`${name} (${frame.opcode.toString(16)})`);
      return FRAME_CHANGES[name]!(frame, pick).map(formatFrame);
    });
    const whole = concatenate(said);
    return once(40 * each, pick) ? oneOf(Object.values(ANY_BYTES), pick)(whole, pick) : whole;
  };
}

const aci: FuzzKind = {
  name: 'aci',
  title: 'frames of a kit (serial)',
  weight: 3,
  async run(pick, trial) {
    const release = oneOf(Object.keys(KIT_RELEASES) as KitReleaseName[], pick);
    const network = new VirtualNetwork(release);
    trial.note(release);
    let isLying = once(8, pick);
    const lie = lying(new FrameReader(), oneOf([3, 8, 20, 60], pick), pick, trial);
    network.port = new VirtualSerialPort(new Liar(network.kit, (bytes) => (isLying ? lie(bytes) : bytes)));
    for (const { key } of [...network.network.netKeys, ...network.network.appKeys]) trial.secret(key);
    const { clone } = network.clone(0x10);
    trial.secret(clone.deviceKey);
    const light = network.device();
    const { clock, randomBytes } = network;
    const line = await openLine(network.port as unknown as OpenablePort, {
      clock,
      randomBytes,
      onFrame: (frame) => trial.tells(frame),
    });
    try {
      const device = await SerialDevice.identify(line);
      trial.accept();
      isLying = true;
      const kit = new MeshKit(device, network.network, network);
      await kit.restart();
      await SESSIONS[oneOf(Object.keys(SESSIONS), pick)]!({ network, kit, clone, light, trial, pick });
    } finally {
      isLying = false;
      await line.close();
      light.isPowered = false;
      network.kit.restart(); // it would look for devices for ever
    }
  },
};

interface Desk {
  readonly network: VirtualNetwork;
  readonly kit: MeshKit;
  readonly clone: ReturnType<VirtualNetwork['clone']>['clone'];
  readonly light: ReturnType<VirtualNetwork['device']>;
  readonly trial: Trial;
  readonly pick: Pick;
}

const SESSIONS: Readonly<Record<string, (desk: Desk) => Promise<void>>> = {
  async ask({ kit, clone, trial }) {
    const channel = await kit.open(clone);
    trial.tells(await channel.ask(requests.compositionData()));
    trial.tells(await channel.ask(requests.defaultTtl()));
    trial.tells(channel.arrivals);
    await channel.close();
  },
  async prove({ network, kit, clone, trial }) {
    const proof = await proveClones([clone], {
      bearer: kit,
      clock: network.clock,
      now: network.now,
      level: 'full',
    });
    trial.tells(proof);
  },
  async provision({ network, kit, light, trial }) {
    let stored: MeshDatabase = network.database;
    const provisioner = new Provisioner({
      bearer: kit,
      database: stored,
      store: async (database) => {
        stored = database;
        for (const { deviceKey } of database.nodes) if (deviceKey) trial.secret(deviceKey);
      },
      stamp: () => ({ now: network.now() }),
    });
    try {
      const { unicast } = await provisioner.provision({ uuid: toHex(light.uuid), name: 'Light' });
      trial.tells(await provisioner.configure(unicast, guideRecipe(stored)));
    } finally {
      const faults = checkDatabase(parseDatabase(formatDatabase(stored)))
        .filter(({ severity }) => severity === 'error')
        // a network that nobody is in yet, or whose node did not say what it has
        .filter(({ code }) => !['E09', 'E48', 'E06', 'E21'].includes(code));
      must(
        faults.length === 0,
        `The database has faults: ${faults.map(({ code, message }) => `${code} ${message}`).join('; ')}`,
      );
    }
  },
  async scan({ network, kit, trial }) {
    const controller = new AbortController();
    network.clock.after(3_000, () => controller.abort());
    await kit
      .scan((beacon) => trial.tells(beacon), controller.signal)
      .catch((error: unknown) => {
        if (!controller.signal.aborted) throw error;
      });
  },
};

/** What firmwares log, and what they do not. */
const LINES = [
  '<t:          0>, main.c,  312, ----- BLE Mesh Light Switch Client Demo -----\r\n',
  '<t:      45875>, main.c,  164, Sending msg: ONOFF SET 1\r\n',
  '<t:          0>, main.c,  248, Node Address: 0x0053\r\n',
  '<t:        120>, mesh_provisionee.c,  99, Successfully provisioned\r\n',
  '<t: 4294967295>, config_server.c, 2453, Node reset\r\n',
  '[00:00:00.382,446] <inf> bt_mesh_main: Primary Element: 0x0005\r\n',
  'uart:~$ [00:00:01.000,000] \u001b[1;31m<err> bt_mesh_net: \u001b[0mno key\r\n',
  '\u001b[2J\u001b[H\u001b]0;title\u0007\r\n',
  'Node Address: 0xFFFF\n',
  '\r\n\r\n\n',
] as const;
const LINE_CHANGES: Readonly<Record<string, Change<string>>> = {
  'a hostile word': (text, pick) =>
    text.replace(/\w+(?=[^\w]*$)/, oneOf(HOSTILE_NAMES, pick).replaceAll('$', '$$$$')),
  'without its end': (text) => text.trimEnd(),
  'very long': (text, pick) =>
    text
      .slice(0, 200)
      .repeat(oneOf([10, 100], pick))
      .replaceAll(/[\r\n]/g, ''),
  'a number out of range': (text, pick) =>
    text.replace(/\d+/, oneOf(['99999999999999999999', '-1', '0x'], pick)),
  'escapes in escapes': (text) => `\u001b[\u001b[31m${text.slice(0, 2000).replaceAll(' ', '\u001b[')}`,
  'blanks without end': (text, pick) => text.replace(' ', ' '.repeat(oneOf([2, 3000], pick))),
};

/** Changes of changes may be very long; a log of so many characters on one line is as good as a longer one. */
const LONGEST = 20_000;

/** A log as it comes, in pieces of any size, some of them damaged. */
export function someLog(pick: Pick, note: (text: string) => void): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let left = 1 + pick(12); left > 0; left--) {
    const line = oneOf(LINES, pick);
    const text = once(2, pick) ? changed<string>(line, LINE_CHANGES, pick, note).slice(0, LONGEST) : line;
    const bytes = new TextEncoder().encode(text);
    pieces.push(once(5, pick) ? changed(bytes, ANY_BYTES, pick, note) : bytes);
  }
  const all = concatenate(pieces);
  const cut: Uint8Array[] = [];
  for (let at = 0; at < all.length;) {
    const size = oneOf([1, 7, 64, 1024, 5000], pick);
    cut.push(all.slice(at, at + size));
    at += size;
  }
  return cut;
}

/** Lines are short enough to be shown, and none of them moves a cursor any more. */
export function lookAtLines(lines: readonly LogLine[], trial: Trial): void {
  trial.tells(lines);
  for (const line of lines) {
    must(line.text.length <= 1024 && line.source.length <= 70, 'A line is longer than any is shown');
    must(!/[\r\n]/.test(line.text.slice(0, -1)) || !line.text.includes('\n'), 'A line holds a line end');
    const word = wordOf(line);
    if (word?.kind === 'address') must(word.unicast >= 0 && word.unicast <= 0xffff, 'No address');
  }
}

const console: FuzzKind = {
  name: 'console',
  title: 'logs on a serial port',
  weight: 20,
  async run(pick, trial) {
    const clock = new VirtualClock();
    const lines: LogLine[] = [];
    let send: (bytes: Uint8Array) => void = () => {};
    const port = new VirtualSerialPort({
      connect: (to) => void (send = to),
      disconnect: () => {},
      receive: () => {},
      restart: () => {},
    });
    const log = await SerialConsole.open(port as unknown as OpenablePort, {
      baudRate: 115_200,
      clock,
      now: () => clock.now(),
      onLines: (fresh) => lines.push(...fresh),
      onEnd: (error) => trial.tells(error),
    });
    trial.accept();
    for (const piece of someLog(pick, (text) => trial.note(text))) {
      send(piece);
      clock.advance(oneOf([1, 100, 300], pick));
      await Promise.resolve();
    }
    await new Promise((resolve) => setImmediate(resolve));
    await log.close();
    lookAtLines(lines, trial);
  },
};

export const SERIAL: readonly FuzzKind[] = [aci, console];
