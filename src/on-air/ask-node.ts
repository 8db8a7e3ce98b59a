/** One clone, asked what was planned for it. */
import { equalBytes } from '../bytes.ts';
import type { Finding } from '../errors.ts';
import type { AskOptions, Exchange, Heard, MeshBearer, NodeChannel } from '../mesh/index.ts';
import { requests, type Request } from '../mesh/access/index.ts';
import { findings } from './findings.ts';
import type { CloneToProve, ExpectedModel, ProofQuestion } from './results.ts';

/** One try at the first question. */
export interface Try extends Pick<AskOptions, 'segmented' | 'answerMs'> {
  /** Leave it out when no try before was delivered. */
  readonly onlyIfDelivered?: boolean;
}
/** One segmented question: for a first pass. */
export const QUICK: readonly Try[] = [{ segmented: true }];
/**
 * For those that were silent: a plain one first, as it takes another way through the stack, and a segmented one, which is done again
 * where it was delivered. The answer goes out once: where a tenth of all messages get lost, one in ten thousand loses four of them.
 */
export const SLOW: readonly Try[] = [
  { segmented: false, answerMs: 1500 },
  { segmented: true },
  ...Array.from({ length: 3 }, () => ({ segmented: true, onlyIfDelivered: true })),
];
/** For where a clone should not be. */
export const GLANCE: readonly Try[] = Array.from({ length: 2 }, () => ({ segmented: false, answerMs: 1500 }));
/** How a question is put to a node that is known to be there: segments arrive, but a short answer goes out once. */
const FURTHER: readonly Try[] = Array.from({ length: 5 }, () => ({ segmented: true }));
/** Messages to models are short. Segments come after that, as far as the bearer tells when they have arrived. */
const TO_A_LIGHT: readonly Try[] = [{ segmented: false }, { segmented: false }, ...FURTHER.slice(2)];
const TO_A_LIGHT_PLAIN: readonly Try[] = FURTHER.map(() => ({ segmented: false }));
/** Where deliveries are not told, segments have no use. */
export const PLAIN: readonly Try[] = Array.from({ length: 3 }, () => ({ segmented: false, answerMs: 1500 }));

export interface NodeReport {
  /** `delivered`: acknowledged by the transport, and no answer. */
  readonly outcome: 'answered' | 'delivered' | 'nothing';
  readonly rttMs: number | null;
  readonly rssi: number | null;
  readonly hops: number | null;
  readonly findings: readonly Finding[];
}

export interface AskNodeOptions {
  readonly questions: readonly ProofQuestion[];
  readonly tries: readonly Try[];
  /** How often each further question is put at most; as often as loss makes likely when left out. */
  readonly repeats?: number;
  readonly ttl?: number;
  readonly signal?: AbortSignal;
}

/**
 * Ask a clone. The first question decides whether it is there; the others are asked again where they stay without an answer.
 *
 * @throws what the bearer throws
 */
export async function askNode(
  bearer: Pick<MeshBearer, 'open' | 'reportsDelivery'>,
  clone: CloneToProve,
  options: AskNodeOptions,
): Promise<NodeReport> {
  const channel = await bearer.open(clone);
  try {
    return await new Interview(channel, clone, options, bearer.reportsDelivery).hold();
  } finally {
    await channel.close();
  }
}

class Interview {
  #first: Heard<unknown> | undefined;
  #hops: number | null = null;
  readonly #findings: Finding[] = [];
  #defaultTtl: number | undefined;

  constructor(
    readonly channel: NodeChannel,
    readonly clone: CloneToProve,
    readonly options: AskNodeOptions,
    readonly reportsDelivery: boolean,
  ) {}

  async hold(): Promise<NodeReport> {
    const [first, ...others] = this.options.questions;
    const deliveries = first ? await this.#tryFirst(first) : 0;
    if (!this.#first) return this.#report(deliveries > 0 ? 'delivered' : 'nothing');
    for (const question of others) await this.#put(question, this.#triesFor(question));
    if (this.#radiosInReach.size > 1) this.#findings.push(findings.twoBoards());
    return this.#report('answered');
  }

  /** Radios that sent without a relay in between: one board has one. */
  get #radiosInReach(): ReadonlySet<string> {
    const direct = this.channel.arrivals.filter(({ ttl }) => ttl === this.#defaultTtl);
    return new Set(direct.map(({ lastHop }) => lastHop));
  }

  #triesFor(question: ProofQuestion): readonly Try[] {
    if (question.kind !== 'on-off') return FURTHER;
    const tries = this.reportsDelivery ? TO_A_LIGHT : TO_A_LIGHT_PLAIN;
    // a light that is not bound to the key will not answer
    const isUnbound = this.#findings.some(({ code }) => code === 'on-air/not-bound');
    return isUnbound ? tries.slice(0, 1) : tries;
  }

  /** How often the question was delivered without an answer. */
  async #tryFirst(question: ProofQuestion): Promise<number> {
    let deliveries = 0;
    for (const { onlyIfDelivered = false, ...attempt } of this.options.tries) {
      if (onlyIfDelivered && deliveries === 0) continue;
      const exchange = await this.#ask(question, attempt);
      if (exchange.heard) return 0;
      if (exchange.isDelivered) deliveries++;
    }
    return deliveries;
  }

  async #put(question: ProofQuestion, tries: readonly Try[]): Promise<void> {
    for (const attempt of tries.slice(0, this.options.repeats))
      if ((await this.#ask(question, attempt)).heard) return;
    this.#findings.push(
      question.kind === 'on-off' ? findings.lightSilent() : findings.noAnswerTo(wordsOf(question)),
    );
  }

  async #ask(question: ProofQuestion, attempt: Try): Promise<Exchange<unknown>> {
    const { ttl, signal } = this.options;
    const options = { ...attempt, ...(ttl !== undefined && { ttl }), ...(signal && { signal }) };
    const exchange = await this.#askOnce(question, options);
    if (exchange.heard) this.#first ??= exchange.heard;
    return exchange;
  }

  #askOnce(question: ProofQuestion, options: AskOptions): Promise<Exchange<unknown>> {
    const { clone } = this;
    const at = (element: number) => clone.unicast + element;
    switch (question.kind) {
      case 'default-ttl':
        return this.#heard(requests.defaultTtl(), options, ({ answer, ttl }) => {
          // it answers with its default TTL, and each relay takes one
          this.#hops = answer.ttl - ttl + 1;
          this.#defaultTtl = answer.ttl;
        });
      case 'composition':
        return this.#heard(requests.compositionData(), options, (heard) => this.#judgeComposition(heard));
      case 'app-keys':
        return this.#heard(requests.appKeys(clone.netKeyIndex), options, ({ answer }) => {
          if (answer.status !== 0) this.#findings.push(findings.refused(wordsOf(question), answer.status));
          for (const index of clone.appKeyIndexes)
            if (!answer.appKeyIndexes.includes(index)) this.#findings.push(findings.noAppKey(index));
        });
      case 'bindings': {
        const { element, model } = question;
        return this.#heard(requests.modelApps(at(element), model), options, ({ answer }) => {
          if (answer.status !== 0) this.#findings.push(findings.refused(wordsOf(question), answer.status));
          for (const index of this.#expected(question)?.bindings ?? [])
            if (!answer.appKeyIndexes.includes(index))
              this.#findings.push(findings.notBound(element, model, index));
        });
      }
      case 'publication': {
        const { element, model } = question;
        return this.#heard(requests.publication(at(element), model), options, ({ answer }) => {
          if (answer.status !== 0) this.#findings.push(findings.refused(wordsOf(question), answer.status));
          const expected = this.#expected(question)?.publication;
          if (expected === undefined || answer.status !== 0) return;
          const isSame = expected
            ? answer.address === expected.address &&
              answer.key.appKeyIndex === expected.appKeyIndex &&
              answer.ttl === expected.ttl
            : answer.address === 0;
          if (!isSame) this.#findings.push(findings.otherPublication(element, model));
        });
      }
      case 'on-off':
        return this.#heard(
          requests.onOff(question.appKeyIndex),
          { ...options, element: at(question.element) },
          () => {},
        );
    }
  }

  async #heard<Answer>(
    request: Request<Answer>,
    options: AskOptions,
    judge: (heard: Heard<Answer>) => void,
  ): Promise<Exchange<Answer>> {
    const exchange = await this.channel.ask(request, options);
    if (exchange.heard) judge(exchange.heard);
    return exchange;
  }

  #judgeComposition({ answer, isCut }: Heard<{ readonly data: Uint8Array }>): void {
    const { composition } = this.clone;
    if (!composition) return;
    const known = isCut ? composition.subarray(0, answer.data.length) : composition;
    if (!equalBytes(answer.data, known)) this.#findings.push(findings.otherComposition());
    else if (isCut) this.#findings.push(findings.cutComposition());
  }

  #expected(question: { readonly element: number; readonly model: string }): ExpectedModel | undefined {
    return this.clone.models.find(
      ({ element, model }) => element === question.element && model === question.model,
    );
  }

  #report(outcome: NodeReport['outcome']): NodeReport {
    return {
      outcome,
      rttMs: this.#first?.rttMs ?? null,
      rssi: this.#first?.rssi ?? null,
      hops: this.#hops,
      findings: this.#findings,
    };
  }
}

/** What a question is about, for a sentence. */
function wordsOf(question: ProofQuestion): string {
  switch (question.kind) {
    case 'default-ttl':
      return 'its default TTL';
    case 'composition':
      return 'its composition data';
    case 'app-keys':
      return 'its application keys';
    case 'bindings':
      return `the bindings of model ${question.model} in element ${question.element}`;
    case 'publication':
      return `the publication of model ${question.model} in element ${question.element}`;
    case 'on-off':
      return 'its light';
  }
}
