/** What `nearhand/dap` may be told. */
import { between, type Check, is, keyed, method, reading, signal } from '../failing/options.js';
import { isUrl } from '../files/fetch.js';
import { CONSENTS } from '../monitor/words/options.js';
import { short } from '../words/errors.js';
import { invalid, isObject } from '../words/plain.js';
import type { Counts } from './report.js';
import type { DapOptions, SumOptions, TaskPlan, TasksOptions } from './public.js';

const any: Check = (value) => value;
const MOST_COUNT = 2 ** 48;
const MOST_BUCKETS = 64;

/** An aggregator's address, with a slash at its end. */
const address: Check = (value, path) => {
  const expected = 'an https address without a query (http on this machine alone)';
  const url = isUrl(value) && URL.canParse(value) ? new URL(value) : invalid(path, expected, value);
  const near = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if ((url.protocol !== 'https:' && !(near && url.protocol === 'http:')) || url.search || url.hash || url.username || url.password) invalid(path, expected, value);
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
};

const id = is('32 bytes as 43 characters of base64url', (v) => typeof v === 'string' && /^[\w-]{43}$/.test(v));

const entries =
  <T>(check: (value: unknown, path: string) => T): Check =>
  (value, path) =>
    reading(path, () => (isObject(value) ? new Map(Object.entries(value).map(([name, one]) => [name, check(one, `${path}.${short(name)}`)])) : invalid(path, 'an object', value)));

export interface Checked extends Omit<DapOptions, 'tasks' | 'leader' | 'helper'> {
  readonly tasks: ReadonlyMap<string, { readonly id: string; readonly chunkLength?: number; readonly reference?: string }>;
  readonly leader: string;
  readonly helper: string;
}

const task = (value: unknown, path: string): { readonly id: string } => {
  const read = typeof value === 'string' ? { id: id(value, path) } : isObject(value) ? keyed<{ id: string }>(value, path, { id, chunkLength: between(1, 1024), reference: is('16 hex digits', (v) => /^[0-9a-f]{16}$/.test(String(v))) }) : invalid(path, 'the id of a task, or an object with it', value);
  return read.id === undefined ? invalid(`${path}.id`, 'the id of a task', undefined) : (read as { id: string });
};

const DAP: Readonly<Record<string, Check>> = {
  reference: any,
  leader: address,
  helper: address,
  timePrecisionSeconds: between(1, 31_536_000),
  tasks: entries(task),
  consent: is(`one of ${CONSENTS.join(', ')}`, (v) => CONSENTS.includes(v as string)),
  most: between(1, 1_000_000),
  client: method,
  onError: method,
  now: method,
  signal,
};

const required = <T extends object>(read: T, path: string, names: readonly (keyof T & string)[]): T => {
  for (const name of names) if (read[name] === undefined) invalid(`${path}.${name}`, 'told', undefined);
  return read;
};

export function checkDap(given: unknown): Checked {
  const read = required(keyed<Checked>(given, 'createDap', DAP), 'createDap', ['reference', 'leader', 'helper', 'timePrecisionSeconds', 'tasks']);
  // Who runs both can put the shares together again.
  if (new URL(read.leader).origin === new URL(read.helper).origin) invalid('createDap.helper', "of another origin than the leader's, as it is of another party", read.helper);
  return read;
}

export const checkConsent = (given: unknown): string => DAP['consent']!(given, 'setConsent') as string;

export const checkTasks = (given: unknown): TasksOptions => required(keyed<TasksOptions>(given, 'dapTasks', { reference: any, signal }), 'dapTasks', ['reference']);

export type CheckedSum = Omit<SumOptions, 'sums'> & { readonly sums: ReadonlyMap<string, readonly number[]> };

export function checkSum(given: unknown): CheckedSum {
  const counts = (value: unknown, path: string): readonly number[] => {
    // A list may have holes, and more of them than anybody waits for.
    const list = Array.isArray(value) && value.length <= MOST_BUCKETS ? Array.from(value as unknown[], (one) => (typeof one === 'number' || /^\d+$/.test(String(one)) ? Number(one) : NaN)) : invalid(path, 'a list of counts, one a bucket', value);
    return list.every((one) => Number.isInteger(one) && one >= 0 && one <= MOST_COUNT) ? list : invalid(path, 'whole numbers from 0 to 2⁴⁸', value);
  };
  const whole = between(0, Number.MAX_SAFE_INTEGER);
  return required(keyed<CheckedSum>(given, 'dapSum', { reference: any, sums: entries(counts), source: whole, sequence: whole, signal }), 'dapSum', ['reference', 'sums']);
}

/** The plan of a name, if the reference has it; a rate's and a stream's of one name cannot be told apart, and either comes before times of calls. */
export function planFor(name: string, plan: readonly TaskPlan[], path: string): number {
  const all = plan.flatMap((one, at) => (one.name === name ? [at] : []));
  const found = all.length > 1 ? all.filter((at) => at < plan.length - 1) : all;
  if (found.length === 1) return found[0]!;
  return invalid(path, found.length ? 'the name of a stream or of a rate, not of both' : `a name of the reference: ${plan.map((one) => one.name).join(', ')}`, name);
}

/** Sums in the order of a plan; what is not told is nothing. */
export function inOrder(sums: CheckedSum['sums'], plan: readonly TaskPlan[]): Counts {
  const counts = plan.map(({ buckets }) => buckets.map(() => 0));
  for (const [name, told] of sums) {
    const at = planFor(name, plan, `dapSum.sums.${short(name)}`);
    const { length } = plan[at]!.buckets;
    if (told.length !== length) invalid(`dapSum.sums.${short(name)}`, `${length} counts, one a bucket`, told);
    if (told.reduce((sum, count) => sum + count, 0) > MOST_COUNT) invalid(`dapSum.sums.${short(name)}`, 'counts of at most 2⁴⁸ together', told);
    counts[at] = [...told];
  }
  return counts;
}
