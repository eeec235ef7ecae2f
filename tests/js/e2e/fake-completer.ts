// Stands in for `nearhand/complete` in the tests of the shop's text box: its `load`, whose model knows a few sentences by heart.
// The keystroke races are those of the package. `globalThis.fake` of the page says how it behaves, and has what it was told.
import type { Accepted, Completed } from '../../../www/lib/src/complete/words/completer-types.js';
import { typingOf } from '../../../www/lib/src/complete/writing/typing.js';
import type { TypingOptions } from '../../../www/lib/src/complete/words/typing-types.js';

const KNOWN = [
  'I am looking for a red lantern for my garden. It should not be too heavy, as it hangs from a small apple tree.',
  'Something with hearts on it',
  'אני מחפש מתנה קטנה לאמא שלי',
  '<b>bold</b> <img src=x onerror=alert(1)> words',
  `${'long '.repeat(40)}unbreakable${'e'.repeat(120)} end`,
];

interface Fake {
  /** Milliseconds before each word. */
  slow?: number;
  fails?: boolean;
  /** Resolves when the download may go on. */
  held?: Promise<void>;
  told: unknown[];
}
const { fake } = Object.assign(globalThis as unknown as { fake: Fake }, { fake: { told: [], ...(globalThis as unknown as { fake?: Fake }).fake } as Fake });
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function load(url: string, { onProgress, ...options }: { onProgress?: (progress: object) => void }): Promise<object> {
  const response = await fetch(url);
  const { name } = (await response.json()) as { name: string };
  fake.told.push(['load', options]);
  onProgress?.({ loaded: 1_000_000, total: 4_000_000 });
  await fake.held;
  if (fake.fails) throw Object.assign(new Error('not today'), { code: 'out-of-memory' });
  const completer = {
    stream(prompt: string, { signal }: { signal?: AbortSignal }) {
      const rest = KNOWN.find((text) => prompt.trim() && text.startsWith(prompt))?.slice(prompt.length) ?? '';
      let completion = '';
      let end!: (completed: Completed) => void;
      const done = new Promise<Completed>((resolve) => (end = resolve));
      async function* pieces(): AsyncGenerator<string> {
        let left = true;
        try {
          for (const piece of rest.match(/\s*\S+/g) ?? []) {
            await wait(fake.slow ?? 1);
            if (signal?.aborted) return;
            completion += piece;
            yield piece;
          }
          left = false;
        } finally {
          const usage = { prompt: 1, reused: 0, completion: 1, dropped: 0 };
          end({ text: prompt + completion, completion, finishReason: left ? 'cancelled' : 'stop', usage, tookMs: 1 });
        }
      }
      return Object.assign(pieces(), { done });
    },
    typing: (given: TypingOptions) => typingOf(completer as never, given),
    forget: async () => {},
    adapt: async (adapting: object | null) => void fake.told.push(['adapt', adapting]),
    learn: async (accepted: string | Accepted) => void fake.told.push(['learn', accepted]),
    info: async () => ({ name, bytes: 4_000_000, context: 256, place: 'worker' }),
    close: () => {},
  };
  return completer;
}
