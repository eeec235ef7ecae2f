/** What a run is given, against what the graph takes: by name, type and shape. */
import { NearhandError } from '../words/errors.js';
import { invalid, isObject, tag, unread } from '../words/plain.js';
import type { Fed, Wanted } from './instance.js';
import { unknown } from './options.js';
import type { InferenceSession, Tensor } from './public.js';
import { arrayOf, dataOf, type Elements, type Form, formOf, kindOf, same, tensorOf } from './tensor.js';

export type Metadata = InferenceSession.ValueMetadata;

/** An output that is asked for, and the tensor that takes it. */
export interface Asked extends Wanted {
  readonly name: string;
  readonly tensor?: Tensor;
}

const told = (type: string, dims: readonly (number | string)[]): string => `${type} [${dims.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;

/** The inputs that are given, in the graph's order. `states`: inputs that come from a state. */
export function fedBy(given: unknown, inputs: readonly Metadata[], names: readonly string[], states: readonly string[]): Fed[] {
  const found: (Fed | undefined)[] = [];
  try {
    // A map of names is an object; a list of tensors, or a tensor alone, names none.
    if (!isObject(given) || tensorOf(given)) invalid('run.feeds', 'an object with a Tensor for each input name', given);
    for (const name of Object.keys(given)) {
      const at = names.indexOf(name);
      if (at < 0) unknown('input-unknown', 'input', name, names);
      const value = (given as Record<string, unknown>)[name];
      if (value === undefined) continue;
      if (states.includes(name)) throw new NearhandError('input-unknown', `the input "${name}" comes from the state: leave it out`, { input: name });
      found[at] = checked(value, inputs[at]!, at);
    }
  } catch (error) {
    throw unread(error, 'run.feeds');
  }
  const fed: Fed[] = [];
  for (let at = 0; at < inputs.length; at++) {
    const { name, optional, type, shape } = inputs[at]!;
    const one = found[at];
    if (one) fed.push(one);
    else if (!optional && !states.includes(name)) {
      throw new NearhandError('input-missing', `the input "${name}" (${told(type, shape)}) is not given`, { input: name, given: Object.keys(given as object).slice(0, 32) });
    }
  }
  return fed;
}

function checked(value: unknown, { name, type, shape }: Metadata, at: number): Fed {
  let tensor: Tensor | undefined;
  try {
    tensor = tensorOf(value);
  } catch (error) {
    const { code, message, details } = unread(error, `run.feeds["${name}"]`);
    throw new NearhandError(code, `input "${name}": ${message.replace(/^nearhand: /, '')}`, { ...details, input: name }, error);
  }
  if (!tensor) return invalid(`run.feeds["${name}"]`, `a Tensor, as new Tensor('${type}', data, dims)`, value);
  const form = formOf(tensor);
  const { dims } = form;
  let fit = form.type === type && (shape.length === 0 || dims.length === shape.length);
  for (let axis = 0; axis < shape.length && fit; axis++) fit = typeof shape[axis] === 'string' || shape[axis] === dims[axis];
  if (!fit) {
    const [have, wants] = [told(form.type, dims), told(type, shape)];
    throw new NearhandError('model-mismatch', `the input "${name}" is ${have}, and the graph takes ${wants}`, { input: name, have, wants });
  }
  const data = dataOf(tensor);
  return { at, form, data: type === 'string' ? textsOf(data as string[], name) : data };
}

/** A copy: the list is the host's, and may have changed since it became a tensor. */
function textsOf(data: readonly unknown[], name: string): string[] {
  return Array.from(data, (text, at) => {
    if (typeof text === 'string') return text;
    throw new NearhandError('tensor-invalid', `input "${name}": the elements of a string tensor must be strings; number ${at} is ${typeof text}`, { input: name, type: 'string', at });
  });
}

/** The outputs that are asked for, by name: all of them where nothing is said. A tensor is written into. */
export function wantedBy(given: unknown, all: readonly Asked[]): readonly Asked[] {
  if (given === undefined || given === null) return all;
  const names = all.map(({ name }) => name);
  const want = (name: string, value?: unknown): Asked => {
    const at = names.indexOf(name);
    if (at < 0) unknown('output-unknown', 'output', name, names);
    const tensor = value === undefined || value === null ? undefined : tensorOf(value);
    if (value && !tensor) invalid(`run.fetches["${name}"]`, 'null or a Tensor', value);
    return tensor ? { name, at, tensor, into: written(name, tensor) } : all[at]!;
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
function written(name: string, tensor: Tensor): NonNullable<Wanted['into']> {
  const form = formOf(tensor);
  const { type, dims, size } = form;
  const data = dataOf(tensor);
  // A view of our own, before the engine is called.
  const view = type === 'string' ? new Uint8Array(data.length) : new (arrayOf(type))((data as Elements).buffer, (data as Elements).byteOffset, data.length);
  return (answered: Form) => {
    if (same(answered, form) && view.length === size) return view;
    const [have, wants] = [told(type, dims), told(answered.type, answered.dims)];
    throw new NearhandError('model-mismatch', `the tensor given for the output "${name}" is ${have}, and the output is ${wants}`, { output: name, have, wants });
  };
}
