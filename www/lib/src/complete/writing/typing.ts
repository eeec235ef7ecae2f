/**
 * Suggestions while somebody types, each for the text that stands: a newer key ends the run for an older text; what is typed along a
 * suggestion shortens it and starts nothing; a run for more begins when little of it is left. One run at a time: the model goes on from
 * what the last one has left behind.
 */
import { NearhandError, wrap } from '../../words/errors.js';
import { invalid } from '../../words/plain.js';
import type { Completer, CompleteOptions, FinishReason } from '../words/completer-types.js';
import type { Ghost, Typing, TypingOptions } from '../words/typing-types.js';

/** Fewer characters than this are little: more is asked for. */
const LITTLE = 8;
/** Suggestions of earlier texts that are remembered, for who deletes. */
const REMEMBERED = 32;

export interface Timers {
  now(): number;
  set(act: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}
const REAL: Timers = {
  now: () => performance.now(),
  set: (act, ms) => setTimeout(act, ms),
  clear: (timer) => clearTimeout(timer as never),
};

/** A text, and what comes next by the model. */
interface Line {
  readonly base: string;
  completion: string;
  /** Whether its run is over. */
  done: boolean;
  /** When a run for more may begin: as little is left, as nothing is, or not at all, as the model has ended it. */
  more: 'soon' | 'after' | 'never';
}

const MORE: Partial<Record<FinishReason, Line['more']>> = { length: 'soon', deadline: 'soon' };
/** The end of a sentence: a mark with a blank behind it, or one of those that need none. */
const SENTENCE = /^[^]*?(?:[.!?…]+["'”’)\]]*(?=\s)|[。！？]+[」』）]*)/;
/** Scripts without blanks between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** The blanks and the first word of a text, with the marks that touch it. */
export function firstWord(text: string): string {
  const word = /^\s*\S+/.exec(text)?.[0] ?? text;
  if (!UNSPACED.test(word) || !('Segmenter' in Intl)) return word;
  let end = 0;
  for (const { index, segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(word)) {
    end = index + segment.length;
    if (isWordLike) break;
  }
  return word.slice(0, end);
}

export function typingOf(completer: Pick<Completer, 'stream'>, given: TypingOptions, timers: Timers = REAL): Typing {
  const { debounceMs = 60, until = 'line', before: front = '', onSuggestion, onError, ...settings } = given ?? {};
  if (typeof onSuggestion !== 'function') invalid('typing.onSuggestion', 'a function', onSuggestion);
  if (onError !== undefined && typeof onError !== 'function') invalid('typing.onError', 'a function', onError);
  if (typeof front !== 'string') invalid('typing.before', 'a string', front);
  if (!(debounceMs >= 0 && debounceMs <= 10_000)) invalid('typing.debounceMs', 'milliseconds from 0 to 10000', debounceMs);
  if (!['line', 'sentence', 'text'].includes(until)) invalid('typing.until', 'one of line, sentence, text', until);
  const { stop = [] } = settings;
  const asked: CompleteOptions = { maxTokens: 12, heal: true, ...settings, stop: [...(typeof stop === 'string' ? [stop] : stop), ...(until === 'text' ? [] : ['\n'])] };

  let text = '';
  let [atEnd, composing, dismissed, closed] = [true, false, false, false];
  /** What stands, or comes. */
  let line: Line | undefined;
  let run: AbortController | undefined;
  /** The run before has ended. */
  let free: Promise<void> = Promise.resolve();
  let timer: unknown;
  let lastKey = -Infinity;
  let shown: Ghost = { text: '', suggestion: '' };
  const memory = new Map<string, Line>();

  const open = (): boolean => !closed && !dismissed && !composing && atEnd && /\S/.test(text);
  /** What of a line is ahead of the text; undefined where the text has left it. */
  const ahead = (of: Line | undefined): string | undefined => {
    const whole = of && of.base + of.completion;
    return whole !== undefined && text.length >= of!.base.length && whole.startsWith(text) ? whole.slice(text.length) : undefined;
  };

  const standing = (): string => (open() && ahead(line)) || '';

  function tell<T>(to: ((what: T) => void) | undefined, what: T): void {
    try {
      to?.(what);
    } catch (error) {
      // A fault of the host's, told where those are told; the typing goes on.
      (globalThis.reportError ?? console.error)(error);
    }
  }
  function show(): void {
    const suggestion = standing();
    if (suggestion === shown.suggestion && (!suggestion || text === shown.text)) return;
    shown = Object.freeze({ text, suggestion });
    tell(onSuggestion, shown);
  }

  /** Ends what is on its way, and what waits to be. */
  function halt(): void {
    timers.clear(timer);
    timer = undefined;
    run?.abort();
    run = undefined;
  }
  function recall(): Line | undefined {
    const found = memory.get(text) ?? [...memory.values()].reverse().find((one) => ahead(one));
    return found && { ...found };
  }
  function remember(one: Line): void {
    memory.delete(one.base);
    memory.set(one.base, { ...one });
    if (memory.size > REMEMBERED) memory.delete(memory.keys().next().value as string);
  }

  /** After whatever has changed. `key`: it was typed, and the next key may follow at once. */
  function follow(key: boolean): void {
    if (!open() || ahead(line) === undefined) {
      halt();
      line = open() ? recall() : undefined;
    }
    show();
    const now = timers.now();
    const quick = key && now - lastKey < debounceMs;
    if (key) lastKey = now;
    if (!open() || run || !wanted()) return;
    timers.clear(timer);
    timer = undefined;
    // The first key after a pause has nothing to wait for.
    if (quick) timer = timers.set(begin, debounceMs);
    else begin();
  }
  function wanted(): boolean {
    if (!line) return true;
    const left = ahead(line)!.length;
    return line.done && (line.more === 'soon' ? left < LITTLE : line.more === 'after' && left === 0);
  }

  function begin(): void {
    timer = undefined;
    const mine = (run = new AbortController());
    line ??= { base: text, completion: '', done: false, more: 'never' };
    line.done = false;
    const of = line;
    // It may be overtaken before its turn comes.
    free = free.then(() => (run === mine ? drive(mine, of) : undefined));
  }
  async function drive(mine: AbortController, of: Line): Promise<void> {
    const before = of.completion.length;
    let more: Line['more'] = 'never';
    try {
      const stream = completer.stream(front + of.base + of.completion, { ...asked, signal: mine.signal });
      stream.done.catch(() => {});
      let cut = false;
      for await (const piece of stream) {
        if (run !== mine) break;
        of.completion += piece;
        const sentence = until === 'sentence' ? SENTENCE.exec(of.completion.slice(before))?.[0] : undefined;
        if (sentence !== undefined) {
          of.completion = of.completion.slice(0, before) + sentence;
          cut = true;
        }
        show();
        if (cut) break;
      }
      if (cut) mine.abort();
      const { finishReason } = await stream.done;
      // A run that brings nothing has no more to bring.
      if (of.completion.length > before) more = cut ? 'after' : (MORE[finishReason] ?? 'never');
      if (run !== mine) return;
      of.more = more;
      of.done = true;
      remember(of);
    } catch (error) {
      if (run !== mine) return;
      of.more = more;
      of.done = true;
      tell(onError, error instanceof NearhandError ? error : wrap(error));
    }
    // The host may have typed on when it was told of an error.
    if (run !== mine) return;
    run = undefined;
    follow(false);
  }

  function take(taken: string): string {
    text += taken;
    if (taken) follow(false);
    return taken;
  }

  return Object.freeze({
    type(typed: string, caret: number = typed?.length): void {
      if (typeof typed !== 'string') invalid('typing.type', 'a string', typed);
      if (closed) return;
      const key = typed !== text;
      if (key) dismissed = false;
      text = typed;
      atEnd = caret === typed.length;
      follow(key);
    },
    compose(on: boolean): void {
      composing = on;
      if (!closed) follow(false);
    },
    accept: () => take(standing()),
    acceptWord: () => take(firstWord(standing())),
    dismiss(): void {
      dismissed = true;
      if (line) memory.delete(line.base);
      if (!closed) follow(false);
    },
    get suggestion(): string {
      return shown.suggestion;
    },
    close(): void {
      if (closed) return;
      closed = true;
      memory.clear();
      follow(false);
    },
  });
}
