/** A completion as it comes: pieces that wait for whoever reads them. */
import type { Completed, CompletionStream } from '../words/completer-types.js';

/** `begin` tells the pieces, and gives the end; its signal is aborted when the reader leaves. */
export function streamOf(begin: (told: (piece: string) => void, signal: AbortSignal) => Promise<Completed>): CompletionStream {
  const pieces: string[] = [];
  const left = new AbortController();
  let over = false;
  /** Who waits for a piece: any number of `next` may. */
  let waking: (() => void)[] = [];
  const wake = (): void => {
    const woken = waking;
    waking = [];
    for (const one of woken) one();
  };
  const told = (piece: string): void => {
    pieces.push(piece);
    wake();
  };
  const done = begin(told, left.signal).finally(() => {
    over = true;
    wake();
  });
  // Who reads hears of it; who does not, need not.
  done.catch(() => {});

  const iterator: AsyncIterator<string, undefined> = {
    async next() {
      while (!pieces.length && !over) await new Promise<void>((woken) => waking.push(woken));
      if (pieces.length) return { done: false, value: pieces.splice(0).join('') };
      await done;
      return { done: true, value: undefined };
    },
    async return() {
      left.abort();
      pieces.length = 0;
      return { done: true, value: undefined };
    },
  };
  return Object.freeze({
    done,
    [Symbol.asyncIterator]: () => iterator,
    readable: () =>
      new ReadableStream<string>({
        async pull(controller) {
          const { done, value } = await iterator.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await iterator.return?.();
        },
      }),
  });
}
