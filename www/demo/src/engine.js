// The one place that talks to nearhand. The shop never waits for it and never breaks with it:
// every call here answers something sensible when there is no engine.

import { ids, lines } from './basket.js';
import { all, find } from './catalog.js';
import { desk, deskOptions, onDesk } from './desk.js';
import { script } from './html.js';
import { idle, saveData, turn } from './later.js';
import { stored } from './storage.js';

/** What may be kept, and where. Until the visitor says otherwise nothing is written to the device. */
export const CONSENTS = {
  none: ['Nothing', 'No session is kept. Suggestions go by the page you are on, else by what is popular.'],
  memory: ['This page', 'Until the page is closed or reloaded. It is not written to your device.'],
  session: ['This tab', 'Until the tab is closed. Survives a reload.'],
  persistent: ['This browser', 'Shared by all tabs, and there the next time.'],
};
const consentKept = stored('localStorage', 'plum:consent', 'memory', (read) => (Object.hasOwn(CONSENTS, read) ? read : undefined));
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

const told = (error, code) => ({ code: error?.code ?? code, message: error?.message ?? String(error) });

/** Never rejects. Resolves when the first tier serves, or cannot. */
export async function start(bundle) {
  try {
    // Its files are fetched now, after the page: nothing before needs them.
    const [{ load }, { signals }] = await Promise.all([import('nearhand'), import('nearhand/signals')]);
    startSignals(signals);
    shop = await load(bundle, { ...later(), consent: consentKept.get() });
  } catch (error) {
    failure = told(error, 'load-failed');
    changed('failed');
    return;
  }
  for (const event of early.splice(0)) observe(event);
  tellCart();
  await tellStock();
  changed('lite');
  onDesk(async () => {
    await tellStock();
    changed('desk');
  });
  shop.ready.then(() => changed('tier'));
  // The engine merges what another tab kept; the page only has to look again.
  globalThis.addEventListener('storage', () => setTimeout(() => changed('tab'), 50));
}

/** The full tier: not at all where the visitor saves data, else when the page has its first suggestions. */
function later() {
  if (saveData()) return { tier: 'lite' };
  const full = idle(4000).then(() => fetch(new URL('nearhand/nearhand.wasm', import.meta.url)));
  // Who asks for it hears of it; where nobody does it is no error of the page.
  full.catch(() => {});
  return { wasm: { full }, worker: () => new Worker(script(new URL('nearhand/worker.js', import.meta.url)), { type: 'module' }) };
}

function startSignals(signals) {
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
  if (looking !== undefined) pageSignals.view(looking);
}

/** What the basket holds now, in the shop's own words: what happens to it from here on are events. */
function tellCart() {
  attempt(() => shop.setCart?.(lines().map(({ item, quantity }) => ({ item: item.item, quantity }))));
}

/** What is told of the stock, a feed of all rows. */
let stock = '';
const ROWS = 200;

async function tellStock() {
  const wanted = desk().stock;
  if (wanted === stock || (wanted === 'any' && !stock)) return;
  stock = wanted;
  const rows = all().map((item) => ({ item: item.item, stock: item.soldOut ? 0 : 10 }));
  for (let at = 0; at < rows.length && stock === wanted; at += ROWS) {
    const slice = rows.slice(at, at + ROWS);
    await attempt(() => shop.updateCatalog({ update: slice }));
    await turn();
  }
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    console.error(error);
    return undefined;
  }
}

/** Events from before the engine was there. */
const early = [];

/** Records an event. A refused one is told on the console and changes nothing else. */
export function observe(event) {
  if (!shop) {
    if (!failure) early.push({ at: Date.now(), ...event });
    return;
  }
  attempt(() => {
    shop.observe(event);
    changed('event');
  });
}

let looking;

/** The page shows an item now, or none. */
export function viewing(id) {
  looking = id;
  pageSignals?.view(id);
  pageSignals?.flush();
}

/** Takes a dismissal back. */
export const canUndismiss = () => typeof shop?.undismiss === 'function';
export function undismiss(item) {
  attempt(() => {
    shop.undismiss(item);
    changed('event');
  });
}

/** The slates of a page, none with what is in the basket or in the one before; undefined when there is no engine. */
export async function recommendPage(widgets) {
  if (!shop) return undefined;
  try {
    const slates = await shop.recommendPage(widgets.map((options) => ({ k: 5, explain: true, ...deskOptions(options), ...options, excludeItems: ids() })));
    // What the shop no longer sells is not shown, whatever the bundle says.
    return slates.map((slate) => ({ ...slate, items: slate.items.filter(({ item }) => find(item)) }));
  } catch (error) {
    failure ??= told(error, 'recommend-failed');
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

export const consent = () => consentKept.get();

export function setConsent(to) {
  consentKept.set(to);
  attempt(() => shop?.setConsent(to));
  changed('consent');
}

export function forget() {
  // The look at this page ends first: its dwell must not come into the empty session afterwards.
  viewing();
  attempt(() => shop?.forget());
  changed('forget');
}
