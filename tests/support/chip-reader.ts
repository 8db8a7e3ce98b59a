/** The bench's questions about kinds of image, answered as the page's worker does. */
import type { ChipReader } from '../../src/bench/index.ts';
import { lookForNode, startFault, stateOf } from '../../src/session/chip-reading.ts';

export const reader: ChipReader = {
  lookForNode: async (bytes) => lookForNode(bytes),
  stateOf: async (image) => stateOf(image),
  deviceUuid: async () => null,
  startFault: async (node) => startFault(node),
};
