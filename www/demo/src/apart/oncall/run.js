// A visit after the other: the shop answers, the monitor looks, the shop falls back, and what happened is kept.

import { crowd } from './crowd.js';
import { FAULTS } from './faults.js';
import { has, serving } from './serving.js';
import { watch } from './watch.js';

/** Quiet visits after a mend until the model serves again. */
export const PROBATION = 300;
/** Incidents that are kept, and visits of the line that is drawn. */
export const MOST_INCIDENTS = 8;
const LINE = 3000;
const STEP = 25;
const GRAVE = new Set(['fallback', 'stop']);

/**
 * `shops`: `{ shop, spare, good, stale }`. `told(what)` is called when something has happened that a person should hear: `learnt`, `alert`, `fallback`, `back`.
 */
export async function run(items, { shop, spare, good, stale }, random, told) {
  const places = new Map(items.map(({ item }, at) => [item, at]));
  const title = (id) => items[places.get(id)]?.name ?? id;
  const next = crowd(items, spare, random);
  const serves = await serving(shop, spare, good);
  let fault;
  let incident;
  let incidents = [];
  let visits = 0;
  /** When the last one came. */
  let seen;
  let line = [];
  let recent = [];
  let learning = { hits: 0, slates: 0 };
  let quiet;
  /** Quiet visits since the alarm of an incident that nobody need close. */
  let calm = 0;
  let standing = [];
  const watched = await watch((alert) => {
    const first = !standing.some(({ level }) => GRAVE.has(level));
    const key = ({ code, subject }) => `${code} ${subject}`;
    standing = [...standing.filter((one) => key(one) !== key(alert)), alert];
    incident ??= begun();
    // What was told before a mend stays, though the monitor has begun anew.
    const all = new Map(incident.alerts.map((one) => [key(one), one]));
    for (const one of standing) all.set(key(one), { ...(all.get(key(one)) ?? { at: visits, when: Date.now() }), ...one });
    incident.alerts = [...all.values()];
    // The first that is grave is said; with the others a reader would hear nothing else.
    if (first && GRAVE.has(alert.level)) told('alert', alert);
  });

  const begun = () => {
    const one = { at: visits, when: Date.now(), broke: fault?.at, name: fault?.name, bundle: serves.bundle(), alerts: [], steps: [] };
    incidents = [one, ...incidents].slice(0, MOST_INCIDENTS);
    return one;
  };
  const step = (what, more) => incident?.steps.push({ at: visits, when: Date.now(), what, ...more });

  async function react() {
    const helpless = serves.helpless();
    if (helpless || (GRAVE.has(watched.info().standing) && serves.mode() === 'model')) {
      const answers = await serves.fallBack();
      step(helpless ? 'helpless' : 'fallback', { answers });
      if (!helpless) quiet = undefined;
      told('fallback', answers);
    }
    calm = incident && !fault && serves.mode() === 'model' && !watched.info().standing ? calm + 1 : 0;
    if (calm >= PROBATION) {
      // It has passed by itself: what comes later is no part of it.
      incident = undefined;
      standing = [];
    }
    if (quiet === undefined || fault) return;
    if (watched.info().standing) quiet = 0;
    else if (++quiet >= PROBATION) {
      quiet = undefined;
      serves.back();
      step('back');
      incident = undefined;
      told('back');
    }
  }

  return {
    async visit() {
      const visitor = await next();
      const views = fault?.views ? fault.views(visitor, items, random, places) : visitor.views;
      const { watched: slate, given, hit, unknown } = await serves.answer(views, visitor.next, fault);
      visits += 1;
      seen = Date.now();
      if (watched.learning()) {
        learning.slates += 1;
        learning.hits += Number(hit);
      }
      await watched.tell({ slate, context: visitor.id, dwellMs: views.at(-1).dwellMs, unknown, missed: !has(slate, visitor.next) });
      const shown = { seen: title(views.at(-1).item), offered: given.items.slice(0, 5).map(({ item }) => title(item)) };
      if (watched.learning()) return shown;
      if (!recent.length) told('learnt');
      recent = [...recent, hit].slice(-4 * STEP);
      if (recent.length >= STEP && visits % STEP === 0) line = [...line, { at: visits, share: recent.filter(Boolean).length / recent.length, answers: serves.mode() }].filter(({ at }) => at > visits - LINE);
      await react();
      return shown;
    },
    async breakIt(name) {
      fault = { ...FAULTS[name], id: name, at: visits };
      quiet = undefined;
      // What comes of it is its own, though the one before may be on probation.
      incident = undefined;
      if (fault.bundle) await serves.publish(stale);
    },
    /** What was broken is mended; or nothing was, and what stands is noted, or was a false alarm. The model answers again once it has been quiet. */
    async mend() {
      step(fault ? 'mended' : serves.mode() === 'model' ? 'noted' : 'cleared', { name: fault?.name });
      fault = undefined;
      await serves.mend();
      await watched.again();
      standing = [];
      if (serves.mode() === 'model') incident = undefined;
      else quiet = 0;
    },
    state: () => ({
      visits,
      seen,
      fault,
      /** Something stands, or the shop has fallen back, and it is nothing that was broken here: somebody may note it, or call it a false alarm. */
      unexplained: !fault && (Boolean(watched.info().standing) || (serves.mode() !== 'model' && quiet === undefined)),
      quiet,
      learning: watched.learning(),
      mode: serves.mode(),
      bundle: serves.bundle(),
      info: watched.info(),
      counts: watched.learning() ? undefined : watched.counts(),
      usual: learning.slates ? learning.hits / learning.slates : undefined,
      line,
      incidents,
      standing,
    }),
    close: () => watched.close(),
  };
}
