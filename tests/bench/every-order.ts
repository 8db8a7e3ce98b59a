/**
 * Every order in which a few actors can take their steps on one shared world, with a kill between any two of them.
 *
 * An actor is an async function that does nothing but ask for steps; each step is one atomic act on the world. The search replays
 * the actors from the start for each order that it tries, and tells orders apart by what every actor has seen so far: two orders
 * that lead to the same are gone on with once, and counted each.
 */

export interface Stepper {
  /** Act on the world once it is this actor's turn. `ready` says whether it may be. */
  step<Result>(act: () => Result, ready?: () => boolean): Promise<Result>;
  /** A person's choice: 0..count-1, each is tried. It touches nothing that is shared, so nobody else acts meanwhile. */
  choose(count: number): Promise<number>;
  /** All that matters from here on of what was seen so far. */
  remember(what: string): void;
}

export interface Setting<World> {
  /** Plain data and what acts on it; made anew for each replay. */
  readonly world: () => World;
  readonly actors: readonly ((world: World, stepper: Stepper) => Promise<void>)[];
  /** What happens to the world when an actor is killed; its actor begins anew, as after a reload. */
  readonly onKill: (world: World, actor: number) => void;
  readonly kills: number;
  /** All that may be seen of the world, as text. */
  readonly stateOf: (world: World) => string;
  /** Throws where something is wrong; asked after each step. */
  readonly check: (world: World) => void;
}

export interface Count {
  /** Orders from the start to the end of all actors. */
  readonly orders: bigint;
  /** Different situations that they pass through. */
  readonly states: number;
  /** Orders that end with a kill somewhere on their way. */
  readonly killed: bigint;
}

type Decision = { readonly actor: number; readonly choice: number | 'kill' };
interface Pending {
  readonly isChoice: boolean;
  readonly choices: number;
  readonly ready: () => boolean;
  readonly run: (choice: number) => void;
}

/** Actors up to some point of some order. */
class Replay<World> {
  readonly world: World;
  readonly #pending: (Pending | undefined)[];
  readonly #seen: string[];
  readonly #lives: number[];
  #killsLeft: number;
  #failure: unknown;
  readonly #begun: Promise<unknown>;
  /** By actor: resolves what waits until it asks for its next step, or has come to its end. */
  readonly #moved: (() => void)[] = [];

  constructor(readonly setting: Setting<World>) {
    this.world = setting.world();
    this.#pending = setting.actors.map(() => undefined);
    this.#seen = setting.actors.map(() => '');
    this.#lives = setting.actors.map(() => 0);
    this.#killsLeft = setting.kills;
    this.#begun = Promise.all(setting.actors.map((_, actor) => this.#start(actor)));
  }

  static async after<World>(setting: Setting<World>, decisions: readonly Decision[]): Promise<Replay<World>> {
    const replay = new Replay(setting);
    await replay.#begun;
    for (const decision of decisions) await replay.take(decision); // checked when it was first taken
    return replay;
  }

  /** Everything that may come next; empty when all are done. */
  get decisions(): readonly Decision[] {
    const chooser = this.#pending.findIndex((pending) => pending?.isChoice);
    if (chooser !== -1) return choicesOf(chooser, this.#pending[chooser]!.choices);
    return this.#pending.flatMap((pending, actor) => {
      if (!pending) return [];
      const turns = pending.ready() ? choicesOf(actor, 1) : [];
      return this.#killsLeft > 0 ? [...turns, { actor, choice: 'kill' } as const] : turns;
    });
  }

  get key(): string {
    return [this.setting.stateOf(this.world), this.#killsLeft, ...this.#seen].join('\n');
  }

  get isOver(): boolean {
    return this.#pending.every((pending) => !pending);
  }

  async take({ actor, choice }: Decision): Promise<void> {
    const pending = this.#pending[actor]!;
    this.#pending[actor] = undefined;
    if (choice === 'kill') {
      this.#killsLeft--;
      this.setting.onKill(this.world, actor);
      this.#lives[actor]!++;
      this.#seen[actor] = '';
      await this.#start(actor);
    } else {
      const moved = new Promise<void>((resolve) => (this.#moved[actor] = resolve));
      pending.run(choice);
      await moved;
    }
    if (this.#failure) throw this.#failure;
  }

  #start(actor: number): Promise<void> {
    const moved = new Promise<void>((resolve) => (this.#moved[actor] = resolve));
    const life = this.#lives[actor];
    const ask = <Result>(
      choices: number,
      act: (choice: number) => Result,
      ready = () => true,
      isChoice = false,
    ) =>
      new Promise<Result>((resolve) => {
        if (this.#lives[actor] !== life) return; // what a killed page still wants never happens
        this.#pending[actor] = {
          isChoice,
          choices,
          ready,
          run: (choice) => {
            const result = act(choice);
            this.#seen[actor] += `|${JSON.stringify(result) ?? ''}`;
            resolve(result);
          },
        };
        this.#moved[actor]!();
      });
    this.setting.actors[actor]!(this.world, {
      step: (act, ready) => ask(1, act, ready),
      choose: (count) => ask(count, (choice) => choice, undefined, true),
      remember: (what) => void (this.#seen[actor] = what),
    })
      .catch((error: unknown) => (this.#failure = error))
      .then(() => this.#moved[actor]!());
    return moved;
  }
}

const choicesOf = (actor: number, choices: number): Decision[] =>
  Array.from({ length: choices }, (_, choice) => ({ actor, choice }));

/** @throws what `check` or an actor throws, with the order that led there */
export async function tryEveryOrder<World>(setting: Setting<World>): Promise<Count> {
  const known = new Map<string, { readonly orders: bigint; readonly unkilled: bigint }>();

  async function from(
    replay: Replay<World>,
    before: readonly Decision[],
  ): Promise<{ readonly orders: bigint; readonly unkilled: bigint }> {
    const { key, decisions } = replay;
    const found = known.get(key);
    if (found) return found;
    if (decisions.length === 0 && !replay.isOver) throw new Error(`Nobody can go on after ${told(before)}`);
    let orders = decisions.length === 0 ? 1n : 0n;
    let unkilled = orders;
    for (const [i, decision] of decisions.entries()) {
      const path = [...before, decision];
      const here = i === 0 ? replay : await Replay.after(setting, before);
      try {
        await here.take(decision);
        setting.check(here.world);
      } catch (error) {
        throw new Error(`${(error as Error).message}\nafter ${told(path)}`, { cause: error });
      }
      const below = await from(here, path);
      orders += below.orders;
      if (decision.choice !== 'kill') unkilled += below.unkilled;
    }
    const result = { orders, unkilled };
    known.set(key, result);
    return result;
  }

  const { orders, unkilled } = await from(await Replay.after(setting, []), []);
  return { orders, states: known.size, killed: orders - unkilled };
}

const told = (decisions: readonly Decision[]): string =>
  decisions.map(({ actor, choice }) => `${'ABC'[actor]}${choice === 0 ? '' : choice}`).join(' ');
