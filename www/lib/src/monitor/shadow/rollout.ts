/** A share of visitors by the challenger, and back to the champion when something is wrong. */
import { short } from '../../words/errors.js';
import type { Slate } from '../../words/types.js';
import type { Alert } from '../words/public.js';
import type { Challenger, Champion, Rollout, RolloutOptions, Verdict } from '../words/shadow.js';
import { answerOf } from './answer.js';
import { within } from './budget.js';

/** Buckets of a thousandth. */
const BUCKETS = 1000;

export interface Between {
  readonly shop: Champion;
  readonly challenger: Challenger;
  readonly deadlineMs: number;
  readonly verdict: () => Verdict;
  readonly failed: (why: string) => void;
  readonly answered: () => void;
  readonly text: (given: unknown, path: string) => string;
}

export function rollout({ shop, challenger, deadlineMs, verdict, failed, answered, text }: Between, options: RolloutOptions): Rollout {
  const { share, test = 'rollout', when = ['better'], monitor, endsAt = ['fallback', 'stop'], onEnd } = options;
  let ended: string | null = null;
  const end = (why: string): void => {
    if (ended) return;
    ended = why;
    try {
      const told: unknown = onEnd?.(why);
      if (typeof (told as PromiseLike<unknown> | null)?.then === 'function') (told as PromiseLike<unknown>).then(undefined, () => {});
    } catch {}
  };
  /** Whether the challenger may serve anybody now. */
  const allowed = (): boolean => {
    if (ended) return false;
    let now: Verdict;
    try {
      now = verdict();
    } catch (error) {
      end(short((error as Error).message));
      return false;
    }
    if (now === 'failing' || now === 'worse') end(now);
    return !ended && (when as readonly string[]).includes(now);
  };
  const arm = (visitor: string): 'champion' | 'challenger' => {
    const name = text(visitor, 'visitor');
    return allowed() && shop.bucket(test, name, BUCKETS) < Math.round(share * BUCKETS) ? 'challenger' : 'champion';
  };
  const watched = (slate: Slate): void => {
    if (!monitor) return;
    try {
      monitor.saw(slate);
      // An alert may have been told to somebody else's look: what stands is asked as well.
      const alerts: readonly Alert[] = monitor.look();
      const { standing } = monitor.info();
      const bad = alerts.find(({ level }) => endsAt.includes(level))?.code ?? (endsAt as readonly (string | null)[]).find((level) => level === standing);
      if (bad) end(bad);
    } catch (error) {
      end(short((error as Error | null)?.message ?? error));
    }
  };
  return Object.freeze<Rollout>({
    arm,
    async recommend(visitor, given) {
      if (arm(visitor) === 'champion') return shop.recommend(given);
      try {
        const asked = { ...given, session: given?.session ?? shop.snapshot() };
        const slate = await within(async () => challenger.recommend(asked), deadlineMs);
        answerOf(slate);
        answered();
        watched(slate);
        if (!ended) return slate;
      } catch (error) {
        failed(short((error as Error | null)?.message ?? error));
        allowed();
      }
      return shop.recommend(given);
    },
    get ended() {
      return ended;
    },
  });
}
