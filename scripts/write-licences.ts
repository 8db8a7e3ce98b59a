/** `npm run licences`: write what ships, and under which licences, from what is installed. */
import { writeFileSync } from 'node:fs';
import { licencesPage, licencesText } from './licences.ts';

writeFileSync(new URL('../public/licences.txt', import.meta.url), licencesText());
writeFileSync(new URL('../docs/licences.md', import.meta.url), licencesPage());
