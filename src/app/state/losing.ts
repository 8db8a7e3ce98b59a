import { counted } from '../text/words.ts';
import type { Parts } from './parts.ts';

/**
 * Before what was pressed is lost: a zip that is not saved, or the password that alone opens one that is. A zip whose bytes went with
 * the engine is lost already, and nobody is asked.
 *
 * @returns whether to go on
 */
export async function mayLosePressed(
  { press, questions, route }: Pick<Parts, 'press' | 'questions' | 'route'>,
  saveZip: () => Promise<void>,
): Promise<boolean> {
  if (press.unsaved) {
    if (!(await press.hasZip())) return true;
    const mayGo = await questions.ask({
      title: `Discard ${counted(press.result?.clones ?? 0, 'pressed clone')}?`,
      text: 'The zip is not saved. Its device keys exist only in this page and cannot be made again.',
      yes: 'Discard',
      no: 'Keep',
      first: {
        words: 'Save the zip',
        act: async () => {
          await saveZip();
          if (press.unsaved) route.go('press'); // where it says why
          return !press.unsaved;
        },
      },
    });
    if (!mayGo || press.unsaved) return mayGo;
  }
  if (press.password.made === null) return true;
  return questions.ask({
    title: 'Forget the password of the zip?',
    text: 'It was made here and stands on the page Press alone. Without it nobody opens the zip that you saved.',
    yes: 'Forget it',
    no: 'Keep',
  });
}
