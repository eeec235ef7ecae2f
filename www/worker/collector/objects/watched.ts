/** What is bet on the sums: each closed period as one batch, in its order. After a restart they are bet on again, with the same end. */
import { createMonitor, type Monitor } from 'nearhand/monitor';
import type { Settings } from '../door/settings.js';
import { MOST_ALERTS } from '../words/limits.js';
import type { States, ToldAlert } from '../words/types.js';
import type { Store } from './store.js';

export class Watched {
  readonly #monitor: Monitor;
  readonly #period: number;
  /** When what is looked at was closed. */
  readonly #clock: { now: number };
  #upTo = -1;
  #alerts: readonly ToldAlert[] = [];

  private constructor(monitor: Monitor, clock: { now: number }, period: number) {
    this.#monitor = monitor;
    this.#clock = clock;
    this.#period = period;
  }

  static async open(reference: Uint8Array, { period }: Settings): Promise<Watched> {
    const clock = { now: 0 };
    const monitor = await createMonitor({ reference, visitors: 'many', every: 1_000_000, now: () => clock.now });
    return new Watched(monitor, clock, period);
  }

  /** Bets on the periods that have been closed since. */
  look(store: Store, open: number): void {
    for (const { begin, body } of store.between(this.#upTo, open)) {
      if (body.byteLength) this.#monitor.absorb(body);
      this.#clock.now = begin + this.#period;
      const alerts = this.#monitor.look().map((alert) => ({ ...alert, begin }));
      this.#alerts = [...this.#alerts, ...alerts].slice(-MOST_ALERTS);
      this.#upTo = begin;
    }
  }

  get alerts(): readonly ToldAlert[] {
    return this.#alerts;
  }

  get upTo(): number | null {
    return this.#upTo < 0 ? null : this.#upTo;
  }

  get standing(): ReturnType<Monitor['info']>['standing'] {
    return this.#monitor.info().standing;
  }

  /** Of streams and rates, by their names. */
  get states(): States {
    const { streams, rates } = this.#monitor.info();
    const of = (all: typeof streams | typeof rates): States['rates'] => Object.fromEntries(all.map(({ name, state }) => [name, state]));
    return { streams: of(streams), rates: of(rates) };
  }
}
