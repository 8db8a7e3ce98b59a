/** Something that cannot be undone, put before a person. */
export interface Question {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  /** What loses nothing: it is done instead, and the answer is yes once it is done. */
  readonly first?: { readonly words: string; readonly act: () => Promise<boolean> };
  readonly answer: (yes: boolean) => void;
}

/** One question at a time. */
export class Questions {
  open = $state.raw<Question | null>(null);

  /** @returns whether the person said yes; one whose question another one replaces said no */
  ask(question: Omit<Question, 'answer'>): Promise<boolean> {
    this.open?.answer(false);
    return new Promise((resolve) => {
      this.open = {
        ...question,
        answer: (yes) => {
          this.open = null;
          resolve(yes);
        },
      };
    });
  }
}
