/**
 * Something that an isolate has once. The first who comes opens it; nobody waits for his promise, which in an edge worker dies with his
 * request: the others look again at short intervals, and open one themselves where that takes too long. A failure is told to whoever comes
 * within some seconds, so that a broken bundle is not read for every request.
 */

/** Between two looks, and how long another one's opening is waited for, milliseconds. */
const LOOK = 3;
const LONGEST = 3000;
/** How long a failure holds, milliseconds. */
const FAILED = 2000;

export class Once<T> {
  #value: T | undefined;
  #since: number | undefined;
  #failure: { readonly error: unknown; readonly at: number } | undefined;

  constructor(
    /** Whether what was opened is good still. */
    private readonly good: (value: T) => boolean,
    private readonly close: (value: T) => void,
  ) {}

  async get(open: () => Promise<T>): Promise<T> {
    const came = Date.now();
    for (;;) {
      if (this.#value !== undefined && this.good(this.#value)) return this.#value;
      const now = Date.now();
      if (this.#failure && now - this.#failure.at < FAILED) throw this.#failure.error;
      if (this.#since === undefined || now - this.#since > LONGEST || now - came > LONGEST) break;
      await new Promise((done) => setTimeout(done, LOOK));
    }
    const since = Date.now();
    this.#since = since;
    try {
      const opened = await open();
      // Two may have opened one: the first stays.
      if (this.#value !== undefined && this.good(this.#value)) this.close(opened);
      else this.#value = opened;
      this.#failure = undefined;
      return this.#value;
    } catch (error) {
      this.#failure = { error, at: Date.now() };
      throw error;
    } finally {
      if (this.#since === since) this.#since = undefined;
    }
  }
}
