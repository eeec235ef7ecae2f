/** A challenger sees what the champion is asked, after the champion has answered; nothing that it does reaches the slate that is served. */
import { short, wrap } from '../../words/errors.js';
import { deepFreeze } from '../../words/freeze.js';
import type { RecommendOptions, Slate } from '../../words/types.js';
import type { Duel } from '../running/glue.js';
import type { Instance } from '../running/instance.js';
import { checkRollout, checkText } from '../words/options.js';
import type { Challenger, Champion, Shadow, ShadowOptions, ShadowReport, ShadowRequest, Verdict } from '../words/shadow.js';
import { type Answer, answerOf, numbered } from './answer.js';
import { Budget, sparing, whenIdle, within } from './budget.js';
import { rollout } from './rollout.js';

const DECISIONS = ['approve', 'review', 'decline'];
/** Visitors whose next item is waited for. */
const MOST_VISITORS = 1024;

/** Plain data once more: most options are a number or two, for which `structuredClone` takes its time where a slate is waited for. */
function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  if (ArrayBuffer.isView(value)) return (value as Uint8Array).slice();
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = copied((value as Record<string, unknown>)[key]);
  return copy;
}

/** What was last answered to a visitor. */
interface Pair {
  champion?: Answer;
  challenger?: Answer;
  /** The item that he went to, if he was quicker than the challenger. */
  next?: string;
}

export function shadow(shop: Champion, challenger: Challenger, instance: Instance<Duel>, options: ShadowOptions): Shadow {
  const { share = 0.1, budgetMs = 200, deadlineMs = 1000, random = Math.random, spare = sparing() } = options;
  const budget = new Budget(budgetMs);
  const skipped = { share: 0, busy: 0, budget: 0, spare: 0 };
  const pairs = new Map<string, Pair>();
  const running = new Set<Promise<unknown>>();
  let failure: string | null = null;
  let closed = false;
  /** When the challenger was asked last and has not answered; in workers a request that ends takes its promises along, so that it is no more than a time. */
  let busySince: number | undefined;

  /** Counting must not reach the shop, whatever becomes of it. */
  const count = (act: (duel: Duel) => void): void => {
    try {
      instance.call(act);
    } catch (error) {
      failure = short(wrap(error).message);
    }
  };

  const reward = (visitor: string, pair: Pair): void => {
    const { champion, challenger: other, next } = pair;
    if (!champion || !other || next === undefined) return;
    pairs.delete(visitor);
    count((duel) => duel.rewards(Number(champion.items.includes(next)), Number(other.items.includes(next))));
  };

  const ask = async (asked: RecommendOptions, slate: Slate, visitor: string, pair: Pair): Promise<void> => {
    const from = performance.now();
    busySince = from;
    try {
      const answer = answerOf(await within(async () => challenger.recommend(asked), deadlineMs));
      const took = performance.now() - from;
      const champion = answerOf(slate);
      const [one, two] = numbered(champion.items, answer.items);
      const scores = [champion.scores, answer.scores].map((list) => Float64Array.from(list)) as [Float64Array, Float64Array];
      count((duel) => {
        duel.asked(false);
        duel.slates(one, scores[0], two, scores[1], slate.tookMs * 1000, took * 1000);
      });
      pair.champion = champion;
      pair.challenger = answer;
      if (pairs.get(visitor) === pair) reward(visitor, pair);
    } catch (error) {
      failure = short((error as Error | null)?.message ?? error);
      if (pairs.get(visitor) === pair) pairs.delete(visitor);
      count((duel) => duel.asked(true));
    } finally {
      budget.spend(performance.now() - from);
      busySince = undefined;
    }
  };

  /** Whether this request is handed on; counts why not. */
  const wanted = (): boolean => {
    if (closed) return false;
    const draw = random();
    const why = !(draw < share) ? 'share' : busySince !== undefined && performance.now() - busySince < 2 * deadlineMs ? 'busy' : !budget.left ? 'budget' : spare() === true ? 'spare' : undefined;
    if (why) skipped[why] += 1;
    return !why;
  };

  const follow = (champions: Promise<Slate>, given: RecommendOptions | undefined, request: ShadowRequest | undefined): void => {
    let asked: RecommendOptions;
    let visitor: string;
    try {
      if (!wanted()) return;
      // As it was asked: the host may change its objects, and the session goes on.
      const { session, ...rest } = given ?? {};
      asked = Object.assign(copied(rest) as RecommendOptions, { session: session?.slice() ?? shop.snapshot() });
      visitor = String(given?.visitor ?? '');
    } catch (error) {
      failure = short((error as Error | null)?.message ?? error);
      return;
    }
    const pair: Pair = {};
    pairs.delete(visitor);
    pairs.set(visitor, pair);
    if (pairs.size > MOST_VISITORS) pairs.delete(pairs.keys().next().value!);
    const work = champions.then(
      (slate) =>
        new Promise<void>((done) => {
          const begin = (): void => {
            if (closed) done();
            else void ask(asked, slate, visitor, pair).then(done, done);
          };
          // Behind whoever waits for the slate: his step comes before this one, and neither what is scheduled nor what the challenger takes is of his time.
          queueMicrotask(() => whenIdle(begin));
        }),
      // The champion has failed: there is nothing to compare with.
      () => void pairs.delete(visitor),
    );
    running.add(work);
    void work.finally(() => running.delete(work));
    try {
      request?.waitUntil?.(work);
    } catch {}
  };

  const verdict = (): Verdict => instance.call((duel) => duel.verdict()) as Verdict;

  return Object.freeze<Shadow>({
    recommend(given, request) {
      const champions = shop.recommend(given);
      follow(champions, given, request);
      return champions;
    },
    next(item, visitor = '') {
      const pair = pairs.get(String(visitor));
      if (!pair) return;
      // The first that he went to, as both were answers to what he did before.
      pair.next ??= String(item);
      reward(String(visitor), pair);
    },
    decisions(one, two, amount) {
      const [first, second] = [DECISIONS.indexOf(one), DECISIONS.indexOf(two)];
      count((duel) => {
        duel.asked(second < 0);
        if (first >= 0 && second >= 0) duel.decisions(first, second, Number(amount));
      });
    },
    verdict,
    report: () => deepFreeze({ ...(instance.call((duel) => duel.told()) as Omit<ShadowReport, 'failure' | 'skipped'>), failure, skipped: { ...skipped } }),
    rollout: (given) =>
      rollout({ shop, challenger, deadlineMs, verdict, failed: (why) => ((failure = why), count((duel) => duel.asked(true))), answered: () => count((duel) => duel.asked(false)), text: checkText }, checkRollout(given)),
    settled: async () => {
      while (running.size) await Promise.allSettled(running);
    },
    close() {
      closed = true;
      pairs.clear();
    },
  });
}
