// The one place that talks to nearhand. The shop never waits for it and never breaks with it:
// every call here answers something sensible when there is no engine.

import { load } from 'nearhand';
import { signals } from 'nearhand/signals';
import { ids } from './basket.js';
import { find } from './catalog.js';
import { desk, deskOptions, onDesk } from './desk.js';
import { stored } from './storage.js';

const consentKept = stored('localStorage', 'plum:consent', 'session');
const listeners = new Set();
let shop;
let failure;
let shown = 0;
let pageSignals;

/** Told when slates may have changed: an event, consent, forgetting, a better tier, another tab. */
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
const changed = (why) => {
  for (const listener of listeners) listener(why);
};

/** Never rejects. Resolves when the first tier serves, or cannot. */
export async function start(bundle, options) {
  // A second, quiet reading of the visible slates: shown on the explain page, not kept in the session.
  pageSignals = signals(
    (signal) => {
      if (signal.kind !== 'impression') return observe(signal);
      shown += 1;
      // Kept where a rule asks for it, and for the next page: what is being looked at stays where it is.
      if (desk().rotate) shop?.observe(signal);
    },
    { impressions: true, onError: (error) => console.error(error) },
  );
  try {
    shop = await load(bundle, { ...options, consent: consentKept.get() });
  } catch (error) {
    failure = { code: error?.code ?? 'load-failed', message: error?.message ?? String(error) };
    changed('failed');
    return;
  }
  for (const event of early.splice(0)) observe(event);
  changed('lite');
  onDesk(() => changed('desk'));
  shop.ready.then(() => changed('tier'));
  // The engine merges what another tab kept; the page only has to look again.
  globalThis.addEventListener('storage', () => setTimeout(() => changed('tab'), 50));
}

/** Events from before the engine was there. */
const early = [];

/** Records an event. A refused one is told on the console and changes nothing else. */
export function observe(event) {
  if (!shop) {
    if (!failure) early.push(event);
    return;
  }
  try {
    shop.observe(event);
    changed('event');
  } catch (error) {
    console.error(error);
  }
}

/** The page shows an item now, or none. */
export function viewing(id) {
  pageSignals?.view(id);
  pageSignals?.flush();
}

/** The slates of a page, none with what is in the basket or in the one before; undefined when there is no engine. */
export async function recommendPage(widgets) {
  if (!shop) return undefined;
  try {
    const slates = await shop.recommendPage(widgets.map((options) => ({ k: 5, explain: true, ...deskOptions(options), ...options, excludeItems: ids() })));
    // What the shop no longer sells is not shown, whatever the bundle says.
    return slates.map((slate) => ({ ...slate, items: slate.items.filter(({ item }) => find(item)) }));
  } catch (error) {
    failure ??= { code: error?.code ?? 'recommend-failed', message: error?.message ?? String(error) };
    return undefined;
  }
}

/** Ids that match, from the engine's own catalog; undefined without one. */
export function searchIds(query) {
  if (!shop) return undefined;
  try {
    return shop.items({ search: query, limit: 1000 }).items.map(({ item }) => item);
  } catch {
    return undefined;
  }
}

export const running = () => Boolean(shop);
export const failed = () => failure;
export const info = () => shop?.info();
export const session = () => shop?.session() ?? [];
export const impressionsSeen = () => shown;
export const ready = () => shop?.ready;

/** Whether anything was looked at: without that there is nothing to say "for you" about. */
export const hasSession = () => session().some(({ kind }) => kind !== 'impression' && kind !== 'dismiss');

export function setConsent(consent) {
  consentKept.set(consent);
  try {
    shop?.setConsent(consent);
  } catch (error) {
    console.error(error);
  }
  changed('consent');
}

export function forget() {
  // The look at this page ends first: its dwell must not come into the empty session afterwards.
  viewing();
  shop?.forget();
  changed('forget');
}
