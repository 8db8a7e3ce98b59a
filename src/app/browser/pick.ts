/** Let a person choose files; empty when the picker was closed. */
export function pickFiles(accept = '.hex,.ihex,.ihx,.bin,.gz,.json'): Promise<readonly File[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.accept = accept;
    input.addEventListener('change', () => resolve([...(input.files ?? [])]));
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}
