/** Light or dark: what the system says, until a person chooses. */
export type Theme = 'light' | 'dark';

const KEY = 'meshpress-theme';
const asSystem = (): Theme => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : asSystem();
}

/** Take up the choice of an earlier visit. */
export function recallTheme(): void {
  const chosen = attempt(() => localStorage.getItem(KEY));
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
}

export function chooseTheme(theme: Theme): void {
  if (theme === asSystem()) {
    delete document.documentElement.dataset['theme'];
    attempt(() => localStorage.removeItem(KEY));
  } else {
    document.documentElement.dataset['theme'] = theme;
    attempt(() => localStorage.setItem(KEY, theme));
  }
}

/** The next page is as the system says. */
export const forgetTheme = (): void => void attempt(() => localStorage.removeItem(KEY));

/** A browser may forbid storage; the theme then lasts as long as the page. */
function attempt<T>(access: () => T): T | null {
  try {
    return access();
  } catch {
    return null;
  }
}
