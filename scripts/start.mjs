/** `npm start`: install what is missing, build, and serve the page. */
import { root, run } from './install.mjs';

run('npm', ['run', '--silent', 'build']);

const { preview } = await import('vite');
const server = await preview({
  root,
  preview: { port: Number(process.env.PORT) || 4173, open: process.stdout.isTTY && !process.env.CI },
});
console.log('\nMeshpress is at', server.resolvedUrls?.local[0] ?? 'http://localhost:4173/');
console.log(
  'Open it in Chrome or Edge. "Try the sample network" needs no files and no boards. Stop with Ctrl+C.',
);
