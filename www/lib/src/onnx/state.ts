/** What a graph hands from one run to the next, as the host holds it: a number, behind which the session's instance has the rest. */
import { NearhandError } from '../words/errors.js';
import { invalid } from '../words/plain.js';
import type { Instance } from './instance.js';
import type { SessionState } from './public.js';

/** The instance of the session that a state is of; throws once that is released. */
export type Live = () => Instance;

type Kept = Parameters<Parameters<Instance['ask']>[1]>[0];
/** Which state of which session it is. */
const numbers = new WeakMap<object, { readonly live: Live; readonly number: number }>();

/** Whether there is one: it may have been released. */
function asked<T>(state: object, act: (held: Kept) => T): T {
  const { live, number } = numbers.get(state)!;
  const answer = live().ask(number, act);
  if (answer === undefined) throw new NearhandError('closed', 'this state is released; make another');
  return answer;
}

class State implements SessionState {
  constructor(live: Live, number: number) {
    numbers.set(this, { live, number });
  }

  get length(): number {
    return asked(this, (held) => held.length());
  }

  get bytes(): number {
    return asked(this, (held) => held.bytes());
  }

  truncate(length: number): void {
    const { length: most } = this;
    if (!Number.isInteger(length) || length < 0 || length > most) invalid('truncate.length', `an integer from 0 to ${most}, the state's length`, length);
    asked(this, (held) => (held.truncate(length), true));
  }

  clone(): SessionState {
    const { live, number } = numbers.get(this)!;
    // One that is released says so.
    this.length;
    return new State(live, live().state(number));
  }

  release(): void {
    const { live, number } = numbers.get(this)!;
    try {
      live().drop(number);
    } catch {
      // With its session it has gone.
    }
  }
}

export const stateOf = (live: Live): SessionState => new State(live, live().state());

/** The number of a state of this session that is there. */
export function numberOf(state: unknown, live: Live): number {
  const known = numbers.get(Object(state) as object);
  if (!known) invalid('run.state', 'what session.state() gives', state);
  if (known.live !== live) throw new NearhandError('model-mismatch', 'the state is of another session: states stay with the one that made them', { option: 'run.state' });
  asked(state as object, (held) => held.length());
  return known.number;
}
