/** A completer.json: which files a model is of, and what is to be known of it. It may be anybody's: each value is held against what it may be. */
import { between, type Check, is, keyed, truth } from '../../failing/options.js';
import { NearhandError, short } from '../../words/errors.js';
import { invalid, isObject } from '../../words/plain.js';
import type { Golden } from '../words/golden-types.js';
import type { Template } from '../words/public.js';
import type { ModelSettings, RunGolden } from '../words/runner.js';
import { stopsOf, write } from './template.js';

/** Bytes of a completer.json. */
export const MOST_BYTES = 1 << 20;

/** A file beside the completer.json, as it names it. */
export interface NamedFile {
  readonly file: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

/** What is to be known of a model beside its files. */
export interface Described extends ModelSettings {
  readonly name?: string;
  /** For people, as `info` tells it. */
  readonly told: Told;
  readonly template?: Template;
}
type Told = { readonly [key in 'name' | 'license' | 'about']?: string };

export interface Manifest extends Described {
  readonly model: NamedFile;
  readonly tokenizer: NamedFile;
  readonly prime?: NamedFile;
}

const name: Check = is('a text of at most 256 characters', (v) => typeof v === 'string' && v.length <= 256);
const special: Check = is('the name of a special token', (v) => typeof v === 'string' && v.length > 0 && v.length <= 256);
const around: Check = (value, path) => {
  const fine = Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string' && one.length <= 1024);
  return fine ? [...(value as string[])] : invalid(path, 'a list of two texts: before and after what is said', value);
};
const TEMPLATE: Readonly<Record<string, Check>> = { system: around, user: around, assistant: around };

const GOLDEN: Readonly<Record<keyof Golden, Check>> = {
  prompt: name,
  specials: truth,
  turn: truth,
  ends: truth,
  tokens: between(0, 1024),
  completion: name,
  logprobs: (value, path) => {
    const fine = Array.isArray(value) && value.length > 0 && value.length <= 16 && [...(value as unknown[])].every((one) => typeof one === 'number' && one <= 0);
    return fine ? [...(value as number[])] : invalid(path, 'a list of 1 to 16 numbers, none above 0', value);
  },
};
const goldens: Check = (value, path) => {
  if (!Array.isArray(value) || value.length > 8) invalid(path, 'a list of at most 8', value);
  return [...(value as unknown[])].map((one, at) => {
    const read = keyed<Golden>(one, `${path}[${at}]`, GOLDEN);
    for (const key of ['prompt', 'tokens', 'completion', 'logprobs'] as const) if (read[key] === undefined) invalid(`${path}[${at}].${key}`, 'what was recorded', undefined);
    if (read.turn && read.specials) invalid(`${path}[${at}].specials`, 'false beside turn: what somebody says has no special tokens', true);
    return read;
  });
};

/** What a completer.json and a model that is given as files have in common. */
export const DESCRIBED: Readonly<Record<string, Check>> = {
  name,
  context: between(2, 2 ** 20),
  begin: special,
  ends: (value, path) => {
    if (!Array.isArray(value) || value.length > 64) invalid(path, 'a list of at most 64 names', value);
    return [...(value as unknown[])].map((one, at) => special(one, `${path}[${at}]`));
  },
  padded: truth,
  template: (value, path) => keyed(value, path, TEMPLATE),
  goldens,
};

const FILE: Readonly<Record<string, Check>> = {
  file: is('a URL of http or https, or a path', (v) => typeof v === 'string' && v !== '' && v.length <= 2048),
  bytes: between(1, 2 ** 31),
  sha256: is('64 hex digits', (v) => typeof v === 'string' && /^[\da-f]{64}$/i.test(v)),
};
const file: Check = (value, path) => {
  if (!isObject(value)) invalid(path, 'an object with the name of a file', value);
  const read = keyed<NamedFile>(value, path, FILE);
  return read.file === undefined ? invalid(`${path}.file`, 'the name of a file', undefined) : read;
};
/** For people: whatever else stands there is nobody's fault, and not shown. */
const note: Check = (value) => (typeof value === 'string' && value.length <= 1024 ? value : undefined);
const MANIFEST: Readonly<Record<string, Check>> = {
  format: is('1: a newer one wants a newer nearhand', (v) => v === 1),
  ...DESCRIBED,
  model: file,
  tokenizer: file,
  prime: file,
  license: note,
  about: note,
};

/** Its prompt as the model reads it. */
function asRead({ prompt, specials, turn, ...recorded }: Golden, template: Template | undefined): RunGolden {
  if (!turn) return { prompt, ...(specials && { specials: [[0, prompt.length]] }), ...recorded };
  const written = write([{ role: 'user', content: prompt, prefix: false }], template, true);
  return { prompt: written.text, specials: written.specials, stop: stopsOf(template), ...recorded };
}

/** As it stands in the file, checked. */
type Stated = Partial<Omit<Described, 'goldens' | 'told'> & { readonly goldens: readonly Golden[] }> & Told;

/** With its defaults. */
export const described = ({ context = 256, begin, ends = [], padded = false, name, license, about, template, goldens }: Stated): Described => ({
  context,
  ends,
  padded,
  ...(begin !== undefined && { begin }),
  ...(name !== undefined && { name }),
  told: { ...(name !== undefined && { name }), ...(license !== undefined && { license }), ...(about !== undefined && { about }) },
  ...(template && { template }),
  ...(goldens && { goldens: goldens.map((one) => asRead(one, template)) }),
});

export function manifestOf(bytes: Uint8Array): Manifest {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new NearhandError('manifest-invalid', `completer.json is no JSON (a model by itself is given as { model, tokenizer }): ${short((error as Error).message)}`, { bytes: bytes.length }, error);
  }
  try {
    if (!isObject(given)) invalid('completer.json', 'an object', given);
    const read = keyed<Stated & Partial<Pick<Manifest, 'model' | 'tokenizer' | 'prime'>> & { readonly format?: 1 }>(given, 'completer.json', MANIFEST);
    const { format, model, tokenizer, prime } = read;
    if (!format) invalid('completer.json.format', '1', format);
    if (!model || !tokenizer) invalid(`completer.json.${model ? 'tokenizer' : 'model'}`, 'an object with the name of a file', undefined);
    return { ...described(read), model: model!, tokenizer: tokenizer!, ...(prime && { prime }) };
  } catch (error) {
    // Its place stands in the details, as that of an option does.
    const { message, details } = error as NearhandError;
    throw new NearhandError('manifest-invalid', message, details, error);
  }
}

