/** The UICR of a dump as a person may see it: a kind of image may keep its state there, keys too. */
import { u32 } from '../bytes.ts';
import { describeUicr, type Chip, type UicrWord } from '../image/index.ts';
import type { ImageReading } from './image-kind.ts';

export interface ShownUicrWord extends Omit<UicrWord, 'word'> {
  /** `null` where it is part of a key. */
  readonly word: number | null;
}

/** Words that say something, by rising address, those of keys hidden. */
export const shownUicr = ({ image, chip, secrets }: Pick<ImageReading, 'image' | 'chip' | 'secrets'>) =>
  describeUicr(image, chip.chip).map((one): ShownUicrWord => {
    const isSecret = secrets.some(
      ({ address, length }) => address < one.address + u32.size && one.address < address + length,
    );
    return isSecret ? { ...one, word: null, says: 'part of a key' } : one;
  });

/** Whether the node's own state lies there, so that a clone is none without it. */
export const keepsStateInUicr = ({ evidence }: Pick<ImageReading, 'evidence'>, { uicr }: Chip): boolean =>
  evidence.some(
    ({ address, length }) => address < uicr.address + uicr.length && uicr.address < address + length,
  );
