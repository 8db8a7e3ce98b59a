/** Which screen is shown. The URL hash holds its name and never any data. */

export const STEPS = ['donor', 'plan', 'press', 'bench'] as const;
export type Step = (typeof STEPS)[number];
/** Screens beside the steps. */
const PAGES = ['network', 'help', 'labels', 'report'] as const;
export type Screen = Step | (typeof PAGES)[number];

/** Sections of the help that have an address of their own. */
const HELP_SECTIONS = ['readout', 'troubleshooting', 'disclaimer'] as const;
export type HelpSection = (typeof HELP_SECTIONS)[number];

export class Route {
  screen = $state<Screen>('donor');
  /** Where in the help; `null` for its start. */
  section = $state<HelpSection | null>(null);

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
    const name = location.hash.slice(1);
    this.section = HELP_SECTIONS.find((one) => one === name) ?? null;
    this.screen = this.section ? 'help' : ([...STEPS, ...PAGES].find((one) => one === name) ?? 'donor');
  }
}
