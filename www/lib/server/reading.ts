/** The first moments of a page: as much of it as comes at once, so that a whole page is known to be whole. */

export interface Begun {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  /** `large`: past the bound; `slow`: more is to come; `broken`: the origin broke off. */
  readonly state: 'whole' | 'large' | 'slow' | 'broken';
  /** What comes after the chunks. */
  readonly next: () => Promise<Uint8Array | undefined>;
  readonly cancel: (reason: unknown) => Promise<void>;
}

const PIECE = 65_536;

/** Waits for the first byte, and `windowMs` from there on. */
export async function begin(body: ReadableStream<Uint8Array>, maxBytes: number, windowMs: number): Promise<Begun> {
  const read = reads(body);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let pending: Promise<Uint8Array | undefined> | undefined;
  const next = (): Promise<Uint8Array | undefined> => {
    const promise = pending ?? read.next();
    pending = undefined;
    return promise;
  };
  const as = (state: Begun['state']): Begun => ({ chunks, bytes, state, next, cancel: read.cancel });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let late: Promise<'late'> | undefined;
  try {
    for (;;) {
      pending = read.next();
      // Whoever takes it later hears of its failure.
      pending.catch(() => {});
      const chunk = await (late ? Promise.race([pending, late]) : pending);
      if (chunk === 'late') return as('slow');
      pending = undefined;
      if (!chunk) return as('whole');
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) return as('large');
      late ??= new Promise((done) => (timer = setTimeout(() => done('late'), windowMs)));
    }
  } catch {
    return as('broken');
  } finally {
    clearTimeout(timer);
  }
}

/** By large pieces where the stream can: a runtime's own are of 4 KB, each of which is a turn. */
function reads(body: ReadableStream<Uint8Array>): Pick<Begun, 'next' | 'cancel'> {
  try {
    const reader = body.getReader({ mode: 'byob' });
    const next = async (): Promise<Uint8Array | undefined> => {
      const { value, done } = await reader.read(new Uint8Array(PIECE));
      return done ? undefined : value.length < PIECE / 2 ? value.slice() : value;
    };
    return { next, cancel: (reason) => reader.cancel(reason) };
  } catch {
    const reader = body.getReader();
    return { next: async () => (await reader.read()).value, cancel: (reason) => reader.cancel(reason) };
  }
}

/** What was read is on its way before the visitor hears that no more comes. */
export async function brokenOff(error: unknown): Promise<never> {
  await new Promise((turn) => setTimeout(turn, 20));
  throw error;
}

/** The page as it comes: what was read, and the rest. */
export function asItComes({ chunks, next, cancel }: Begun): ReadableStream<Uint8Array> {
  const read = [...chunks];
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = read.shift() ?? (await next().catch(brokenOff));
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
    cancel,
  });
}
