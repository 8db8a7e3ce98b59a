/** Damage to dumps with settings, from a source of numbers: what power loss, bad readers and worn flash do to them, and worse. */
import type { MemoryImage } from '../../../src/image/index.ts';
import { crc8 } from '../../../src/kinds/zephyr/storage/crc8.ts';
import type { Pick } from '../pick.ts';

const PAGE = 0x1000;

type Mutation = (image: MemoryImage, pick: Pick) => MemoryImage;

/** A page of the dump, rather one near its end: there are the settings. */
function pageAt(image: MemoryImage, pick: Pick): number {
  const pages = [...new Set(image.runs.map(({ address }) => address - (address % PAGE)))];
  return pages.length === 0 ? 0 : pages.at(-1 - pick(Math.min(9, pages.length)))!;
}
/** A place that is likely in use: near the start of a page, or near its end. */
function placeAt(image: MemoryImage, pick: Pick): number {
  const offset = [() => pick(PAGE), () => pick(0x300), () => PAGE - 1 - pick(0x300)][pick(3)]!();
  return pageAt(image, pick) + offset;
}
const write = (image: MemoryImage, address: number, ...bytes: number[]) =>
  image.with([{ address, bytes: Uint8Array.from(bytes) }]);
const word = (address: number) => address & ~3;

/** An entry of 8 or 16 bytes with bytes of it replaced and its checksum put right. */
function changeEntry(image: MemoryImage, pick: Pick, change: (entry: Uint8Array) => void): MemoryImage {
  const size = 8 << pick(2);
  const address = pageAt(image, pick) + PAGE - size * (1 + pick(40));
  const entry = image.read(address, size).slice();
  change(entry);
  if (size === 8) entry[7] = crc8(entry, 0, 7);
  else entry[0] = crc8(entry, 1);
  return image.with([{ address, bytes: entry }]);
}

const mutations: readonly Mutation[] = [
  function flipBit(image, pick) {
    const at = placeAt(image, pick);
    return write(image, at, image.read(at, 1)[0]! ^ (1 << pick(8)));
  },
  function clearWord(image, pick) {
    return write(image, word(placeAt(image, pick)), 0, 0, 0, 0);
  },
  function blankWord(image, pick) {
    return write(image, word(placeAt(image, pick)), 0xff, 0xff, 0xff, 0xff);
  },
  function randomWord(image, pick) {
    return write(image, word(placeAt(image, pick)), pick(256), pick(256), pick(256), pick(256));
  },
  function changeEntryByte(image, pick) {
    return changeEntry(image, pick, (entry) => (entry[pick(entry.length)] = pick(256)));
  },
  function changeEntryId(image, pick) {
    return changeEntry(image, pick, (entry) => {
      entry[entry.length === 8 ? 0 : 4] = pick(64);
      entry[entry.length === 8 ? 1 : 7] = [0x80, 0xc0, 0xff, 0][pick(4)]!;
    });
  },
  function deleteEntry(image, pick) {
    return changeEntry(image, pick, (entry) =>
      entry.fill(0, entry.length === 8 ? 4 : 2, entry.length === 8 ? 6 : 4),
    );
  },
  function swapWords(image, pick) {
    const [a, b] = [word(placeAt(image, pick)), word(placeAt(image, pick))];
    const length = 4 * (1 + pick(8));
    const [first, second] = [image.read(a, length).slice(), image.read(b, length).slice()];
    return image.with([
      { address: a, bytes: second },
      { address: b, bytes: first },
    ]);
  },
  function erasePage(image, pick) {
    return image.with([{ address: pageAt(image, pick), bytes: new Uint8Array(PAGE).fill(0xff) }]);
  },
  function eraseRestOfPage(image, pick) {
    const from = word(placeAt(image, pick));
    return image.with([{ address: from, bytes: new Uint8Array(PAGE - (from % PAGE)).fill(0xff) }]);
  },
  function copyPage(image, pick) {
    const bytes = image.read(pageAt(image, pick), PAGE).slice();
    return image.with([{ address: pageAt(image, pick), bytes }]);
  },
  function copyPageElsewhere(image, pick) {
    const bytes = image.read(pageAt(image, pick), PAGE).slice();
    return image.with([{ address: PAGE * pick(0x40), bytes }]);
  },
  function repeatEntries(image, pick) {
    const size = 8 * (1 + pick(6));
    const from = pageAt(image, pick) + PAGE - 8 * (1 + pick(60)) - size;
    const to = pageAt(image, pick) + PAGE - 8 * (1 + pick(60)) - size;
    return image.with([{ address: to, bytes: image.read(from, size).slice() }]);
  },
  function openSector(image, pick) {
    const length = 8 << pick(2);
    return image.with([
      { address: pageAt(image, pick) + PAGE - length, bytes: new Uint8Array(length).fill(0xff) },
    ]);
  },
  function cutDump(image, pick) {
    return image.slice(pageAt(image, pick), 0x1000000);
  },
  function cutTop(image, pick) {
    return image.slice(0, pageAt(image, pick) + pick(PAGE));
  },
];

/** The image with one to four kinds of damage. */
export function mutate(image: MemoryImage, pick: Pick): MemoryImage {
  let mutated = image;
  for (let rounds = 1 + pick(4); rounds > 0; rounds--)
    mutated = mutations[pick(mutations.length)]!(mutated, pick);
  return mutated;
}
