/** This browser's clipboard, and what is copied in this page. */
import { systemClock } from '../../clock.ts';
import type { ClipboardAround, SecretName } from '../state/copied.svelte.ts';

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

/** A field with a text in it, whose selection is not that of the page; boxes to tick are none. */
function textField(): HTMLInputElement | HTMLTextAreaElement | null {
  const { activeElement: field } = document;
  const isField = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
  return isField && field.selectionStart !== null ? field : null;
}

/** What a person copies or cuts now. */
export function selectedText(): string {
  const field = textField();
  if (field) return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
  return document.getSelection()?.toString() ?? '';
}

/** Which secret is in it: whatever shows one in clear says so, as by `data-secret="key"`. */
export function selectedSecret(): SecretName | null {
  const field = textField();
  const selection = document.getSelection();
  const secrets = field
    ? [field]
    : document.querySelectorAll<HTMLElement>('[data-secret]:not(input, textarea)');
  const isSelected = (one: HTMLElement) => one === field || selection?.containsNode(one, true);
  const name = [...secrets].find(isSelected)?.dataset['secret'];
  return (name as SecretName | undefined) ?? null;
}
