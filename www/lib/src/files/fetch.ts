/** Bytes from wherever the host has them, with an end to their number. */
import { NearhandError, short } from '../words/errors.js';
import { invalid, tag } from '../words/plain.js';
import type { BundleSource, WasmSource } from '../words/types.js';

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes: number;
  /** Reads what is not for `fetch` (a path, a file: URL), where the runtime has files. */
  readonly readFile?: ((source: string | URL, maxBytes?: number) => Promise<Uint8Array> | undefined) | undefined;
}

/** The default ceiling of `load`. */
export const MAX_BYTES = 64 << 20;

export const aborted = ({ reason }: AbortSignal): NearhandError =>
  reason instanceof NearhandError ? reason : new NearhandError('aborted', 'aborted', {}, reason);

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

/** What a runtime lacks is said by name, before it is called. */
export function need(name: string): void {
  // A script may have set it to undefined.
  if ((globalThis as Record<string, unknown>)[name]) return;
  throw new NearhandError(name === 'WebAssembly' ? 'wasm-unsupported' : 'runtime-lacks', `this runtime has no ${name}`, { name });
}

// Not instanceof, here and below: what a frame, a test runner or a polyfill made is of another realm.
export const isUrl = (value: unknown): value is string | URL => /^(String|URL)$/.test(tag(value));
export const isModule = (value: unknown): value is WebAssembly.Module => tag(value) === 'WebAssembly.Module';
const isResponse = (value: unknown): value is Response => typeof (value as Response | null)?.headers?.get === 'function';

/** The bytes of a buffer or of any view on one. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return /ArrayBuffer$/.test(tag(value)) ? new Uint8Array(value as ArrayBuffer) : undefined;
}

export async function readBundle(source: BundleSource, options: FetchOptions): Promise<Uint8Array> {
  const { signal, maxBytes } = options;
  throwIfAborted(signal);
  // A promise of any of them is as good.
  const given = async (): Promise<unknown> => bytesOf(await source) ?? source;
  let from = await failing(given, 'the bundle', signal);
  if (isUrl(from)) from = await open(from, options);
  if (isResponse(from)) return read(from, options);
  if (!(from instanceof Uint8Array)) return invalid('bundle', 'a URL, its bytes or a Response', from);
  if (from.length > maxBytes) throw tooLarge(from.length, maxBytes);
  return from;
}

/** Compiled, streaming where the server names the type; a wrong type costs the streaming, not the load. */
export async function compile(source: WasmSource, options: Omit<FetchOptions, 'maxBytes'>): Promise<WebAssembly.Module> {
  const { signal } = options;
  throwIfAborted(signal);
  let from = await failing(() => source, 'wasm', signal);
  // The glue knows those of this realm alone.
  if (tag(from) === 'WebAssembly.Module') return from instanceof WebAssembly.Module ? from : structuredClone<WebAssembly.Module>(from);
  if (isUrl(from)) from = await open(from, options);
  let stream: Response | undefined;
  if (isResponse(from)) {
    const response = from;
    refuse(response);
    if ('compileStreaming' in WebAssembly && response.headers.get('content-type') === 'application/wasm') stream = response;
    else from = await failing(() => response.arrayBuffer(), short(response.url), signal);
  }
  try {
    return await (stream ? WebAssembly.compileStreaming(stream) : WebAssembly.compile(from as BufferSource));
  } catch (error) {
    throwIfAborted(signal);
    const url = short(stream?.url ?? '');
    // A connection that breaks off while it is compiled.
    if (stream && (error as Error).name === 'TypeError') throw unfetched(url, error);
    throw new NearhandError('wasm-unsupported', `the wasm module does not compile here: ${message(error)}`, { url }, error);
  }
}

const message = (error: unknown): string => short((error as Error | null)?.message ?? error);

function open(url: string | URL, { signal, readFile, maxBytes }: Partial<FetchOptions>): Promise<Uint8Array | Response> {
  return failing<Uint8Array | Response>(
    () => {
      const file = readFile?.(url, maxBytes);
      if (file) return file;
      need('fetch');
      return fetch(url, signal ? { signal } : {});
    },
    short(url),
    signal,
  );
}

export const unfetched = (url: string, error: unknown): NearhandError =>
  new NearhandError('fetch-failed', `${url} could not be read: ${message(error)}`, { url }, error);

export async function failing<T>(work: () => T | Promise<T>, url: string, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throwIfAborted(signal);
    throw error instanceof NearhandError ? error : unfetched(url, error);
  }
}

/** The response's URL, unless it is refused. */
export function refuse(response: Response): string {
  const url = short(response.url);
  const { status } = response;
  if (!response.ok) throw new NearhandError('fetch-failed', `${url} answered ${status}`, { url, status });
  // A single-page server answers any path with its index page.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new NearhandError('fetch-failed', `${url} answered with an HTML page; is the path right?`, { url, status });
  }
  if (response.bodyUsed || response.body?.locked) {
    throw new NearhandError('body-used', `${url} was read before`, { url });
  }
  return url;
}

export const tooLarge = (bytes: number, maxBytes: number): NearhandError =>
  new NearhandError('bundle-too-large', `the bundle has at least ${bytes} bytes, more than maxBytes ${maxBytes}`, {
    bytes,
    maxBytes,
  });

/** Counts while reading: a Content-Length may be absent or untrue. */
async function read(response: Response, { signal, maxBytes }: FetchOptions): Promise<Uint8Array> {
  const url = refuse(response);
  const announced = Number(response.headers.get('content-length'));
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  // A Response of the host's own is not bound to our signal.
  const stop = (): void => void reader?.cancel().catch(() => {});
  signal?.addEventListener('abort', stop);
  try {
    if (announced > maxBytes) throw tooLarge(announced, maxBytes);
    for (;;) {
      const part = await failing(() => reader?.read(), url, signal);
      throwIfAborted(signal);
      if (!part || part.done) break;
      length += part.value.byteLength;
      if (length > maxBytes) throw tooLarge(length, maxBytes);
      chunks.push(part.value);
    }
  } finally {
    // Of a response that was read to its end nothing is left to stop.
    stop();
    signal?.removeEventListener('abort', stop);
  }
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(length);
  } catch (error) {
    throw new NearhandError('out-of-memory', `no memory for ${length} bytes`, { bytes: length, maxBytes }, error);
  }
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
