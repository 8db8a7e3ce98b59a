/** Damage to dumps, from a source of numbers: what power loss, bad readers and worn flash do to them, and worse. */
import { type MemoryImage } from '../../../src/image/index.ts';

/** A whole number from 0 to `below`, exclusive. */
export type Pick = (below: number) => number;

const PAGE = 0x1000;
const TOP = 0x80000;
const REGION = 0x10000;

type Mutation = (image: MemoryImage, pick: Pick) => MemoryImage;

const pageAt = (pick: Pick) => TOP - REGION + PAGE * pick(REGION / PAGE);
const write = (image: MemoryImage, address: number, ...bytes: number[]) =>
  image.with([{ address, bytes: Uint8Array.from(bytes) }]);
/** A place that is likely in use: near the start of a page. */
const placeAt = (pick: Pick) => pageAt(pick) + pick(pick(4) === 0 ? PAGE : 0x140);

const mutations: readonly Mutation[] = [
  function flipBit(image, pick) {
    const at = placeAt(pick);
    return write(image, at, image.read(at, 1)[0]! ^ (1 << pick(8)));
  },
  function clearWord(image, pick) {
    return write(image, placeAt(pick) & ~3, 0, 0, 0, 0);
  },
  function blankWord(image, pick) {
    return write(image, placeAt(pick) & ~3, 0xff, 0xff, 0xff, 0xff);
  },
  function randomWord(image, pick) {
    return write(image, placeAt(pick) & ~3, pick(256), pick(256), pick(256), pick(256));
  },
  function newHeader(image, pick) {
    return write(image, placeAt(pick) & ~3, pick(16), 0, pick(16), 16 * pick(8));
  },
  function erasePage(image, pick) {
    return image.with([{ address: pageAt(pick), bytes: new Uint8Array(PAGE).fill(0xff) }]);
  },
  function eraseRestOfPage(image, pick) {
    const from = placeAt(pick) & ~3;
    return image.with([{ address: from, bytes: new Uint8Array(PAGE - (from % PAGE)).fill(0xff) }]);
  },
  function copyPage(image, pick) {
    return image.with([{ address: pageAt(pick), bytes: image.read(pageAt(pick), PAGE).slice() }]);
  },
  function swapWords(image, pick) {
    const [a, b] = [placeAt(pick) & ~3, placeAt(pick) & ~3];
    const length = 4 * (1 + pick(8));
    const [first, second] = [image.read(a, length).slice(), image.read(b, length).slice()];
    return image.with([
      { address: a, bytes: second },
      { address: b, bytes: first },
    ]);
  },
  function repeatEntry(image, pick) {
    const page = pageAt(pick);
    const from = page + 8 + 4 * pick(0x30);
    return image.with([
      { address: page + 8 + 4 * pick(0x60), bytes: image.read(from, 4 * (2 + pick(10))).slice() },
    ]);
  },
  function cutDump(image, pick) {
    return image.slice(pageAt(pick), TOP);
  },
  function cutTop(image, pick) {
    return image.slice(0, pageAt(pick) + pick(PAGE));
  },
  function useRecoveryPage(image, pick) {
    const page = pageAt(pick);
    const recovery = page + PAGE * (1 + pick(5));
    if (recovery >= TOP) return image;
    const copy = new Uint8Array(PAGE).fill(0xff);
    new DataView(copy.buffer).setUint32(0, page, true);
    copy.set(image.read(page, 8 + 4 * pick(0x80)), 4);
    return image.with([{ address: recovery, bytes: copy }]);
  },
  function changeSignature(image, pick) {
    return write(image, pageAt(pick) + pick(8), pick(16));
  },
];

/** The image with one to four kinds of damage. */
export function mutate(image: MemoryImage, pick: Pick): MemoryImage {
  let mutated = image;
  for (let rounds = 1 + pick(4); rounds > 0; rounds--)
    mutated = mutations[pick(mutations.length)]!(mutated, pick);
  return mutated;
}
