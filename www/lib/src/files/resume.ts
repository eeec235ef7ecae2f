/**
 * A URL read to its end, however often the connection breaks off: what is there stays, and the rest is asked for (`Range`), unless the
 * file has changed meanwhile. Bounded in bytes and attempts; in time by the host's signal.
 */
import { NearhandError, short } from '../words/errors.js';
import { unread } from '../words/plain.js';
import { aborted, need, refuse, throwIfAborted, unfetched } from './fetch.js';

export interface Progress {
  /** Bytes so far, decoded. It never falls: where a file has to begin anew, it stays until that much is there again. */
  readonly loaded: number;
  /** Bytes of the whole file; undefined where nobody knows, as of an encoded response. */
  readonly total: number | undefined;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes: number;
  /** As many as the file has, where that is known. */
  readonly bytes?: number | undefined;
  /** The caller holds the file against its digest: a part may be joined though its server does not tell what it is a part of. */
  readonly digested?: boolean;
  /** Past every cache on the way. */
  readonly reload?: boolean;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Waits between two attempts. Tests give their own. */
  readonly pause?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** A connection that brings nothing for so long is given up for another. Milliseconds. */
  readonly stallMs?: number | undefined;
}

/** Attempts in a row that bring nothing new; before any answer, as what the page may not read fails at once, and for good. */
const IDLE = 5;
const IDLE_AT_FIRST = 2;
/** Attempts in all: a server that sends a byte each time has an end. */
const MOST_TRIES = 40;
/** The first wait; each that follows in a row is twice as long. */
const WAIT_MS = 250;
/** A server that says when to come again is heeded as far as this. */
const MOST_WAIT_MS = 30_000;
const STALL_MS = 30_000;
/** Those that pass by themselves. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/** What is known of the response whose bytes are held. */
interface Mark {
  /** A strong ETag, or else the date: what `If-Range` takes. */
  readonly validator: string | null;
  /** Of another origin: most headers are hidden, and `If-Range` would be asked for first (preflight), which hardly any server allows. */
  readonly foreign: boolean;
  readonly encoded: boolean;
  /** Bytes as announced. */
  total: number | undefined;
}

/** An attempt that came to no end, and when to try again where the server says so. */
interface Broken {
  readonly error: NearhandError;
  readonly waitMs?: number;
}

/** Rejects with `fetch-failed` (after the last attempt), `download-too-large`, `aborted`, `out-of-memory`. */
export async function readResuming(url: string | URL, options: ReadOptions): Promise<Uint8Array> {
  const { signal, pause = sleep } = options;
  throwIfAborted(signal);
  need('fetch');
  const reading = new Reading(url, options);
  let idle = 0;
  for (let tries = 1; ; tries++) {
    const before = reading.highest;
    const broken = await reading.attempt(idle);
    if (!broken) return reading.whole();
    idle = reading.highest > before ? 1 : idle + 1;
    if (tries >= MOST_TRIES || idle > (reading.answered ? IDLE : IDLE_AT_FIRST)) throw broken.error;
    await pause(broken.waitMs ?? WAIT_MS * 2 ** (idle - 1), signal);
    throwIfAborted(signal);
  }
}

/** A wait that ends with the signal. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) fail(aborted(signal));
      else done();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}

class Reading {
  readonly #url: string | URL;
  readonly #name: string;
  readonly #options: ReadOptions;
  #bytes = new Uint8Array();
  #length = 0;
  #mark: Mark | undefined;
  /** Past the caches: a part was asked for by nobody, or does not fit. */
  #reload: boolean;
  /** Whether the server has answered at all. */
  answered = false;
  /** The most bytes that were there at once. */
  highest = 0;

  constructor(url: string | URL, options: ReadOptions) {
    this.#url = url;
    this.#name = short(url);
    this.#options = options;
    this.#reload = options.reload ?? false;
  }

  whole(): Uint8Array {
    return this.#bytes.length === this.#length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  async attempt(idle: number): Promise<Broken | undefined> {
    const { signal, stallMs = STALL_MS } = this.#options;
    const stop = new AbortController();
    const end = (): void => stop.abort(signal?.reason);
    signal?.addEventListener('abort', end);
    const ended = over(stop.signal);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(new Error(`nothing came for ${stallMs} ms`)), stallMs);
    };
    try {
      alive();
      const headers = this.#asked(idle);
      const init = { signal: stop.signal, ...(headers && { headers }), ...(this.#reload && { cache: 'reload' as const }) };
      const response = await Promise.race([fetch(this.#url, init), ended]);
      this.answered = true;
      const refused = this.#begin(response, headers !== undefined);
      return refused ?? (await this.#read(response, ended, alive));
    } catch (error) {
      throwIfAborted(signal);
      // What is said in words of ours is final; all else is the connection.
      if (error instanceof NearhandError) throw error;
      return { error: unfetched(this.#name, error) };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      // Of a response that was read to its end nothing is left to stop.
      stop.abort();
    }
  }

  /** What asks for the rest. Undefined: the whole. */
  #asked(idle: number): Record<string, string> | undefined {
    const mark = this.#mark;
    if (!mark || this.#length === 0) return undefined;
    const { digested } = this.#options;
    const range = { range: `bytes=${this.#length}-` };
    // Old browsers ask the server first whether a range may be asked for: when nothing answers, the whole is tried.
    if (mark.foreign) return digested && idle < 3 ? range : undefined;
    // Places in the decoded file are not those in the encoded one; where a server has both, the digest tells.
    if (mark.encoded && !digested) return undefined;
    return mark.validator ? { ...range, 'if-range': mark.validator } : digested ? range : undefined;
  }

  /** Takes a response as what is read on, or from the beginning; or says why it is neither. */
  #begin(response: Response, ranged: boolean): Broken | undefined {
    const { status, headers } = response;
    if (PASSING.includes(status)) {
      const seconds = Number(headers.get('retry-after'));
      const error = new NearhandError('fetch-failed', `${this.#name} answered ${status}`, { url: this.#name, status });
      return { error, ...(seconds > 0 && { waitMs: Math.min(seconds * 1000, MOST_WAIT_MS) }) };
    }
    if (status === 206 && ranged && this.#joins(response)) return undefined;
    // A part that nobody asked for, or of another file; the file has become shorter.
    if (status === 206 || status === 416) {
      if (status === 206 && !ranged && this.#complete(response)) return this.#anew(response);
      this.#mark = undefined;
      this.#reload = true;
      return { error: unfetched(this.#name, `it answered ${status} with another part than was asked for`) };
    }
    refuse(response);
    return this.#anew(response);
  }

  /** From the beginning: the first time, a server that knows no ranges, a file that has changed. */
  #anew(response: Response): undefined {
    const { headers, type } = response;
    const { maxBytes, bytes } = this.#options;
    const encoded = !/^(identity)?$/i.test(headers.get('content-encoding') ?? '');
    const announced = Number(headers.get('content-length')) || undefined;
    const etag = headers.get('etag');
    const total = encoded ? undefined : announced;
    if (total !== undefined && total > maxBytes) throw tooLarge(this.#name, total, maxBytes);
    this.#mark = { validator: etag && !/^W\//i.test(etag) ? etag : headers.get('last-modified'), foreign: type === 'cors', encoded, total };
    this.#length = 0;
    const room = Math.min(bytes ?? total ?? 0, maxBytes);
    if (this.#bytes.length < room) this.#bytes = taken(room);
    return undefined;
  }

  /** A `206` that says it is the whole. */
  #complete(response: Response): boolean {
    const [, last, total] = /^bytes 0-(\d+)\/(\d+)$/i.exec(response.headers.get('content-range') ?? '') ?? [];
    return total !== undefined && Number(last) + 1 === Number(total);
  }

  /** Whether this part goes on where the bytes end, and is of the same file. */
  #joins({ headers }: Response): boolean {
    const mark = this.#mark!;
    const range = headers.get('content-range');
    if (!/^(identity)?$/i.test(headers.get('content-encoding') ?? '')) return false;
    const other = headers.get(mark.validator?.includes('"') ? 'etag' : 'last-modified');
    if (mark.validator && other && other !== mark.validator) return false;
    // Hidden, of another origin.
    if (range === null) return this.#options.digested === true;
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(range) ?? [];
    return Number(from) === this.#length && (total === '*' || mark.total === undefined || Number(total) === mark.total);
  }

  async #read(response: Response, ended: Promise<never>, alive: () => void): Promise<Broken | undefined> {
    const reader = response.body?.getReader();
    try {
      // A fetch that is no stream gives all at once.
      if (!reader) this.#add(new Uint8Array(await response.arrayBuffer()));
      while (reader) {
        const { done, value } = await Promise.race([reader.read(), ended]);
        if (done) break;
        alive();
        this.#add(value);
      }
    } finally {
      reader?.cancel().catch(() => {});
    }
    const { foreign, total } = this.#mark!;
    // Of another origin it may be the length of what was decoded meanwhile.
    const expected = this.#options.bytes ?? (foreign ? undefined : total);
    if (expected === undefined || this.#length >= expected) return undefined;
    return { error: unfetched(this.#name, `it ended after ${this.#length} of ${expected} bytes`) };
  }

  #add(part: Uint8Array): void {
    const { maxBytes, bytes, onProgress } = this.#options;
    const length = this.#length + part.length;
    if (length > maxBytes) throw tooLarge(this.#name, length, maxBytes);
    if (length > this.#bytes.length) {
      const more = taken(Math.min(maxBytes, Math.max(length, this.#bytes.length * 2, 1 << 16)));
      more.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = more;
    }
    this.#bytes.set(part, this.#length);
    this.#length = length;
    if (length <= this.highest) return;
    this.highest = length;
    const total = bytes ?? this.#mark!.total;
    try {
      // An announced length that is passed is of something else.
      onProgress?.({ loaded: length, total: total !== undefined && length <= total ? total : undefined });
    } catch (error) {
      throw unread(error, 'load.onProgress');
    }
  }
}

/** Rejects once the signal says so: a fetch that the page has put in its place need not heed it. */
function over(signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
  ended.catch(() => {});
  return ended;
}

function taken(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new NearhandError('out-of-memory', `no memory for ${bytes} bytes`, { bytes }, error);
  }
}

export const tooLarge = (url: string, bytes: number, maxBytes: number): NearhandError =>
  new NearhandError('download-too-large', `${url} has at least ${bytes} bytes, more than maxBytes ${maxBytes}: raise it, to 2 GiB at most`, { url, bytes, maxBytes });
