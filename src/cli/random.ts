/** Random bytes for the command line. */
import { randomFillSync } from 'node:crypto';
import { testedSource } from '../random/index.ts';

/** From the platform's secure generator, tried before its first byte is used. */
export const randomBytes = testedSource((count) => randomFillSync(new Uint8Array(count)));
