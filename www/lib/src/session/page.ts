/** What one visitor does, checked; and one visitor of many, with a session of its own in an engine that is everybody's. */
import type { Engine } from '../engine/engine.js';
import { deepFreeze } from '../words/freeze.js';
import { checkCart, checkEvent, checkId, checkPage, checkRecommend } from '../words/options.js';
import { eventOf } from '../words/signal.js';
import type * as T from '../words/types.js';

export type Act<R> = (engine: Engine, nowMs: number) => R;
export type Slates = (widgets: readonly T.Widget[], started: number, snapshot?: Uint8Array) => Promise<readonly T.Slate[]>;

/** What is done with the visitor's session in the engine. */
interface Desk {
  readonly read: <R>(act: Act<R>) => R;
  /** What becomes of the session is kept. */
  readonly change: (act: Act<void>) => void;
  readonly slates: Slates;
}

export const visitorOf = ({ read, change, slates }: Desk) => ({
  observe(given: T.ShopEvent | T.Signal): void {
    const event = eventOf(checkEvent(given));
    // Undefined is a click in a slate.
    if (event !== undefined) change((e, now) => e.observe(event, now));
  },
  setCart(lines: readonly T.CartLine[]): void {
    const checked = checkCart(lines);
    change((e, now) => e.setCart(checked, now));
  },
  undismiss(item: string): void {
    const checked = checkId(item);
    change((e) => e.undismiss(checked));
  },
  async recommend(options: T.RecommendOptions = {}): Promise<T.Slate> {
    const started = performance.now();
    const { session, ...widget } = checkRecommend(options);
    return (await slates([widget], started, session))[0]!;
  },
  async recommendPage(widgets: readonly T.Widget[]): Promise<readonly T.Slate[]> {
    const started = performance.now();
    return slates(checkPage(widgets), started);
  },
  session: (): readonly T.SessionEvent[] => deepFreeze(read((e, now) => e.session(now))),
});

/** `aside` acts with this session in the engine, in one step: the shop's own is in its place again after. */
export function pageOf(aside: <R>(snapshot: Uint8Array, act: Act<R>) => R, slates: Slates, begun: Uint8Array): T.Page {
  const taken = (engine: Engine): Uint8Array => engine.snapshot();
  // Read at once: whoever begins with bytes that are no session hears of it here.
  let held = aside(begun, taken);
  const change = (act: Act<void>): void => {
    held = aside(held, (engine, now) => {
      act(engine, now);
      return taken(engine);
    });
  };
  return Object.freeze({
    ...visitorOf({ read: (act) => aside(held, act), change, slates: (widgets, started, session = held) => slates(widgets, started, session) }),
    snapshot: () => held.slice(),
    forget: () => change((e, now) => e.forget(now)),
  });
}
