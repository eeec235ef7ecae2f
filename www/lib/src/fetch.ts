/** Bytes from wherever the host has them, with an end to their number. */
import { NearhandError, short } from './errors.js';
import type { BundleSource, WasmSource } from './types.js';

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes: number;
  /** Reads what is not for `fetch` (a path, a file: URL), where the runtime has files. */
  readonly readFile?: ((source: string | URL, maxBytes?: number) => Promise<Uint8Array> | undefined) | undefined;
}

/** The default ceiling of `load`. */
export const MAX_BYTES = 64 << 20;

export const aborted = ({ reason }: AbortSignal): NearhandError =>
  reason instanceof NearhandError ? reason : new NearhandError('aborted', 'aborted by its signal', {}, reason);

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

export async function readBundle(source: BundleSource, options: FetchOptions): Promise<Uint8Array> {
  throwIfAborted(options.signal);
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  if (bytes instanceof Uint8Array) return within(bytes, options.maxBytes);
  if (typeof bytes === 'string' || bytes instanceof URL) {
    const opened = await open(bytes, options);
    return isResponse(opened) ? read(opened, options) : within(opened, options.maxBytes);
  }
  if (isResponse(bytes)) return read(bytes, options);
  throw new NearhandError('invalid-option', 'the bundle must be a URL, its bytes or a Response', { option: 'bundle', value: short(source) });
}

/** Compiled, streaming where the server names the type; a wrong type costs the streaming, not the load. */
export async function compile(source: WasmSource, options: Omit<FetchOptions, 'maxBytes'>): Promise<WebAssembly.Module> {
  throwIfAborted(options.signal);
  let from = await failing(source, 'wasm', options.signal);
  if (from instanceof WebAssembly.Module) return from;
  if (typeof from === 'string' || from instanceof URL) from = await open(from, options);
  let stream: Response | undefined;
  if (isResponse(from)) {
    refuse(from);
    if ('compileStreaming' in WebAssembly && from.headers.get('content-type') === 'application/wasm') stream = from;
    else from = await failing(from.arrayBuffer(), short(from.url), options.signal);
  }
  try {
    return await (stream ? WebAssembly.compileStreaming(stream) : WebAssembly.compile(from as BufferSource));
  } catch (error) {
    throwIfAborted(options.signal);
    throw new NearhandError(
      'wasm-unsupported',
      `the wasm module does not compile here: ${message(error)}. It needs SIMD, and 'wasm-unsafe-eval' in a page's CSP; ` +
        'workerd takes it compiled: import the .wasm file and pass it as `wasm`',
      {},
      error,
    );
  }
}

const message = (error: unknown): string => short((error as Error)?.message ?? error);

// Not instanceof: a Response may come from another realm or a polyfill.
const isResponse = (value: unknown): value is Response =>
  typeof (value as Response)?.headers?.get === 'function';

function open(url: string | URL, { signal, readFile, maxBytes }: Partial<FetchOptions>): Promise<Uint8Array | Response> {
  return failing<Uint8Array | Response>(readFile?.(url, maxBytes) ?? fetch(url, signal ? { signal } : {}), short(url), signal);
}

async function failing<T>(promise: T | Promise<T>, url: string, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof NearhandError) throw error;
    throw new NearhandError('fetch-failed', `${url} could not be read: ${message(error)}`, { url }, error);
  }
}

/** The response's URL, unless it is refused. */
function refuse(response: Response): string {
  const url = short(response.url);
  const { status } = response;
  if (!response.ok) throw new NearhandError('fetch-failed', `${url} answered ${status}`, { url, status });
  // A single-page server answers any path with its index page.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new NearhandError('fetch-failed', `${url} answered with an HTML page; is the path right?`, { url, status });
  }
  return url;
}

function within(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.byteLength > maxBytes) throw tooLarge(bytes.byteLength, maxBytes);
  return bytes;
}

export const tooLarge = (bytes: number, maxBytes: number): NearhandError =>
  new NearhandError('bundle-too-large', `the bundle has at least ${bytes} bytes, more than maxBytes ${maxBytes}: raise it, to 2 GiB at most, or split the bundle`, {
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
      const part = await failing(reader?.read(), url, signal);
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
    throw new NearhandError('out-of-memory', `no memory for the bundle's ${length} bytes: split it`, { bytes: length, maxBytes }, error);
  }
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
