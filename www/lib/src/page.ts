/** One visitor of many: a session of its own in an engine that is everybody's. Whatever it does, it does in one step. */
import { deepFreeze } from './freeze.js';
import { checkCart, checkEvent, checkId, checkPage, checkRecommend } from './options.js';
import type { Engine } from './engine.js';
import { eventOf } from './signal.js';
import type * as T from './types.js';

/** What a shop does for its pages. */
export interface Desk {
  /** Acts with this session in the engine. The shop's own is in its place again after. */
  readonly aside: <R>(snapshot: Uint8Array, act: (engine: Engine, nowMs: number) => R) => R;
  readonly slates: (widgets: readonly T.Widget[], snapshot: Uint8Array) => Promise<readonly T.Slate[]>;
}

export function pageOf({ aside, slates }: Desk, begun: Uint8Array): T.Page {
  const taken = (engine: Engine): Uint8Array => engine.snapshot();
  /** Read at once: whoever begins with bytes that are no session hears of it here. */
  let held = aside(begun, taken);
  const change = (act: (engine: Engine, nowMs: number) => void): void => {
    held = aside(held, (engine, nowMs) => {
      act(engine, nowMs);
      return taken(engine);
    });
  };
  return Object.freeze<T.Page>({
    observe(given) {
      const event = eventOf(given);
      if (!event) return;
      const checked = checkEvent(event);
      change((e, now) => e.observe(checked, now));
    },
    async recommend(options = {}) {
      const { session = held, ...widget } = checkRecommend(options);
      return (await slates([widget], session))[0]!;
    },
    async recommendPage(widgets) {
      return slates(checkPage(widgets), held);
    },
    setCart(lines) {
      const checked = checkCart(lines);
      change((e, now) => e.setCart(checked, now));
    },
    undismiss(item) {
      const checked = checkId(item);
      change((e) => e.undismiss(checked));
    },
    session: () => deepFreeze(aside(held, (e, now) => e.session(now))),
    snapshot: () => held.slice(),
    forget: () => change((e, now) => e.forget(now)),
  });
}
