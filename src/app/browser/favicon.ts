/** The icon in the tab tells how things stand; while pressing it fills up. */
import type { GlyphKind } from '../text/glyph.ts';

const INK = '#163fbf';
const SHAPES: Readonly<Record<Exclude<GlyphKind, 'busy' | 'wait' | 'skip'>, string>> = {
  ok: '<circle cx="8" cy="8" r="7.5" fill="#1a6b3a"/><path d="M4.6 8.3l2.4 2.4 4.4-5" fill="none" stroke="#fff" stroke-width="1.8"/>',
  warn: '<path d="M8 .5 15.8 15H.2z" fill="#c98a12"/><path d="M8 5.6v4.6M8 11.6v1.6" stroke="#fff" stroke-width="1.8"/>',
  fail: '<path d="M.8.8h14.4v14.4H.8z" fill="#b0231b"/><path d="M4.7 4.7l6.6 6.6M11.3 4.7l-6.6 6.6" stroke="#fff" stroke-width="1.8"/>',
};

/** Addresses of the icons made so far: a few small ones, used again and again. */
const made = new Map<string, string>();
let atRest: string | null = null;

let next: (() => void) | null = null;

/**
 * Drawn once the screen is: an icon may take as long as a page of it.
 *
 * @param share  how far the work is, 0..1, where `kind` is `busy`
 */
export function showFavicon(kind: GlyphKind, share: number): void {
  if (next === null)
    setTimeout(() => {
      next?.();
      next = null;
    });
  next = () => draw(kind, share);
}

function draw(kind: GlyphKind, share: number): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) return;
  atRest ??= link.href;
  const step = Math.round(share * 20) / 20;
  const href =
    kind === 'wait' || kind === 'skip'
      ? atRest
      : kind === 'busy'
        ? icon(`busy ${step}`, () => ring(step))
        : icon(kind, () => SHAPES[kind]);
  if (link.href !== href) link.href = href;
}

function icon(name: string, shape: () => string): string {
  let href = made.get(name);
  if (href === undefined) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${shape()}</svg>`;
    href = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    made.set(name, href);
  }
  return href;
}

/** A disc that fills clockwise. */
function ring(share: number): string {
  const angle = 2 * Math.PI * Math.min(share, 0.999);
  const x = (8 + 7 * Math.sin(angle)).toFixed(2);
  const y = (8 - 7 * Math.cos(angle)).toFixed(2);
  return `<circle cx="8" cy="8" r="7" fill="#dfe5f6" stroke="${INK}" stroke-width="1.4"/><path d="M8 8V1A7 7 0 ${share > 0.5 ? 1 : 0} 1 ${x} ${y}z" fill="${INK}"/>`;
}
