import { systemClock, type Clock } from '../../clock.ts';
import { reportOf, type ErrorReport } from '../../errors.ts';
import { UICR_START, type Chip, type MemoryImage } from '../../image/index.ts';
import type { UnicastRun } from '../../mesh/index.ts';
import { chooseProbe, openProbe } from '../../probe/index.ts';
import { isBlank, Nrf52, type DonorReading, type DonorReadStage } from '../../target/index.ts';
import { currentPlatform } from '../browser/platform.ts';
import { download } from '../browser/save.ts';
import { blankBoard } from '../errors.ts';
import { unicast } from '../text/words.ts';
import type { VirtualDonor } from '../demo/virtual-donor.ts';
import type { Parts } from './parts.ts';
import type { Screen } from './route.svelte.ts';

/** What reading a board needs of the page around it. */
export interface ReadBoardHost extends Pick<Parts, 'engine' | 'project' | 'announcements' | 'mayDiscard'> {
  open(files: readonly File[], goOn: Screen): Promise<void>;
  openDemo(files: readonly File[], goOn: Screen): Promise<void>;
}

/** A board as it was read, whole. */
export interface ReadBoard {
  readonly reading: DonorReading;
  /** What its probe is called. */
  readonly probe: string;
  /** Where a node was found in it. */
  readonly node: UnicastRun | null;
  /** What its firmware did after it had stood still. */
  readonly after: 'runs on' | 'restarted';
  readonly seconds: number;
}

/** The donor read from the board itself. Loaded with its page. */
export class ReadBoardState {
  phase = $state<'idle' | 'reading' | 'read'>('idle');
  stage = $state<DonorReadStage | 'opening' | 'resuming'>('opening');
  doneBytes = $state(0);
  totalBytes = $state(1);
  error = $state.raw<ErrorReport | null>(null);
  notice = $state('');
  board = $state.raw<ReadBoard | null>(null);
  /** Of the file that is saved. */
  withUicr = $state(true);
  packed = $state(true);

  readonly hasUsb = navigator.usb !== undefined && globalThis.isSecureContext;
  readonly platform = currentPlatform();
  readonly #host: ReadBoardHost;
  #stop = new AbortController();

  constructor(host: ReadBoardHost) {
    this.#host = host;
  }

  /** Named after the node, where there is one, and its chip: `donor_0011_nRF52832.hex`. */
  readonly fileName = $derived.by(() => {
    const { node, reading } = this.board ?? {};
    const who = node ? `_${unicast(node.start).slice(2)}` : '';
    return `donor${who}_${reading?.identity.chip.name ?? ''}.hex`;
  });

  /** Let a person choose the board, and read it. */
  async choose(): Promise<void> {
    this.notice = '';
    let device: USBDevice;
    try {
      device = await chooseProbe({ usb: navigator.usb, isSecureContext: globalThis.isSecureContext });
    } catch (error) {
      const report = reportOf(error);
      if (report.code === 'probe/nothing-chosen') this.notice = `${report.message} ${report.hint}`;
      else this.error = report;
      return;
    }
    await this.#read(device, systemClock, (files) => this.#host.open(files, 'read'));
  }

  /** A virtual board that carries the sample's node. */
  async readVirtual(): Promise<void> {
    const { sampleBoard } = await import('../demo/virtual-donor.ts');
    const { device, clock, database } = await sampleBoard(this.#host.engine);
    const isAlone = this.#host.project.view.database === null;
    await this.#read(device, clock, (files) =>
      this.#host.openDemo(isAlone ? [...files, database] : files, 'read'),
    );
  }

  /** For the tour: the board of the node that joined there, opened with its network. */
  async readJoined({ device, clock, database }: VirtualDonor): Promise<void> {
    await this.#read(device, clock, (files) => this.#host.openDemo([...files, database], 'tour'));
  }

  cancel() {
    this.#stop.abort();
  }

  async #read(
    device: USBDevice,
    clock: Clock,
    use: (files: readonly File[]) => Promise<void>,
  ): Promise<void> {
    if (this.phase === 'reading' || !(await this.#host.mayDiscard())) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.error = null;
    this.notice = '';
    this.board = null;
    this.#show('opening', 0, 1);
    this.phase = 'reading';
    try {
      const startMs = clock.now();
      const link = await openProbe(device, { clock, platform: this.platform });
      try {
        const target = await Nrf52.attach(link, { clock, signal });
        const reading = await target.readDonor({
          signal,
          progress: (stage, doneBytes, totalBytes) => this.#show(stage, doneBytes, totalBytes),
        });
        this.#show('resuming', 1, 1);
        if (isBlank(reading.image)) throw blankBoard(reading.identity.chip.name);
        const after = await target.goesOn();
        const node = await this.#nodeIn(reading.image, reading.identity.chip);
        const seconds = (clock.now() - startMs) / 1000;
        this.board = { reading, probe: link.info.title, node, after, seconds };
      } finally {
        await link.close();
      }
      await use([await this.file({ uicr: true })]);
      this.phase = 'read';
      this.#host.announcements.said = `The board is read: ${this.fileName}.`;
    } catch (error) {
      this.phase = 'idle';
      this.board = null;
      if (signal.aborted && error === signal.reason)
        this.notice = 'Reading was stopped. Nothing of it is kept.';
      else this.error = reportOf(error);
    }
  }

  /** Into a file of the person's own. */
  async save(): Promise<void> {
    const file = await this.file({ uicr: this.withUicr });
    if (!this.packed) return download(file.name, file);
    const packed = new Response(file.stream().pipeThrough(new CompressionStream('gzip')));
    download(`${file.name}.gz`, await packed.blob());
  }

  async file({ uicr }: { readonly uicr: boolean }): Promise<File> {
    const { image } = this.board!.reading;
    const { runs } = uicr ? image : image.slice(0, UICR_START);
    const { name, bytes } = await this.#host.engine.bytes.readoutFile({
      name: this.fileName,
      segments: runs,
    });
    return new File([bytes as Uint8Array<ArrayBuffer>], name);
  }

  async #nodeIn({ runs }: MemoryImage, chip: Chip): Promise<UnicastRun | null> {
    const found = await this.#host.engine.bytes.lookForNode({ segments: runs, chip });
    return 'node' in found ? found.node : null;
  }

  #show(stage: this['stage'], doneBytes: number, totalBytes: number) {
    this.stage = stage;
    this.doneBytes = doneBytes;
    this.totalBytes = Math.max(1, totalBytes);
  }
}
