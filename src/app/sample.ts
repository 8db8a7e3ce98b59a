/**
 * The sample network, loaded only when somebody asks for it.
 *
 * The page may not connect to anything, not even to its own server; so the files travel inside a script. The same files
 * lie in `public/samples/` for people who want to look at them.
 */
import dump from '../../public/samples/client.hex.gz?url&inline';
import database from '../../public/samples/client.db.json?raw';

export function sampleFiles(): File[] {
  const base64 = dump.slice(dump.indexOf(',') + 1);
  return [
    new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], 'client.hex.gz'),
    new File([database], 'client.db.json', { type: 'application/json' }),
  ];
}
