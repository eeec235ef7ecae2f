/** What a run is given, against what the graph takes: by name, type and shape. */
import { NearhandError } from '../words/errors.js';
import { invalid, isObject, tag, unread } from '../words/plain.js';
import type { Fed, Wanted } from './instance.js';
import { unknown } from './options.js';
import type { InferenceSession, Tensor } from './public.js';
import { arrayOf, type Elements, type Form, type Held, heldBy, kindOf, same } from './tensor.js';

export type Metadata = InferenceSession.ValueMetadata;

/** An output that is asked for, and the tensor that takes it. */
export interface Asked extends Wanted {
  readonly name: string;
  readonly tensor?: Tensor;
}

const told = (type: string, dims: readonly (number | string)[]): string => `${type} [${dims.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;

/** The inputs that are given, in the graph's order. `states`: inputs that come from a state. */
export function fedBy(given: unknown, inputs: readonly Metadata[], names: readonly string[], states: readonly string[]): Fed[] {
  const fed: Fed[] = [];
  try {
    // A map of names is an object; a list of tensors, or a tensor alone, names none.
    if (!isObject(given) || heldBy(given)) invalid('run.feeds', 'an object with a Tensor for each input name', given);
    const keys = Object.keys(given);
    for (const key of keys) if (!names.includes(key)) unknown('input-unknown', 'input', key, names);
    // What is wrong is told before what is missing.
    let missing: Metadata | undefined;
    for (let at = 0; at < inputs.length; at++) {
      const input = inputs[at]!;
      const { name, optional } = input;
      const value = keys.includes(name) ? (given as Record<string, unknown>)[name] : undefined;
      const held = states.includes(name);
      if (value === undefined) {
        if (!optional && !held) missing ??= input;
      } else if (held) throw new NearhandError('input-unknown', `the input "${name}" comes from the state: leave it out`, { input: name });
      else fed.push(checked(value, input, at));
    }
    if (missing) {
      const { name, type, shape } = missing;
      throw new NearhandError('input-missing', `the input "${name}" (${told(type, shape)}) is not given`, { input: name, given: keys.slice(0, 32) });
    }
  } catch (error) {
    throw unread(error, 'run.feeds');
  }
  return fed;
}

function checked(value: unknown, { name, type, shape }: Metadata, at: number): Fed {
  let held: ReturnType<typeof heldBy>;
  try {
    held = heldBy(value);
  } catch (error) {
    const { code, message, details } = unread(error, `run.feeds["${name}"]`);
    throw new NearhandError(code, `input "${name}": ${message.replace(/^nearhand: /, '')}`, { ...details, input: name }, error);
  }
  if (!held) return invalid(`run.feeds["${name}"]`, `a Tensor, as new Tensor('${type}', data, dims)`, value);
  const { form, data } = held;
  const { dims } = form;
  const fit = form.type === type && (shape.length === 0 || (dims.length === shape.length && dims.every((dim, axis) => typeof shape[axis] === 'string' || shape[axis] === dim)));
  if (!fit) {
    const [have, wants] = [told(form.type, dims), told(type, shape)];
    throw new NearhandError('model-mismatch', `the input "${name}" is ${have}, and the graph takes ${wants}`, { input: name, have, wants });
  }
  return { at, form, data };
}

/** The outputs that are asked for, by name: all of them where nothing is said. A tensor is written into. */
export function wantedBy(given: unknown, all: readonly Asked[]): readonly Asked[] {
  if (given === undefined || given === null) return all;
  const names = all.map(({ name }) => name);
  const want = (name: string, value?: unknown): Asked => {
    const at = names.indexOf(name);
    if (at < 0) unknown('output-unknown', 'output', name, names);
    const held = value === undefined || value === null ? undefined : heldBy(value);
    if (value && !held) invalid(`run.fetches["${name}"]`, 'null or a Tensor', value);
    return held ? { name, at, tensor: held.tensor, into: written(name, held) } : all[at]!;
  };
  try {
    if (kindOf(given) === 'Array') {
      return Array.from(new Set(given as unknown[]), (name) => (typeof name === 'string' ? want(name) : invalid('run.fetches', 'a list of output names', name)));
    }
    if (!isObject(given)) invalid('run.fetches', 'a list of output names, or an object by them', tag(given));
    return Object.keys(given).map((name) => want(name, (given as Record<string, unknown>)[name]));
  } catch (error) {
    throw unread(error, 'run.fetches');
  }
}

/** The array of a tensor that the host has, where the output fits it. */
function written(name: string, { form, data }: Held): NonNullable<Wanted['into']> {
  const { type, dims, size } = form;
  // A view of our own, before the engine is called.
  const view = type === 'string' ? new Uint8Array(data.length) : new (arrayOf(type))((data as Elements).buffer, (data as Elements).byteOffset, data.length);
  return (answered: Form) => {
    if (same(answered, form) && view.length === size) return view;
    const [have, wants] = [told(type, dims), told(answered.type, answered.dims)];
    throw new NearhandError('model-mismatch', `the tensor given for the output "${name}" is ${have}, and the output is ${wants}`, { output: name, have, wants });
  };
}
