import type { Finding } from '../errors.ts';
import { visibleValue } from '../visible.ts';

const MARKS: Readonly<Record<Finding['severity'], string>> = {
  error: 'ERROR  ',
  warning: 'WARNING',
  info: 'ok     ',
};

export const findingLine = ({ severity, code, message, hint }: Finding): string =>
  visibleValue(
    `${MARKS[severity]} ${message}${hint ? ` ${hint}` : ''}${severity === 'info' ? '' : ` [${code}]`}`,
  );
