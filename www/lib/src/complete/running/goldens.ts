/**
 * Goldens: what a model was recorded to answer, asked of an instance. One that answers otherwise is refused, be it another's tokenizer,
 * weights that have lost their scales, or a machine that computes otherwise.
 */
import { throwIfAborted } from '../../files/fetch.js';
import { NearhandError, short } from '../../words/errors.js';
import type { Completed } from '../words/completer-types.js';
import type { Box, Calls, Run } from './instance.js';
import type { RunGolden } from '../words/runner.js';
import { One, SLICE_MS } from './jobs.js';
import { turn } from './turn.js';

/** Of a log-probability. Machines and builds differ in its last digits; what is broken, by more. */
const TOLERANCE = 0.02;

/** One golden, answered once more. Its last step throws where it is answered otherwise. */
export class Proof extends One {
  constructor(
    readonly golden: RunGolden,
    readonly at: number,
    now: () => number,
  ) {
    const { prompt, specials = [], stop = [], logprobs, ends } = golden;
    super({ prompt, options: { maxTokens: logprobs.length + Number(ends ?? 0), logprobs: 0, specials, stop }, from: 0, now }, () => {});
  }

  protected override answer(box: Box, run: Run): Completed {
    const done = super.answer(box, run);
    const { prompt, tokens, completion, logprobs, ends } = this.golden;
    const off = logprobs.findIndex((one, at) => !(Math.abs(one - done.logprobs![at]?.logprob!) <= TOLERANCE));
    if (done.usage.prompt !== tokens) this.#differs('tokens', tokens, done.usage.prompt, prompt);
    if (done.completion !== completion) this.#differs('completion', completion, done.completion, prompt);
    if (off >= 0) this.#differs(`logprobs[${off}]`, logprobs[off], done.logprobs![off]?.logprob, prompt);
    if (ends && done.finishReason !== 'stop') this.#differs('ends', true, false, prompt);
    return done;
  }

  #differs(what: string, expected: unknown, found: unknown, prompt: string): never {
    const details = { golden: this.at, differs: what, expected, found };
    const message = `goldens[${this.at}] of the model, behind "${short(prompt)}", has ${what} ${short(expected)} and is answered with ${short(found)}: model, tokenizer or settings are not those that it was recorded with, or this machine computes otherwise`;
    throw new NearhandError('golden-mismatch', message, details);
  }
}

/** All of them, of an instance that has answered nothing yet, in slices of a turn. Throws with the first that is answered otherwise. */
export async function prove(goldens: readonly RunGolden[], calls: Calls, now: () => number, signal?: AbortSignal): Promise<void> {
  let from = now();
  for (const [at, golden] of goldens.entries()) {
    const proof = new Proof(golden, at, now);
    while (!proof.step(calls)) {
      // Where a clock stands still while a script runs there are no turns, and at the edge, out of requests, there may be none.
      if (now() - from < SLICE_MS) continue;
      await turn();
      throwIfAborted(signal);
      from = now();
    }
  }
  calls.call((box) => box.forget());
}
