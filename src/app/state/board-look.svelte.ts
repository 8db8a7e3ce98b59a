import { reportOf, type ErrorReport, type Finding } from '../../errors.ts';
import type { ExaminedBoard, IdentityAccount } from '../../bench/index.ts';
import type { BoardCheckView, BoardRequest, Engine, GivenFile } from '../../worker/index.ts';

/** A board as it was read, and what the journal says of its chip. */
export interface ReadBoard extends ExaminedBoard {
  readonly accounts: readonly IdentityAccount[];
  /** Where the journal says something else. */
  readonly conflicts: readonly Finding[];
}

/** What is on a board that somebody looked at, by board, journal, plan and database. */
export interface LookedAt {
  readonly board: ReadBoard;
  readonly check: BoardCheckView;
}

/** Looking at a board, whatever it is: a little of it is read, nothing is changed, and its firmware runs on. */
export class BoardLook {
  found = $state.raw<LookedAt | null>(null);
  /** Letter of its slot at the bench; empty elsewhere. */
  letter = $state('');
  busy = $state(false);
  error = $state.raw<ErrorReport | null>(null);

  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @param read  gives the board; `null` where none was chosen or there */
  async take(read: () => Promise<ReadBoard | null>, letter = ''): Promise<void> {
    this.close();
    this.letter = letter;
    this.busy = true;
    try {
      const board = await read();
      if (board) this.found = { board, check: await this.#engine.bytes.checkBoard(requestOf(board)) };
    } catch (error) {
      this.error = reportOf(error);
    } finally {
      this.busy = false;
    }
  }

  /** @returns the database with what only the board knows, for the project to go on with */
  async putRight(): Promise<GivenFile | undefined> {
    if (!this.found) return undefined;
    try {
      return await this.#engine.tools.putRight(requestOf(this.found.board));
    } catch (error) {
      this.error = reportOf(error);
      return undefined;
    }
  }

  /** Once more, with what is known by now. */
  async again(): Promise<void> {
    const board = this.found?.board;
    if (board) await this.take(async () => board, this.letter);
  }

  close() {
    this.found = null;
    this.error = null;
    this.letter = '';
  }
}

const requestOf = ({ segments, chip, factoryIds }: ReadBoard): BoardRequest => ({
  segments,
  chip,
  ids: factoryIds,
});
