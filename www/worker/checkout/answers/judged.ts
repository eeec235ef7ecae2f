/** From a body to an answer: the one way, for callers and for the demo. */
import { text } from '../asked/read.js';
import { askedOf, late } from '../asked/transaction.js';
import { json, refused } from '../door/body.js';
import type { Env, Settings, Tenant } from '../door/settings.js';
import { answered, without } from '../engine/answered.js';
import { type Engine, engineOf, type Judge } from '../engine/engine.js';
import { cardOf } from '../objects/stubs.js';
import { about, codeOf } from '../words/refused.js';
import type { Answer, Assessed, Decision } from '../words/types.js';

export async function judged(body: Record<string, unknown>, tenant: Tenant, env: Env, settings: Settings, now: number): Promise<Response> {
  let engine: Engine;
  let judge: Judge;
  try {
    engine = await engineOf(env);
    judge = await engine.judge(tenant, settings);
  } catch (error) {
    // Nobody is here who could read the transaction.
    return json(nobody(text(body, 'id'), codeOf(error), settings.fallback));
  }
  const asked = await askedOf(body, tenant, settings, engine, now);
  const refusal = late(asked, engine, settings);
  if (refusal) {
    // A retry may come as late as it likes: the recorded answer is the answer.
    const known = await cardOf(env, asked.card).known(asked);
    if (!known) throw refusal;
    return known.refusal ? refused(known.refusal) : json(known.answer);
  }
  // What windows, costs or rules would refuse is refused before any object hears of it: nothing of it is counted, here or there.
  try {
    judge.check(asked);
  } catch (error) {
    if (about(error)) throw error;
    // The engine has failed, not the transaction: the card asks another one.
  }
  let assessed: Assessed;
  try {
    assessed = await cardOf(env, asked.card).assess(asked);
  } catch (error) {
    // The platform's own words: the object was reset, or is asked too much.
    console.error('checkout: a card was not to be reached:', (error as Error | null)?.message);
    assessed = { answer: { ...answered(asked, judge, null, false, 'state-failed', settings.fallback), recorded: false } };
  }
  return assessed.refusal ? refused(assessed.refusal) : json(assessed.answer);
}

/** The answer where there is no engine. */
const nobody = (id: string, failure: string, fallback: Decision): Answer => ({ ...without(id, failure, fallback), recorded: false });
