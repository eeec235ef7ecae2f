/** Where a model's files come from: as a completer.json names them, or as the host has them. */
import { download } from '../../files/download.js';
import { bytesOf, type FetchOptions, isUrl, readBundle, unfetched } from '../../files/fetch.js';
import { keyed, type Check } from '../../failing/options.js';
import { NearhandError, short } from '../../words/errors.js';
import { invalid, isObject, tag } from '../../words/plain.js';
import { DESCRIBED, described, type Described, manifestOf, MOST_BYTES, type NamedFile } from './manifest.js';
import type { FileSource, ModelFiles } from '../words/public.js';

/** Bytes of a tokenizer.json and of a text to prime with, at most: neither is read beyond. */
const TOKENIZER_BYTES = 64 << 20;
const PRIME_BYTES = 4 << 20;

export interface Reading {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly loaded: number; readonly total?: number | undefined }) => void) | undefined;
}

/** Reads a file, each time anew; one that the host has handed over is kept. */
export type File = (reading: Reading) => Promise<Uint8Array<ArrayBuffer>>;

export interface Source {
  readonly described: Described;
  readonly model: File;
  readonly tokenizer: File;
  readonly prime: File | undefined;
}

export interface Finding {
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes: number;
  readonly cache: boolean;
  readonly readFile: FetchOptions['readFile'];
  /** The address of what the host calls by a path or URL. Throws where it is none. */
  readonly urlOf: (source: string | URL) => URL;
  /** Where the completer.json lies whose bytes were signed. */
  readonly signed?: Promise<string> | undefined;
}

const MODEL: Readonly<Record<string, Check>> = { ...DESCRIBED, model: (value) => value, tokenizer: (value) => value, prime: (value) => value };

export async function find(source: unknown, finding: Finding): Promise<Source> {
  let given: unknown;
  try {
    given = await source;
  } catch (error) {
    throw error instanceof NearhandError ? error : unfetched('the model', error);
  }
  if (finding.signed || isUrl(given) || typeof (given as Response | null)?.headers?.get === 'function') return named(given as string | URL | Response, finding);
  const expected = 'a URL of a completer.json, or an object with model and tokenizer';
  if (!isObject(given)) return invalid('load.source', bytesOf(given) ? `${expected}: { model: bytes, tokenizer }` : expected, given);
  const { model, tokenizer, prime, ...rest } = keyed<Partial<ModelFiles>>(given, 'load.source', MODEL);
  if (model === undefined || tokenizer === undefined) invalid(`load.source.${model === undefined ? 'model' : 'tokenizer'}`, 'a URL, the bytes of the file, a Response or a Blob', undefined);
  return {
    described: described(rest),
    model: held(model!, 'model', finding.maxBytes, finding),
    tokenizer: held(tokenizer!, 'tokenizer', TOKENIZER_BYTES, finding),
    prime: prime === undefined ? undefined : held(prime, 'prime', PRIME_BYTES, finding),
  };
}

async function named(source: string | URL | Response, { signal, maxBytes, cache, readFile, urlOf, signed }: Finding): Promise<Source> {
  const json = await readBundle(source, { signal, maxBytes: MOST_BYTES, readFile }).catch((error) => Promise.reject(smaller(error, 'completer.json')));
  const manifest = manifestOf(json);
  const { model, tokenizer, prime, ...described } = manifest;
  const lies = signed ? await signed : isUrl(source) ? source : source.url;
  const base = lies ? place(lies, urlOf) : undefined;
  const beside = ({ file, bytes, sha256 }: NamedFile, path: string, most: number): File => {
    // The statement vouches for the completer.json, and that for its files.
    if (signed && !sha256) throw new NearhandError('bundle-unsigned', `completer.json.${path} has no sha256: what was signed says nothing of that file`, { path });
    const url = addressed(file, base, `completer.json.${path}.file`);
    const name = `${described.name ?? ''}/${path}`;
    return async (reading) => (await download(url, { ...reading, maxBytes: most, bytes, digest: sha256, cache, readFile, ...(described.name && { name }) })).bytes as Uint8Array<ArrayBuffer>;
  };
  return {
    described,
    model: beside(model, 'model', maxBytes),
    tokenizer: beside(tokenizer, 'tokenizer', TOKENIZER_BYTES),
    prime: prime && beside(prime, 'prime', PRIME_BYTES),
  };
}

function place(source: string | URL, urlOf: Finding['urlOf']): URL {
  try {
    return urlOf(source);
  } catch (error) {
    throw new NearhandError('invalid-option', `load.source must be a URL, not ${short(source)}`, { option: 'load.source', expected: 'a URL', value: short(source) }, error);
  }
}

/** A completer.json of the web names no file of this machine's. */
function addressed(file: string, base: URL | undefined, path: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(file, base);
  } catch {}
  const fine = url && (/^https?:$/.test(url.protocol) || url.protocol === base?.protocol);
  return fine ? url! : refused(path, file);
}

function refused(path: string, file: string): never {
  throw new NearhandError('manifest-invalid', `${path} must be an address of http or https, or one beside the completer.json, not ${short(file)}`, { option: path, value: short(file) });
}

/** A URL is read again when it is wanted again; all else is read once and kept. */
function held(source: FileSource, path: string, maxBytes: number, { cache, readFile }: Finding): File {
  let kept: Promise<Uint8Array> | undefined;
  const read = async ({ signal, onProgress }: Reading): Promise<Uint8Array> => {
    let given: unknown;
    try {
      given = await source;
    } catch (error) {
      throw error instanceof NearhandError ? error : unfetched(`the ${path}`, error);
    }
    if (isUrl(given)) {
      kept = undefined;
      return (await download(given, { signal, onProgress, maxBytes, cache, readFile })).bytes;
    }
    if (/^(Blob|File)$/.test(tag(given))) given = new Response(given as Blob);
    const known = bytesOf(given) || typeof (given as Response | null)?.headers?.get === 'function';
    if (!known) invalid(`load.source.${path}`, 'a URL, the bytes of the file, a Response or a Blob', given);
    const bytes = await readBundle(given as Response, { signal, maxBytes }).catch((error) => Promise.reject(smaller(error, `the ${path}`)));
    onProgress?.({ loaded: bytes.length, total: bytes.length });
    return bytes;
  };
  return (reading) => (kept ??= read(reading).catch((error) => ((kept = undefined), Promise.reject(error)))) as Promise<Uint8Array<ArrayBuffer>>;
}

function smaller(error: unknown, what: string): unknown {
  const { code, details } = error as NearhandError;
  if (code !== 'bundle-too-large') return error;
  const { bytes, maxBytes } = details;
  return new NearhandError('download-too-large', `${what} has at least ${bytes} bytes, more than maxBytes ${maxBytes}`, { bytes, maxBytes });
}
