/**
 * A model in this thread, in turns of some milliseconds. Up to four completions take turns on it, each with a memory of its own; others wait
 * in the order they came.
 */
import { NearhandError, wrap } from '../../words/errors.js';
import { closed } from '../words/closed.js';
import type { FinishReason } from '../words/completer-types.js';
import { Proof, prove } from './goldens.js';
import { type Beginning, type Box, type Glue, type Instance, open } from './instance.js';
import { type Job, Likely, One, Several } from './jobs.js';
import type { OpenRunner, RunAdapting, Runner } from '../words/runner.js';
import { turn } from './turn.js';

/** On their way, and in all. */
const MOST_RUNNING = 4;
const MOST_JOBS = 64;
/** A golden is answered once more after so many calls, or milliseconds, while nobody waits. */
const [PROVED_CALLS, PROVED_MS] = [256, 600_000];
/** UTF-16 units of a text that n-grams are primed with in one turn. */
const PRIMED = 1 << 13;

/** A text in parts that end between words, where they can. */
export function* parts(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + PRIMED, text.length);
    const space = to < text.length ? text.lastIndexOf(' ', to) : -1;
    // Half a character would be another one.
    if (space > from) to = space;
    else if (/[\ud800-\udbff]/.test(text[to - 1]!) && to < text.length) to++;
    yield text.slice(from, to);
    from = to;
  }
}

/** What adapts, in the order of crates/complete-wasm's `adapting`; NaN, or nothing, where nobody said. */
const numbersOf = (of: RunAdapting): Float64Array =>
  Float64Array.from([of.ngram, of.ngramBits, of.ngramOrder, of.ngramRate, of.bias, of.biasRate, of.biasMost, ...(of.ngramWeights ?? [])], Number);

export const inThread =
  (glue: () => Glue): OpenRunner =>
  async (opening, now, signal) => {
    let adapting: RunAdapting | null = null;
    /** Calls since a golden was answered, when that was, the time of the last call, and how often. */
    let [calls, since, latest, times] = [0, NaN, 0, 0];
    let proof: Proof | undefined;
    /** Whether one was answered otherwise while it served. */
    let failed = false;
    /** Begins anew with what adapts: of an instance that takes the place of another too. What was learnt there is lost with it. */
    const told = async (box: Box): Promise<void> => {
      // It has answered all of them, and one that was on its way lies in the other.
      [proof, calls, since] = [undefined, 0, latest];
      if (!adapting) return;
      const { ngram, prime } = adapting;
      box.adapt(numbersOf(adapting));
      for (const part of ngram ? parts(prime) : []) {
        box.prime(part);
        await turn();
      }
    };
    const { goldens = [] } = opening.settings;
    const proved: Beginning['proved'] = async (calls, signal) => {
      if (goldens.length) await prove(goldens, calls, now, signal);
    };
    let instance: Instance | undefined = await open(glue, opening, now, { proved, told }, signal);
    const running: Job[] = [];
    const waiting: Job[] = [];

    const live = (): Instance => {
      if (!instance) throw closed();
      return instance;
    };
    const call = async <T>(act: (box: Box) => T): Promise<T> => {
      await live().ready();
      return live().call(act);
    };
    const leave = (job: Job): boolean => {
      for (const list of [running, waiting]) {
        const at = list.indexOf(job);
        if (at >= 0) return list.splice(at, 1).length > 0;
      }
      return false;
    };

    /**
     * Each call goes on with what it has asked for, and while that waits with what is in its way. None counts on the turns of another: at
     * the edge they end with the request that made them.
     */
    const drive = async (own: Job): Promise<void> => {
      const there = (): boolean => running.includes(own) || waiting.includes(own);
      // Whoever has asked goes on first: what he does next may be to ask for less.
      await turn();
      while (instance && there()) {
        while (running.length < MOST_RUNNING && waiting.length) running.push(waiting.shift()!);
        const these = [...running];
        try {
          await instance.ready();
        } catch (error) {
          for (const job of these) if (leave(job)) job.fail(error);
          continue;
        }
        const job = running.includes(own) ? own : running[0];
        if (!job || !instance || !there()) continue;
        let more = false;
        try {
          more = !job.step(instance);
        } catch (error) {
          job.fail(error);
          job.free(instance);
        }
        // The next one's turn.
        if (leave(job) && more) running.push(job);
        await turn();
      }
      await proving();
    };

    /** A golden once more, when its time has come: while nobody waits, in the turns of whoever was served last. What adapts answers otherwise by right. */
    const proving = async (): Promise<void> => {
      calls++;
      if (!proof && goldens.length && !adapting && (calls >= PROVED_CALLS || latest - since >= PROVED_MS)) {
        const at = times++ % goldens.length;
        [proof, calls, since] = [new Proof(goldens[at]!, at, now), 0, latest];
      }
      while (instance && proof && !running.length && !waiting.length) {
        try {
          if (proof.step(instance)) proof = undefined;
        } catch (error) {
          proof = undefined;
          failed ||= !/trap|memory|option/.test(wrap(error).code);
          instance.drop();
        }
        await turn();
      }
    };

    const enter = async <J extends Job>(job: J, signal?: AbortSignal): Promise<Awaited<J['ended']>> => {
      live();
      const ended = job.ended as Promise<Awaited<J['ended']>>;
      if (signal?.aborted) {
        job.stop('cancelled');
        return ended;
      }
      if (running.length + waiting.length >= MOST_JOBS) throw new NearhandError('too-many', `${MOST_JOBS} calls wait for this model already: cancel what nobody wants any more`, { most: MOST_JOBS });
      const stop = (reason: FinishReason): void => void (leave(job) && job.stop(reason, instance));
      const cancel = (): void => stop('cancelled');
      signal?.addEventListener('abort', cancel);
      // Until it has begun nobody looks at the clock for it.
      latest = now();
      if (since !== since) since = latest;
      const ms = job.deadline - latest;
      const timer = ms < 2 ** 31 ? setTimeout(() => job.begun || stop('deadline'), ms) : undefined;
      waiting.push(job);
      void drive(job);
      return ended.finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      });
    };

    const runner: Runner = {
      run: (prompt, options, told, signal) => enter(new One({ prompt, options, from: now(), now }, told), signal),
      best: (prompt, n, options, signal) => enter(new Several({ prompt, options, from: now(), now }, n), signal),
      likelihood: (accepted, learn) => enter(new Likely(accepted, learn)),
      count: (text) => call((box) => box.count(text)),
      async adapt(given) {
        await live().ready();
        adapting = given;
        proof?.free(live());
        proof = undefined;
        // What was to be learnt by the word of before is none of what comes now.
        for (const job of [...running, ...waiting]) {
          if (!(job instanceof Likely && job.learn && leave(job))) continue;
          job.fail(new NearhandError('aborted', 'what adapts was changed before this text was learnt'));
          job.free(live());
        }
        if (!given) return call((box) => box.adapt(new Float64Array()));
        const { number } = live();
        const { ngram, prime } = given;
        await call((box) => box.adapt(numbersOf(given)));
        for (const part of ngram ? parts(prime) : []) {
          await turn();
          // Another call has come, or another instance, which was told.
          if (adapting !== given || live().number !== number) return;
          await call((box) => box.prime(part));
        }
      },
      forget: () => call((box) => box.forget()),
      async info() {
        const vocabulary = await call((box) => box.vocabulary());
        const keptBytes = await call((box) => box.kept());
        const { memoryBytes, number: restarts } = live();
        return { vocabulary, keptBytes, memoryBytes, restarts, ...(failed && { failed: 'golden-mismatch' }), running: running.length + waiting.length, place: 'thread' };
      },
      close() {
        const last = instance;
        // Memory and model go with the instance, which nobody else holds.
        instance = undefined;
        for (const job of [...running.splice(0), ...waiting.splice(0)]) job.stop('cancelled', last);
      },
    };
    return runner;
  };
