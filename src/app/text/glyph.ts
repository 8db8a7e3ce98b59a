/** How things stand, as a sign: beside a step, a board, a clone, or in the browser's tab. */
export type GlyphKind = 'ok' | 'warn' | 'fail' | 'busy' | 'wait' | 'skip';
