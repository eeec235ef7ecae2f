/** What takes turns on one model: a completion, several of one prompt, a text that is asked about. Each goes on by a slice, and ends once. */
import { NearhandError } from '../../words/errors.js';
import { answersOf, nothing } from './answer.js';
import { closed } from '../words/closed.js';
import type { Accepted, Completed, FinishReason, Likelihood } from '../words/completer-types.js';
import { asked, type Box, type Calls, type Glue, type Handle, type Instance, type Run } from './instance.js';
import type { RunOptions } from '../words/runner.js';

/** Milliseconds and tokens of a turn. A clock may stand still while a script runs, as in workerd: then it is the tokens that count. */
export const SLICE_MS = 8;
const SLICE_TOKENS = 32;
/** Tokens of a prompt that are read at once, and when that is too long or short enough for more. */
const READ = 32;
const [LONG_MS, SHORT_MS] = [14, 9.5];

export interface Job {
  /** Goes on by a slice. Whether it has come to its end. Throws what it fails with. */
  step(instance: Calls): boolean;
  fail(error: unknown): void;
  /** Lets go of what lies in the instance: after an error that has left it whole. */
  free(instance: Instance): void;
  /** Ends it with what it has. */
  stop(reason: FinishReason, instance?: Instance): void;
  /** Whether it lies in an instance, where the clock is looked at. */
  readonly begun: boolean;
  /** When it ends by itself, by the clock; infinity for never. */
  readonly deadline: number;
  /** Settles once it has ended. */
  readonly ended: Promise<unknown>;
}

/** What all share: a handle in an instance, and an end. */
abstract class Work<T, H extends Handle> implements Job {
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  readonly ended = new Promise<T>((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]));
  readonly deadline: number = Infinity;
  protected handle: H | undefined;
  /** Of the instance in which the handle lies. */
  #number: number | undefined;

  protected abstract begin(box: Box, glue: Glue): H;
  /** Whether it has come to its end. */
  protected abstract go(box: Box, handle: H): boolean;
  protected abstract answer(box: Box, handle: H): T;
  /** Of one that never began. */
  protected abstract none(reason: FinishReason): T;

  get begun(): boolean {
    return this.handle !== undefined;
  }

  step(instance: Calls): boolean {
    if (this.handle && this.#number !== instance.number) throw lost();
    return instance.call((box, glue) => {
      if (!this.handle) [this.handle, this.#number] = [this.begin(box, glue), instance.number];
      const { handle } = this;
      if (!this.go(box, handle)) return false;
      this.handle = undefined;
      this.#resolve(this.answer(box, handle));
      return true;
    });
  }

  fail(error: unknown): void {
    this.#reject(error);
  }

  free(instance: Instance): void {
    const handle = this.#held(instance);
    try {
      if (handle) instance.call(() => handle.free());
    } catch {
      // It has gone with its instance.
    }
  }

  /** What could not be asked for any more, it has not. */
  stop(reason: FinishReason, instance?: Instance): void {
    const handle = this.#held(instance);
    try {
      this.#resolve(handle ? instance!.call((box) => this.answer(box, handle)) : this.none(reason));
    } catch {
      this.#resolve(this.none(reason));
    }
  }

  /** Its handle, where that lies in this instance; it is nobody's then. */
  #held(instance: Instance | undefined): H | undefined {
    const { handle } = this;
    this.handle = undefined;
    return instance?.number === this.#number ? handle : undefined;
  }
}

const lost = (): NearhandError => new NearhandError('engine-trapped', 'the engine stopped in another call: what was on its way is lost, and the call may be made again');

/** One prompt, its options, and when it came. */
export interface Asking {
  readonly prompt: string;
  readonly options: RunOptions;
  readonly from: number;
  readonly now: () => number;
}

const over = ({ options: { deadline }, from }: Asking): number => (deadline === undefined ? Infinity : from + deadline);
const took = ({ from, now }: Asking): number => Math.max(0, Math.round((now() - from) * 1000) / 1000);

export class One extends Work<Completed, Run> {
  override readonly deadline: number;
  #read = READ;
  #written = '';

  constructor(
    readonly asking: Asking,
    readonly told: (piece: string) => void,
  ) {
    super();
    this.deadline = over(asking);
  }

  protected begin(box: Box, glue: Glue): Run {
    return box.start(this.asking.prompt, asked(glue, this.asking.options));
  }

  protected go(box: Box, run: Run): boolean {
    const { now } = this.asking;
    const [from, before] = [now(), run.tokens()];
    box.read_by(this.#read);
    const piece = box.step(run, SLICE_MS, SLICE_TOKENS, this.deadline);
    const took = now() - from;
    // Only the prompt was read: the next part is to be as long as a slice.
    if (run.tokens() === before) this.#read = took > LONG_MS ? Math.max(8, this.#read >> 1) : took < SHORT_MS ? Math.min(128, this.#read << 1) : this.#read;
    this.#written += piece;
    if (piece) this.told(piece);
    return run.ended();
  }

  protected answer(box: Box, run: Run): Completed {
    return answersOf(this.asking.prompt, box.finish(run), box.texts(), this.asking.options.logprobs !== undefined, took(this.asking))[0]!;
  }

  protected none(reason: FinishReason): Completed {
    return nothing(this.asking.prompt, this.#written, reason, took(this.asking));
  }
}

export class Several extends Work<readonly Completed[], Handle> {
  override readonly deadline: number;

  constructor(
    readonly asking: Asking,
    readonly n: number,
  ) {
    super();
    this.deadline = over(asking);
  }

  protected begin(box: Box, glue: Glue): Handle {
    return box.start_best(this.asking.prompt, asked(glue, this.asking.options), this.n);
  }

  protected go(box: Box, several: Handle): boolean {
    box.read_by(READ);
    return box.step_best(several, SLICE_MS, SLICE_TOKENS, this.deadline);
  }

  protected answer(box: Box, several: Handle): readonly Completed[] {
    return answersOf(this.asking.prompt, box.finish_best(several), box.texts(), this.asking.options.logprobs !== undefined, took(this.asking));
  }

  protected none(reason: FinishReason): readonly Completed[] {
    return Object.freeze([nothing(this.asking.prompt, '', reason, took(this.asking))]);
  }
}

export class Likely extends Work<Likelihood, Handle> {
  #told: Float64Array = new Float64Array();

  constructor(
    readonly accepted: Accepted,
    readonly learn: boolean,
  ) {
    super();
  }

  protected begin(box: Box): Handle {
    const { text, completion } = this.accepted;
    return box.start_likely(text.slice(0, text.length - completion.length), text, this.learn);
  }

  protected go(box: Box, likely: Handle): boolean {
    this.#told = box.step_likely(likely, SLICE_MS);
    return this.#told.length > 0;
  }

  protected answer(_: Box, likely: Handle): Likelihood {
    likely.free();
    const [logprob, tokens, bytes, first] = this.#told as unknown as [number, number, number, number];
    return Object.freeze({ logprob, tokens, bytes, first });
  }

  protected none(): never {
    throw closed();
  }

  /** There is no half of it. */
  override stop(): void {
    this.fail(closed());
  }
}
