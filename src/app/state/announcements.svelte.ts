/** What was just done, and how it is undone if it can be. It stands until the next thing is done. */
export interface Note {
  readonly text: string;
  readonly undo?: () => unknown;
}

/** For people who listen: stages, and failures; and the one note that everybody sees. */
export class Announcements {
  said = $state('');
  alarm = $state('');
  note = $state.raw<Note | null>(null);

  /** Say that something was done, and let it stand. */
  tell(text: string, undo?: () => unknown) {
    this.said = text;
    this.note = { text, ...(undo && { undo }) };
  }
}
