/** Ways out of the page: a file the person chose where the browser can do that, a download everywhere else. */
import { notSaved } from '../errors.ts';

declare global {
  interface FilePickerAcceptType {
    readonly description: string;
    readonly accept: Record<string, readonly string[]>;
  }
  interface Window {
    /** File System Access API; Chromium only. */
    showSaveFilePicker?: (options: {
      suggestedName: string;
      types: readonly FilePickerAcceptType[];
    }) => Promise<FileSystemFileHandle>;
  }
}

export const canSaveToFile = (): boolean => window.showSaveFilePicker !== undefined;

/** Ask for a place; `null` when the person closed the picker. */
export async function chooseFile(
  suggestedName: string,
  type: FilePickerAcceptType,
): Promise<FileSystemFileHandle | null> {
  try {
    return await window.showSaveFilePicker!({ suggestedName, types: [type] });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw notSaved(suggestedName, error);
  }
}

/** Into the folder of downloads, without a question. */
export function download(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser needs it until it has read the blob
}

/**
 * @returns whether it was saved; false when the person closed the picker
 * @throws  `app/not-saved`
 */
export async function saveBlob(name: string, blob: Blob, type: FilePickerAcceptType): Promise<boolean> {
  if (!canSaveToFile()) {
    download(name, blob);
    return true;
  }
  const handle = await chooseFile(name, type);
  if (!handle) return false;
  try {
    await blob.stream().pipeTo(await handle.createWritable());
    return true;
  } catch (error) {
    throw notSaved(name, error);
  }
}
