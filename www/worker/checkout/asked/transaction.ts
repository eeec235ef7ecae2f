/** A transaction as it is sent, made into what the objects are asked. Everything that can be wrong with it is refused here, before any of them is. */
import { digestOf, keyOf, placeOf, reference } from '../door/names.js';
import type { Settings, Tenant } from '../door/settings.js';
import type { Declared } from '../engine/declared.js';
import type { Engine } from '../engine/engine.js';
import type { Refused } from '../words/refused.js';
import type { Asked } from '../words/types.js';
import { amountOf, type Body, moment, only, text, wrong } from './read.js';

/** The transit between the worker's clock and an object's, and between two machines' clocks, milliseconds. */
const TRANSIT = 60_000;

export async function askedOf(body: Body, tenant: Tenant, settings: Settings, { declared, skew }: Engine, received: number): Promise<Asked> {
  const fields = declared.fields.filter((field) => field !== 'card' && field !== 'terminal');
  only(body, ['id', 'time', 'card', 'terminal', 'amount', 'currency', ...fields, ...declared.flags]);
  const id = text(body, 'id');
  const time = moment(body, 'time');
  if (settings.hostClock && time - received > skew) throw wrong('time', `more than ${skew / 1000} seconds ahead of the worker's clock`, time, 'time-ahead');
  const card = text(body, 'card');
  const terminal = text(body, 'terminal');
  const currency = text(body, 'currency');
  const decimals = declared.currencies.get(currency);
  if (decimals === undefined) throw wrong('currency', `known currencies are ${[...declared.currencies.keys()].join(', ')}`, currency, 'currency-unknown');
  const amount = amountOf(body, decimals);
  const own: Record<string, string> = {};
  for (const field of fields) if (body[field] !== undefined) own[field] = text(body, field);
  const key = await keyOf(settings);
  const ref = await reference(key, 'card', tenant.name, card);
  const place = await placeOf(key, tenant, terminal, ref);
  const flags = flagsOf(body, declared);
  const digest = await digestOf(JSON.stringify([ref, place.ref, time, amount, currency, Object.entries(own).sort(byName), [...flags].sort()]));
  return { tenant: tenant.name, id, digest, time, card: ref, terminal: place, amount, currency, fields: own, flags, received };
}

/** However a bundle orders its fields, a retry is the same. */
const byName = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : 1);

/** Flags of the declaration that a body sets. */
const flagsOf = (body: Body, declared: Declared): string[] => Object.entries(saidOf(body, declared)).flatMap(([flag, set]) => (set ? [flag] : []));

/** Flags of the declaration that a body says anything of. */
export function saidOf(body: Body, declared: Declared): Record<string, boolean> {
  const said: Record<string, boolean> = {};
  for (const flag of declared.flags) {
    const value = body[flag];
    if (value === undefined) continue;
    if (typeof value !== 'boolean') throw wrong(flag, 'true or false', value);
    said[flag] = value;
  }
  return said;
}

/**
 * One clock that is wrong would make the events of all others late. So a time may lie ahead of the worker's clock by `skew`, and behind it
 * by what the windows' lateness leaves: whoever passes here is late in no object. One that is late may still be the retry of one that is recorded.
 */
export function late({ time, received }: Asked, { lateness, skew }: Engine, { hostClock }: Settings): Refused | undefined {
  const behind = Math.max(0, lateness - skew - TRANSIT);
  return hostClock && received - time > behind ? wrong('time', `more than ${behind / 1000} seconds behind the worker's clock`, time, 'time-late') : undefined;
}
