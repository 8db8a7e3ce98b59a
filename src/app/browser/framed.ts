/** A foreign page around this one could lay its own buttons over ours, so the page does not begin inside of one. */
export const isFramed = (): boolean => globalThis.top !== globalThis.self;

/** Instead of the page: what is so, and a link to it in a window of its own. */
export function tellFramed(): void {
  const words = document.createElement('p');
  words.textContent = 'Meshpress holds the keys of a network and does not run inside another page. ';
  const link = document.createElement('a');
  link.href = location.href;
  link.target = '_blank';
  link.rel = 'noopener';
  link.textContent = 'Open it by itself';
  words.append(link);
  const main = document.createElement('main');
  main.append(words);
  document.body.append(main);
}
