/** The demo's till: the page says card, terminal and amount; the worker makes a transaction of it and asks as the demo's tenant. */
import { only } from '../asked/read.js';
import { readJson } from '../door/body.js';
import { spend } from '../door/rate.js';
import type { Env, Settings } from '../door/settings.js';
import { judged } from '../answers/judged.js';
import { Refused } from '../words/refused.js';

export async function pay(request: Request, env: Env, settings: Settings, now: number): Promise<Response> {
  const tenant = settings.demo === undefined ? undefined : settings.tenants.get(settings.demo);
  if (!tenant) throw new Refused('path-unknown', 'no such path');
  spend(tenant, now);
  const body = await readJson(request);
  only(body, ['id', 'time', 'card', 'terminal', 'amount', 'currency']);
  return judged(body, tenant, env, settings, now);
}
