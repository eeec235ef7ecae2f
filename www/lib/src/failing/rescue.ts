/**
 * Fetched when something has failed: says why the wasm, a file or the worker did not come and what to do about it, and makes
 * the worker where the plain way is refused (scripts on another origin, Trusted Types).
 */
import { advise } from './advice.js';
import { NearhandError, short } from '../words/errors.js';
import type { FallbackParts } from './fallback.js';
import type { Shop } from '../words/types.js';

export * from './advice.js';

/** A module with one SIMD instruction, after the project wasm-feature-detect. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
/** So long a cause is looked for. */
const LOOK_MS = 2_000;

type Make = () => Worker;
type Told = Pick<Error, 'name' | 'message'>;

/**
 * What a page gets when its load has failed: the shop without an engine where the host has asked for one, else the error
 * with its cause.
 */
export async function recover(parts: FallbackParts): Promise<Shop> {
  const error = await explain(parts.error);
  // What the host has written wrong is his to hear.
  if (!parts.fallback || /option$/.test(error.code)) throw error;
  const { open } = await import('./fallback.js').catch(() => Promise.reject(error));
  return open({ ...parts, error });
}

/** The error with its cause by name; itself where nothing more is found. */
export async function explain(error: NearhandError, make?: Make): Promise<NearhandError> {
  const causes: Record<string, () => NearhandError | undefined | Promise<NearhandError | undefined>> = {
    'wasm-unsupported': () => wasm(error),
    // WebKit heeds the page's policy where a module is instantiated, not where it compiles.
    internal: () => ((error.cause as Told | undefined)?.name === 'CompileError' ? wasm(named(error, 'wasm-unsupported', error.message, {})) : undefined),
    'fetch-failed': () => fetching(error),
    'worker-failed': () => make && starting(error, make),
    'runtime-lacks': () => named(error, error.code, `${error.message}${LACKS[String(error.details['name'])] ?? ''}`, {}),
    'bundle-digest-mismatch': () => digest(error),
  };
  const found = causes[error.code]?.();
  const over = new Promise<undefined>((done) => setTimeout(done, LOOK_MS));
  return advise((await Promise.race([found, over])) ?? error);
}

const named = (error: NearhandError, code: string, why: string, details: object): NearhandError =>
  new NearhandError(code, why, { ...error.details, ...details }, error);

/** Where what a runtime lacks can be had. */
const LACKS: Record<string, string> = {
  fetch: ': pass the bytes, or a Response',
  TextDecoder: ': jsdom leaves it out; set globalThis.TextDecoder from node:util',
  TextEncoder: ': jsdom leaves it out; set globalThis.TextEncoder from node:util',
};

/** A whole bundle that is not the expected one is fetched again for nothing. */
function digest(error: NearhandError): NearhandError | undefined {
  const { stated, computed, expected } = error.details;
  // Who states none has said himself what the bundle is not: the one that was signed.
  if (stated === undefined || stated !== computed || expected === 'none') return undefined;
  const why = `the bundle is whole, but not the one that \`digest\` names: it has ${computed}. Is the page older than the bundle, or the other way round?`;
  return named(error, error.code, why, { reason: 'expected' });
}

function wasm(error: NearhandError): NearhandError | undefined {
  if (error.details['name'] === 'WebAssembly') {
    const why = 'this browser has no WebAssembly (Lockdown Mode, a hardened browser, an in-app view): with `fallback` the page has popular items all the same';
    return named(error, error.code, why, { reason: 'absent' });
  }
  if (!WebAssembly.validate(new Uint8Array(SIMD))) {
    return named(error, 'simd-unsupported', 'this browser has WebAssembly without SIMD (before Safari 16.4, Chrome 91, Firefox 89): see `fallback`', { reason: 'simd' });
  }
  if (/unsafe-eval|content.security|\bCSP\b/i.test(error.message) || !compiles()) {
    const why = "the Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src, for the page and for worker.js";
    return named(error, error.code, why, { reason: 'csp', directive: 'script-src' });
  }
  const { message } = error;
  const { url } = error.details;
  if (/magic word|magic number|magic header|doesn't (start|parse)/i.test(message)) {
    return named(error, error.code, `${url || 'what was given as `wasm`'} is no wasm module; is it the file of this version, whole? ${message}`, { reason: 'bytes' });
  }
  return undefined;
}

function compiles(): boolean {
  try {
    return Boolean(new WebAssembly.Module(new Uint8Array(SIMD.slice(0, 8))));
  } catch {
    return false;
  }
}

/** A bundler that leaves files behind; the words that lead out of it. */
const moved = (url: string): string =>
  url.includes('/.vite/deps/')
    ? "; Vite's dev server leaves it behind: set optimizeDeps.exclude: ['nearhand']"
    : '; copy it there, or name it: `wasm` or `wasm.lite`, `wasm.full`, `worker`';

async function fetching(error: NearhandError): Promise<NearhandError | undefined> {
  const url = String(error.details['url']);
  const { status } = error.details;
  const own = /\.wasm$/.test(url.split(/[?#]/)[0]!);
  if (status !== undefined) {
    if (status === 0) return named(error, error.code, `${url} was fetched without CORS, its bytes are hidden: fetch it with mode "cors"`, { reason: 'opaque' });
    return own ? named(error, error.code, error.message + moved(url), { reason: 'missing' }) : undefined;
  }
  // `file:` pages, relative URLs without a page and the like say enough themselves.
  if (!('location' in globalThis) || !/^(https?:|\/|\.|[^:]*$)/.test(url)) return undefined;
  const directive = await violated(() => void fetch(url, { method: 'HEAD' }).catch(() => {}));
  if (directive) return named(error, error.code, `the Content-Security-Policy forbids ${url}: add its origin to ${directive}`, { reason: 'csp', directive });
  if (crossOrigin(url)) {
    return named(error, error.code, `${url} could not be read: is the server up, and does it send Access-Control-Allow-Origin?`, { reason: 'cors' });
  }
  return undefined;
}

async function starting(error: NearhandError, make: Make): Promise<NearhandError | undefined> {
  const cause = error.cause as Told | undefined;
  let script: string | undefined;
  try {
    script = scriptOf(make);
  } catch {
    const why = "the worker's script is not beside this one (bundled without import.meta): name it as `worker`, and its binary as `wasm.full`";
    return named(error, 'worker-missing', why, { reason: 'import-meta' });
  }
  if (!script) return undefined;
  const blocked = (reason: string, why: string, details = {}): NearhandError =>
    named(error, 'worker-blocked', `the worker ${short(script)} is refused: ${why}`, { url: script, reason, ...details });
  if (cause && trusting(cause)) {
    const why = 'the page enforces Trusted Types: allow the policy `nearhand` (trusted-types nearhand), or pass `worker`, a function or a TrustedScriptURL';
    return blocked('trusted-types', why);
  }
  const missing = (why: string, status: number): NearhandError =>
    named(error, 'worker-missing', `the worker ${short(script)} ${why}${moved(script!)}`, { url: script, status });
  const response = await fetch(script).catch(() => undefined);
  const type = response?.headers.get('content-type') ?? '';
  if (response && !response.ok) return missing(`answered ${response.status}`, response.status);
  if (response && !/javascript|ecmascript/.test(type)) return missing(`came as ${short(type) || 'no type'}, not as JavaScript`, response.status);
  const directive = await violated((done) => {
    const again = make();
    again.onerror = done;
    setTimeout(() => again.terminate(), LOOK_MS / 2);
  });
  if (directive) return blocked('csp', `the Content-Security-Policy's ${directive} does not allow it: add its origin, or pass \`worker\``, { directive });
  if (!response) return missing('could not be fetched; does its server send Access-Control-Allow-Origin?', 0);
  if (crossOrigin(script)) return blocked('origin', "it is of another origin: allow blob: in worker-src, serve it from the page's own, or pass `worker`");
  const header = 'cross-origin-embedder-policy';
  if (!response.headers.has(header) && (globalThis.crossOriginIsolated || !error.details['filename'])) {
    return blocked('embedder', 'where the page sends Cross-Origin-Embedder-Policy, its script must be served with that header, too', { header });
  }
  return undefined;
}

/** Where violations are told: the document, or a worker's global scope. */
const scope: EventTarget = globalThis.document ?? globalThis;

/** The directive of the page's policy that forbids what `act` tries, if one does. */
function violated(act: (done: () => void) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const done = (directive?: string): void => {
      scope.removeEventListener('securitypolicyviolation', heard);
      resolve(directive);
    };
    const heard = (event: Event): void => done((event as SecurityPolicyViolationEvent).effectiveDirective);
    scope.addEventListener('securitypolicyviolation', heard);
    // The violation is told a moment after the failure.
    const soon = (): void => void setTimeout(done, 50);
    setTimeout(done, LOOK_MS / 4);
    try {
      act(soon);
    } catch {
      soon();
    }
  });
}

const crossOrigin = (url: string): boolean => new URL(url, location.href).origin !== location.origin;

/** Trusted Types refuse a plain URL with a TypeError; a URL that is none was found out before. */
const trusting = ({ name }: Told): boolean => name === 'TypeError' && 'trustedTypes' in globalThis;

/**
 * The URL that `make` would start. Bundlers know the worker by the very words `new Worker(new URL(…))`, so that the URL stands
 * nowhere else: the constructor is another one for one call.
 */
function scriptOf(make: Make): string | undefined {
  const real = globalThis.Worker;
  let script: string | undefined;
  globalThis.Worker = function (url: string | URL) {
    script = new URL(url, globalThis.document?.baseURI ?? location.href).href;
  } as unknown as typeof Worker;
  try {
    make();
  } finally {
    globalThis.Worker = real;
  }
  return script;
}

/** The worker by another way, where `make` failed with `error`. */
export function worker(make: Make, error: Told): Worker {
  let script: string | undefined;
  try {
    script = scriptOf(make);
  } catch {
    throw error;
  }
  const foreign = script && crossOrigin(script);
  if (!script || !(foreign || trusting(error))) throw error;
  let url: string = script;
  // A script of another origin is no worker, but a worker may import it.
  if (foreign) url = URL.createObjectURL(new Blob([`import ${JSON.stringify(script)};`], { type: 'text/javascript' }));
  try {
    if ('trustedTypes' in globalThis) url = trusted(url) ?? url;
    return new Worker(url, { type: 'module' });
  } catch {
    throw error;
  } finally {
    if (foreign) setTimeout(() => URL.revokeObjectURL(url), LOOK_MS * 5);
  }
}

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/**
 * The URL as a policy named `nearhand` vouches for it. A page may make a policy of a name once: it is made in a frame of its own,
 * so that the name is left for the host and for other copies of the package.
 */
function trusted(url: string): string | undefined {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  document.documentElement.append(frame);
  try {
    const { trustedTypes } = frame.contentWindow as unknown as { trustedTypes: Policies };
    return trustedTypes.createPolicy('nearhand', { createScriptURL: (own) => own }).createScriptURL(url);
  } catch {
    return undefined;
  } finally {
    frame.remove();
  }
}
