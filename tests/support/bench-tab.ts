/** Tabs of one browser with their benches, and boards for them. */
import { MemoryImage } from '../../src/image/index.ts';
import { VirtualBoard, VirtualClock } from '../../src/virtual/index.ts';
import { newPage } from './page-parts.ts';

/** What the browser says of its USB: boards that it lets this page use, and the cables that are pulled and plugged. */
export class Usb extends EventTarget {
  readonly devices: USBDevice[] = [];
  getDevices = async () => this.devices;
  requestDevice = () => Promise.reject(new Error('nobody is asked'));

  plug(device: USBDevice) {
    this.devices.push(device);
    this.dispatchEvent(Object.assign(new Event('connect'), { device }));
  }
}

/** A tab with its bench, in a browser that others may have been in. */
export async function openTab(seed?: string) {
  const page = await newPage(seed);
  const [{ BenchState }, { keptRuns }, { IndexedDbJournal }, oneTab] = await Promise.all([
    import('../../src/app/state/bench.svelte.ts'),
    import('../../src/app/browser/kept-runs.ts'),
    import('../../src/app/browser/journal-store.ts'),
    import('../../src/app/browser/one-tab.ts'),
  ]);
  const usb = new Usb();
  const bench = new BenchState(
    { ...page, reopenRun: (run) => page.opening.reopenRun(run), report: async () => null },
    {
      ...oneTab,
      runs: keptRuns(),
      journal: (boards) => new IndexedDbJournal(boards, true),
      usb: usb as unknown as USB,
      platform: 'linux',
      wakeLock: { hold: () => {} },
    },
  );
  await bench.look();
  return { ...page, page, bench, usb };
}
export type Tab = Awaited<ReturnType<typeof openTab>>;

export const boardOf = (deviceId: bigint) =>
  new VirtualBoard({
    probe: 'daplink',
    silicon: 'nRF52832',
    serial: `serial-${deviceId}`,
    deviceId,
    clock: new VirtualClock(),
    contents: MemoryImage.empty,
  });
