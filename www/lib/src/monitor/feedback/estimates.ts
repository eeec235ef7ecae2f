/** What another policy would have earned, and what a place is worth. */
import { deepFreeze } from '../../words/freeze.js';
import type { Places, Policy } from '../running/glue.js';
import type { Instance } from '../running/instance.js';
import { checkAlpha, checkText } from '../words/options.js';
import type { Estimates, PolicyEstimate } from '../words/feedback.js';

/** Pairs of item and place that are told apart. */
export const MOST_PAIRS = 262_144;

export function estimates(instance: Instance<{ readonly policy: Policy; readonly places: Places }>): Estimates {
  const items = new Map<string, number>();
  return Object.freeze<Estimates>({
    add(unit) {
      const rows = Float64Array.from([...unit].flatMap(({ logged, target, reward, foretold }) => [logged, target, reward, ...(foretold ?? [NaN, NaN])]));
      instance.call(({ policy }) => policy.add(rows));
    },
    policy(alpha = 0.05) {
      const chance = checkAlpha(alpha);
      return deepFreeze(instance.call(({ policy }) => policy.told(chance)) as PolicyEstimate);
    },
    addRows(rows) {
      for (const { item, rank, clickedAt } of rows) {
        const text = checkText(item, 'addRows.item');
        let number = items.get(text);
        if (number === undefined) items.set(text, (number = items.size));
        const [own, clicked] = [number, Number(clickedAt !== null)];
        instance.call(({ places }) => places.add(own, rank - 1, 1, clicked));
      }
    },
    ranks: () => deepFreeze(instance.call(({ places }) => places.told()).map(({ place, relative, shown, clicked }) => ({ rank: place + 1, relative, shown, clicked }))),
  });
}
