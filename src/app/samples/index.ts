/**
 * The sample networks, each loaded only when somebody asks for it.
 *
 * The page may not connect to anything, not even to its own server; so the files travel inside scripts. The same files
 * lie in `public/samples/` for people who want to look at them.
 */
const SAMPLES = {
  client: () => import('./client.ts'),
  'ncs-light': () => import('./ncs-light.ts'),
} as const;

export type SampleName = keyof typeof SAMPLES;

/** Dump and database, as a person would have chosen them. @throws when the page's server does not give the script */
export const loadSample = async (name: SampleName): Promise<File[]> => (await SAMPLES[name]()).sampleFiles();

/** The file of a sample that a link is called after. */
export async function sampleFile(sample: SampleName, name: string): Promise<File | undefined> {
  return (await loadSample(sample)).find((file) => file.name === name);
}
