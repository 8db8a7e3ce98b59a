import type { DonorView, DumpView } from '../../worker/index.ts';
import { modelName, tellsPurpose } from './sig-models.ts';
import { sentence, spelled } from './words.ts';

/** The donor in one or two sentences: `Three elements with Generic OnOff Client. It can be cloned; …` */
export function describeDonor(dump: DumpView, donor: DonorView, worthReading: number): string {
  const models = [...new Set(dump.state.models.filter(tellsPurpose).map(modelName))];
  const what =
    models.length === 0
      ? ''
      : ` with ${models.slice(0, 3).join(', ')}${models.length > 3 ? ' and others' : ''}`;
  const notes =
    worthReading === 0
      ? 'It can be cloned.'
      : `It can be cloned; ${spelled(worthReading, 'note')} below ${worthReading === 1 ? 'is' : 'are'} worth reading.`;
  return `${sentence(spelled(donor.elementCount, 'element'))}${what}. ${notes}`;
}
