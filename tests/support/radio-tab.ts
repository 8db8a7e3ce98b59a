import { newPage } from './page-parts.ts';

/** A tab with its radio, in a browser that others may have been in: its modules are loaded anew. */
export async function openRadioTab() {
  const page = await newPage();
  const [{ RadioState }, { AirRecords }] = await Promise.all([
    import('../../src/app/state/radio.svelte.ts'),
    import('../../src/app/state/air-records.svelte.ts'),
  ]);
  const airRecords = new AirRecords();
  const radio = new RadioState({
    ...page,
    airRecords,
    demo: null,
    bench: null,
    open: async () => {},
    replaceDatabase: async () => {},
    mayDiscard: async () => true,
    ask: async () => true,
    openDemo: async () => {},
  });
  return { radio, airRecords };
}
