/**
 * A page that comes slowly, filled on its way: the first byte goes out as it comes, and no more of the page is held than the
 * content of one element. Where the rewriter gives up (a page may be malformed beyond what it reads) the page goes on
 * from the byte where it was; a page longer than the bound goes on without further slates.
 */
import { type Begun, brokenOff } from './reading.js';
import type { Splice } from './splice.js';

export function streamed(begun: Begun, maxBytes: number, splice: Splice, mark: (page: ReadableStream<Uint8Array>) => Response): ReadableStream<Uint8Array> {
  const first = [...begun.chunks];
  /** What the rewriter has been given and has not given back. */
  let given: Uint8Array[] = [];
  let [bytes, dropped] = [0, 0];
  /** Of the origin: it has ended, or broken off, with its error. */
  let ended = false;
  let broken: { error: unknown } | undefined;
  const origin = async (): Promise<Uint8Array | undefined> => {
    try {
      const chunk = first.shift() ?? (await begun.next());
      ended ||= !chunk;
      return chunk;
    } catch (error) {
      broken = { error };
      throw error;
    }
  };

  const source = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = bytes > maxBytes ? undefined : await origin();
      if (!chunk) return controller.close();
      bytes += chunk.length;
      given.push(chunk);
      // A copy: what is given away may be detached.
      controller.enqueue(chunk.slice());
    },
  }, { highWaterMark: 0 });
  let rewritten: ReadableStreamDefaultReader<Uint8Array> | undefined = mark(source).body!.getReader();

  /** The next pieces; undefined at the end. */
  async function pieces(): Promise<Uint8Array[] | undefined> {
    const out: Uint8Array[] = [];
    if (rewritten) {
      let chunk: Uint8Array | undefined;
      try {
        chunk = (await rewritten.read()).value;
        if (chunk) await splice.push(chunk, out);
      } catch {
        // The origin broke off, or the rewriter gave up.
      }
      while (given.length && dropped + given[0]!.length <= splice.passed) dropped += given.shift()!.length;
      if (chunk) return out;
      rewritten = undefined;
      const left = given.length ? [given[0]!.subarray(splice.passed - dropped), ...given.slice(1)] : [];
      given = [];
      await splice.end(out, ended && !left.length);
      return [...out, ...left];
    }
    if (broken) return brokenOff(broken.error);
    const chunk = ended ? undefined : await origin();
    return chunk && [chunk];
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const out = await pieces();
        if (!out) return controller.close();
        for (const piece of out) if (piece.length) controller.enqueue(piece);
        if (out.some(({ length }) => length)) return;
      }
    },
    async cancel(reason) {
      await rewritten?.cancel(reason).catch(() => {});
      await begun.cancel(reason);
    },
  });
}
