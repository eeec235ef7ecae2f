/** The protocol's client, `@divviup/dap`, as it is used here: tasks that seal an observation for two aggregators. What it sends goes through here. */
import { NearhandError, short } from '../words/errors.js';
import { invalid } from '../words/plain.js';
import type { DapClient } from './public.js';

export const PROTOCOL = 'dap-09';
const KEYS = 'application/dap-hpke-config-list';
/** A request that has no whole answer by then has none, milliseconds. */
const PATIENCE = 30_000;
/** Bytes of an answer: keys have some hundreds. */
const MOST_ANSWER = 65_536;

interface Parameters {
  readonly type: 'histogram';
  readonly length: number;
  readonly chunkLength: number;
  readonly id: string;
  readonly leader: string;
  readonly helper: string;
  readonly timePrecisionSeconds: number;
}

/** Of its class `Task`, what is called. */
export interface Task {
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  fetchKeyConfiguration(): Promise<void>;
  invalidateHpkeConfig(): void;
  generateReport(bucket: number, options: { readonly timestamp: Date }): Promise<{ encode(): Uint8Array }>;
}
export interface Client {
  readonly Task: { new (parameters: Parameters): Task; readonly protocolVersion: string };
}

/** The module, of the host's own or of the package that the host has installed. Throws `dap-client-missing`, `dap-client-other`. */
export async function clientOf(bring: DapClient): Promise<Client> {
  let client: Partial<Client> | null;
  try {
    client = (await bring()) as Partial<Client> | null;
  } catch (error) {
    const why = short((error as Error | null)?.message ?? error);
    throw new NearhandError('dap-client-missing', `@divviup/dap could not be loaded: ${why}. Install it beside nearhand (npm i @divviup/dap), or pass it as \`client\``, {}, error);
  }
  if (typeof client?.Task !== 'function') invalid('createDap.client', 'a function that gives the module @divviup/dap, or a promise of it', client);
  const have = client.Task.protocolVersion;
  if (have !== PROTOCOL) throw new NearhandError('dap-client-other', `@divviup/dap speaks ${short(have)}, and tasks are ${PROTOCOL}: install 0.9`, { have, want: PROTOCOL });
  return client as Client;
}

/** Whether there is a page that may be left, and a browser that would say who sends. Other runtimes refuse options that they do not know. */
export const page = (): boolean => typeof (globalThis as { document?: unknown }).document === 'object';
/** Bytes and requests that a browser lets outlive a page, all together; beyond it, it refuses them. */
const MOST_ALIVE = 60_000;
const MOST_ALIVE_AT_ONCE = 8;
const alive = { bytes: 0, requests: 0 };

/** An answer with all of its body in memory, so that whoever reads it neither waits nor takes more than there may be. */
async function whole(response: Response): Promise<Response> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body?.getReader();
  let bytes = 0;
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    bytes += read.value.length;
    if (bytes > MOST_ANSWER) {
      reader?.cancel().catch(() => {});
      throw new Error(`the answer has more than ${MOST_ANSWER} bytes`);
    }
    parts.push(read.value);
  }
  const { status, headers } = response;
  return new Response(bytes ? new Blob(parts) : null, { status, headers });
}

/** What is asked under one consent: `fetch` without cookies or referrer, with an end; an upload outlives its page. */
export class Wire {
  readonly #open = new Set<AbortController>();
  #isCut = false;

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Ends what is on its way, and lets nothing more out. */
  cut(): void {
    this.#isCut = true;
    for (const one of this.#open) one.abort();
  }

  /** `outlives`: an upload is to outlive its page, where there is room. Throws `dap-unreachable`. */
  async ask(url: string, init: RequestInit, outlives?: boolean): Promise<Response> {
    const end = new AbortController();
    if (this.#isCut) end.abort();
    this.#open.add(end);
    const timer = setTimeout(() => end.abort(), PATIENCE);
    const bytes = (init.body as Uint8Array | undefined)?.length ?? 0;
    const keepalive = outlives === true && alive.bytes + bytes <= MOST_ALIVE && alive.requests < MOST_ALIVE_AT_ONCE;
    if (keepalive) [alive.bytes, alive.requests] = [alive.bytes + bytes, alive.requests + 1];
    try {
      const response = await fetch(url, { ...init, signal: end.signal, ...(page() && { credentials: 'omit', referrerPolicy: 'no-referrer', keepalive }) });
      // An upload is taken by its status. What comes behind is read all the same: an answer that nobody reads stays open, and is cut off with its page.
      return await whole(response).catch((error: unknown) => (bytes && response.ok ? response : Promise.reject(error)));
    } catch (error) {
      throw new NearhandError('dap-unreachable', `${short(url)} could not be reached: ${short((error as Error | null)?.message ?? error)}`, { url: short(url) }, error);
    } finally {
      if (keepalive) [alive.bytes, alive.requests] = [alive.bytes - bytes, alive.requests - 1];
      clearTimeout(timer);
      this.#open.delete(end);
    }
  }
}

export interface Problem {
  /** The last word of its type, or nothing. */
  readonly type: string;
  /** What the aggregator says besides. */
  readonly detail?: string;
}

/** A problem as aggregators tell it (RFC 9457). */
export async function problemOf(response: Response): Promise<Problem> {
  if (!/^application\/problem\+json/i.test(response.headers.get('content-type') ?? '')) return { type: '' };
  try {
    const { type, detail } = (await response.json()) as { type?: unknown; detail?: unknown };
    return { type: typeof type === 'string' ? short(type.split(':').at(-1)) : '', ...(typeof detail === 'string' && { detail: short(detail) }) };
  } catch {
    return { type: '' };
  }
}

export const DAY = 86_400_000;

/** What `Retry-After` asks for, milliseconds, a day at most: seconds, or a time by the clock that the answer's own is of. 0 where nothing is told, or a browser keeps it from the page; what is over is less. */
export function afterOf({ headers }: Response): number {
  const told = headers.get('retry-after');
  return Math.min(Number(told) * 1000 || Date.parse(told!) - Date.parse(headers.get('date')!) || 0, DAY);
}

/** A task whose requests for keys end in errors of ours. `anew`: keys that a browser has kept are not to be had. */
export function taskOf({ Task }: Client, parameters: Parameters, wire: () => Wire, anew: () => boolean): Task {
  const task = new Task(parameters);
  task.fetch = async (url, init = {}) => {
    const response = await wire().ask(url, anew() && page() ? { ...init, cache: 'reload' } : init);
    if (response.ok && response.headers.get('content-type') === KEYS) return response;
    if (response.status === 429 || response.status >= 500) throw new NearhandError('dap-unreachable', `${short(url)} answers ${response.status}`, { url: short(url), status: response.status, after: afterOf(response) });
    const problem = await problemOf(response);
    if (!response.ok) throw new NearhandError('dap-refused', `the aggregator refuses its keys: ${response.status} ${problem.type}. Look at the task's id and the aggregators' addresses`, { url: short(url), status: response.status, ...problem });
    throw new NearhandError('dap-keys-invalid', `what answers at ${short(url)} is no aggregator: it sends ${short(response.headers.get('content-type'))}, not ${KEYS}`, { url: short(url) });
  };
  return task;
}

/** What a task has thrown, as ours. */
export const keysError = (error: unknown): NearhandError =>
  error instanceof NearhandError ? error : new NearhandError('dap-keys-invalid', `nothing can be sealed with the aggregators' keys: ${short((error as Error | null)?.message ?? error)}`, {}, error);
