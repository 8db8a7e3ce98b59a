/** This browser's clipboard, and what is copied in this page. */
import { systemClock } from '../../clock.ts';
import type { ClipboardAround } from '../state/copied.svelte.ts';

/** Without a clipboard, as over plain HTTP, each act rejects. */
export const browserClipboard: ClipboardAround = {
  clock: systemClock,
  write: async (text) => navigator.clipboard.writeText(text),
  read: async () => navigator.clipboard.readText(),
  mayRead: async () => {
    const name = 'clipboard-read' as PermissionName; // not in every browser, which then rejects
    return (await navigator.permissions.query({ name })).state === 'granted';
  },
  hasFocus: () => document.hasFocus(),
  window: globalThis,
};

/** What a person copies or cuts now: in a field its selection, which is not that of the page. */
export function selectedText(): string {
  const { activeElement: field } = document;
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)
    return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
  return document.getSelection()?.toString() ?? '';
}
