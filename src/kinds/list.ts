/** The kinds of image Meshpress knows. A further one is added here; no other room knows one by name. */
import { flashManagerKind } from './flashfs/index.ts';
import type { ImageKind } from './image-kind.ts';

/** In the order they are asked. */
export const IMAGE_KINDS: readonly ImageKind[] = [flashManagerKind];
