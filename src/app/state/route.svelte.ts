/** Which screen is shown. The URL hash holds its name and never any data. */

export const STEPS = ['donor', 'plan', 'press', 'bench'] as const;
export type Step = (typeof STEPS)[number];
/** Screens beside the steps. */
const PAGES = [
  'network',
  'help',
  'tour',
  'labels',
  'report',
  'provision',
  'on-air',
  'read',
  'console',
] as const;
export type Screen = Step | (typeof PAGES)[number];

/** Places in the help that are also known by a short name. */
const SHORT_NAMES = ['readout', 'troubleshooting', 'disclaimer'];

export class Route {
  screen = $state<Screen>('donor');
  /** Where in the help (`probes/windows`, `flashfs/node-reset`) or which step of the tour; `null` for its start. */
  section = $state<string | null>(null);
  /** Where one came into the help from, and by which link. */
  readonly #before = { screen: 'donor' as Screen, section: null as string | null, link: '' };
  /** The link by which one left this screen for the help, once one is back: the focus belongs there. */
  leftBy: string | null = null;

  constructor() {
    this.#read();
    // a reload starts without a project: the donor step is where one can be continued, and the bench where a run can
    if (this.screen === 'plan' || this.screen === 'press') location.replace('#donor');
    if (this.screen === 'labels' || this.screen === 'report') location.replace('#bench');
    window.addEventListener('hashchange', () => this.#read());
  }

  go(screen: Screen) {
    location.hash = screen;
  }

  #read() {
    const hash = location.hash.slice(1);
    const link = SHORT_NAMES.includes(hash) ? `help/${hash}` : hash;
    const [name, ...place] = link.split('/');
    const next = [...STEPS, ...PAGES].find((one) => one === name) ?? 'donor';
    const cameBack = this.screen === 'help' && next === this.#before.screen;
    this.leftBy = cameBack ? this.#before.link : null;
    if (next === 'help' && this.screen !== 'help')
      Object.assign(this.#before, { screen: this.screen, section: this.section, link: location.hash });
    this.section = next === 'help' || next === 'tour' ? place.join('/') || null : null;
    this.screen = next;
  }

  /** From where one came into the help; the donor step when nothing was shown before. */
  get before(): { readonly screen: Screen; readonly hash: string } {
    const { screen, section } = this.#before;
    return { screen, hash: section === null ? `#${screen}` : `#${screen}/${section}` };
  }
}
