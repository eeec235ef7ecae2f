/** What is told of a transaction later. */
import type { Declared } from '../engine/declared.js';
import type { Told, Verdict } from '../words/types.js';
import { type Body, moment, only, text, wrong } from './read.js';
import { saidOf } from './transaction.js';

/** A label: `{ id, fraud, at? }`. It counts from `at` on, by default from now on, and not from a time that is still to come. */
export function labelOf(body: Body, now: number): Told {
  only(body, ['id', 'fraud', 'at']);
  const { fraud } = body;
  if (typeof fraud !== 'boolean') throw wrong('fraud', 'true or false', fraud);
  return { kind: 'label', id: text(body, 'id'), fraud, at: body['at'] === undefined ? now : moment(body, 'at'), by: 'label' };
}

/** What the issuer said: `{ id, declined: true }`, by the flags that the bundle declares; `false` takes one back. */
export function outcomeOf(body: Body, declared: Declared): Told {
  only(body, ['id', ...declared.flags]);
  if (!declared.flags.some((flag) => body[flag] !== undefined)) throw wrong(declared.flags[0] ?? 'flags', `tell at least one of ${declared.flags.join(', ') || 'no flags: the bundle declares none'}`);
  return { kind: 'outcome', id: text(body, 'id'), flags: saidOf(body, declared) };
}

/** What a reviewer decided: `{ verdict, reviewer, note? }`. */
export function verdictOf(body: Body): { verdict: Verdict; reviewer: string; note: string } {
  only(body, ['verdict', 'reviewer', 'note']);
  const { verdict } = body;
  if (verdict !== 'fraud' && verdict !== 'honest') throw wrong('verdict', 'fraud or honest', verdict);
  return { verdict, reviewer: text(body, 'reviewer'), note: body['note'] === undefined || body['note'] === '' ? '' : text(body, 'note') };
}
