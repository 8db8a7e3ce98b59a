/** The kinds of image Meshpress knows. A further one is added here; no other room knows one by name. */
import { flashManagerKind } from './flashfs/index.ts';
import type { ImageKind } from './image-kind.ts';
import { zephyrKind } from './zephyr/index.ts';

/** In the order they are asked: the one that takes a dump without any trace of its own is the last. */
export const IMAGE_KINDS: readonly ImageKind[] = [zephyrKind, flashManagerKind];
