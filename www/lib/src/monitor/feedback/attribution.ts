/** Which slate a click and a purchase are owed to: items and slates by the texts that the host has. */
import { slateId } from '../../words/slate-id.js';
import type { Slate } from '../../words/types.js';
import { NearhandError, short } from '../../words/errors.js';
import type { Credit } from '../running/glue.js';
import type { Instance } from '../running/instance.js';
import { byPerson } from '../reading/people.js';
import { checkText } from '../words/options.js';
import type { Attribution, Credited, FeedbackRow, Happening, ShownSlate } from '../words/feedback.js';

const WORDS = ['credited', 'organic', 'again', 'over-cap', 'untrusted'] as const;
/** Items that are told apart. */
const MOST = 65_536;
const FIELDS = 8;
/** Sources of slates that no model chose. */
const BY_HAND = new Set(['curated', 'session']);

const invalid = (why: string, value: unknown): NearhandError => new NearhandError('monitor-observation-invalid', `${why}, not ${short(value)}`, { value: short(value) });

/** Numbers for texts, for as long as they are needed. */
class Names {
  readonly #byText = new Map<string, { readonly number: number; used: number; open: number }>();
  readonly #byNumber = new Map<number, string>();
  #next = 1;

  known(text: string): number | undefined {
    return this.#byText.get(text)?.number;
  }
  text(number: number): string {
    return this.#byNumber.get(number) ?? '';
  }
  get size(): number {
    return this.#byText.size;
  }
  take(text: string, at: number): number {
    let known = this.#byText.get(text);
    if (!known) {
      this.#byText.set(text, (known = { number: this.#next++, used: at, open: 0 }));
      this.#byNumber.set(known.number, text);
    }
    known.used = Math.max(known.used, at);
    known.open += 1;
    return known.number;
  }
  release(number: number): void {
    const known = this.#byText.get(this.text(number));
    if (known) known.open -= 1;
  }
  /** Lets go of those that nothing is open of and that were used before then. */
  forget(before: number): void {
    for (const [text, { number, used, open }] of this.#byText) {
      if (open > 0 || used >= before) continue;
      this.#byText.delete(text);
      this.#byNumber.delete(number);
    }
  }
}

export function attribution(instance: Instance<Credit>, now: () => number, purchaseWithinMs: number): Attribution {
  const items = new Names();
  const slates = new Names();
  const time = (at: number | undefined): number => {
    const ms = at ?? now();
    if (!(ms >= 0 && ms < 2 ** 53)) throw invalid('a time is Unix milliseconds', at);
    return Math.trunc(ms);
  };
  const credited = (told: Float64Array): Credited => {
    const became = WORDS[told[0]!]!;
    return Object.freeze(became === 'credited' ? { became, slate: slates.text(told[1]!), rank: told[2]! + 1 } : { became });
  };
  const happened = (item: string, more: Happening, act: (credit: Credit, item: number, at: number, trusted: boolean) => Float64Array): Credited => {
    const at = time(more.at);
    const trusted = more.trusted ?? byPerson(more.event);
    // An item that no slate has shown has no number: 0 is nobody's.
    const number = items.known(checkText(item, 'item')) ?? 0;
    return credited(instance.call((credit) => act(credit, number, at, trusted === true)));
  };
  return Object.freeze<Attribution>({
    shown(slate: ShownSlate, more = {}) {
      const at = time(more.at);
      const id = more.id === undefined ? slateId(slate as unknown as Slate) : checkText(more.id, 'shown.id');
      if (slates.known(id) !== undefined) return id;
      const texts = Array.from(slate.items, ({ item }) => checkText(item, 'shown.items'));
      const propensities = Float64Array.from(slate.items, ({ propensity }) => propensity);
      if (!texts.length) return id;
      if (items.size + texts.length > MOST) throw invalid(`at most ${MOST} items are told apart: settle`, items.size);
      const numbers = Uint32Array.from(texts, (text) => items.take(text, at));
      const number = slates.take(id, at);
      try {
        instance.call((credit) => credit.show(number, at, numbers, propensities, more.influenced ?? !BY_HAND.has(slate.source)));
      } catch (error) {
        numbers.forEach((one) => items.release(one));
        slates.release(number);
        // As if it had never been shown: shown aright it counts.
        slates.forget(Infinity);
        throw error;
      }
      return id;
    },
    clicked: (item, more = {}) =>
      happened(item, more, (credit, number, at, trusted) => {
        const slate = more.slate === undefined ? undefined : (slates.known(more.slate) ?? 0);
        return credit.click(slate, number, at, trusted);
      }),
    bought: (item, more = {}) => happened(item, more, (credit, number, at, trusted) => credit.buy(number, at, trusted)),
    settle() {
      const at = time(undefined);
      const told = instance.call((credit) => credit.settle(at));
      const rows: FeedbackRow[] = [];
      const done = new Set<number>();
      const when = (ms: number): number | null => (Number.isNaN(ms) ? null : ms);
      for (let from = 0; from < told.length; from += FIELDS) {
        const [slate, shownAt, item, place, propensity, clicked, bought, influenced] = told.subarray(from, from + FIELDS) as unknown as [number, number, number, number, number, number, number, number];
        rows.push(Object.freeze({ slate: slates.text(slate), shownAt, item: items.text(item), rank: place + 1, propensity, clickedAt: when(clicked), boughtAt: when(bought), influenced: influenced === 1 }));
        items.release(item);
        done.add(slate);
      }
      done.forEach((slate) => slates.release(slate));
      // Credits of an item are remembered as long; a slate that is drawn again is the same.
      items.forget(at - purchaseWithinMs);
      slates.forget(at - purchaseWithinMs);
      return Object.freeze(rows);
    },
    get refused() {
      const [untrusted, overCap] = instance.call((credit) => credit.refused());
      return Object.freeze({ untrusted: untrusted!, overCap: overCap! });
    },
  });
}
