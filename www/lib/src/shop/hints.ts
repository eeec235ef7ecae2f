/**
 * What a developer is told beside the answer: on the console what a slate, a list or a feed has left out, behind an error's
 * message what was probably meant. In the entry for dev servers and in Node alone; what visitors fetch carries none of it.
 */
import { NearhandError, short } from '../words/errors.js';
import type * as T from '../words/types.js';
import { meant, type Refusal } from './meant.js';

/** Lines in all: a server that runs for weeks fills no log with what its visitors make up. */
const MOST = 24;
/** Ids that are looked up for a hint, and those that are told: after so many the shop's ids are right, or it is known that they are not. */
let [looks, strangers] = [1000, 4];
const said = new Set<string>();

function say(line: string): void {
  if (said.size >= MOST || said.has(line)) return;
  said.add(line);
  console.warn(`nearhand: ${line}${said.size < MOST ? '' : ' (the last of these lines)'}`);
}

/** `load` with hints. `aloud`: whether the console hears them; errors have them in any case. */
export function hinting(load: T.Load, aloud: () => boolean): T.Load {
  return async (bundle, options) => {
    const shop = await hinted(() => load(bundle, options), options);
    const watch = aloud() ? watching(shop) : undefined;
    quietly(() => options?.catalog && watch?.fed(shop.info().catalog, options.catalog));
    const visit = (of: T.Visit): T.Visit => ({
      ...of,
      observe(event) {
        hinted(() => of.observe(event), event);
        quietly(() => watch?.item('observe', event.item));
      },
      async recommend(request) {
        const slate = await hinted(() => of.recommend(request), request);
        quietly(() => watch?.slate(slate, request));
        return slate;
      },
      async recommendPage(widgets) {
        const slates = await hinted(() => of.recommendPage(widgets), widgets);
        quietly(() => slates.forEach((slate, i) => watch?.slate(slate, widgets[i])));
        return slates;
      },
      setCart: (lines) => hinted(() => of.setCart(lines), lines),
      undismiss: (item) => hinted(() => of.undismiss(item), item),
    });
    return Object.freeze({
      ...shop,
      ...visit(shop),
      page: (snapshot?: Uint8Array) => Object.freeze(visit(shop.page(snapshot))),
      item: (id: string) => hinted(() => shop.item(id), id),
      items(query?: T.ItemsQuery) {
        const page = hinted(() => shop.items(query), query);
        watch?.unknown(page.unknown);
        return page;
      },
      updateCatalog(delta: T.CatalogDelta) {
        // Not async: what is no delta is thrown at once.
        return hinted(() => shop.updateCatalog(delta), delta).then((told) => {
          quietly(() => watch?.fed(told, delta));
          return told;
        });
      },
    });
  };
}

/** A hint is no reason to fail: what the host hands over may throw wherever it is read, and a shop may be closed meanwhile. */
function quietly(act: () => unknown): void {
  try {
    act();
  } catch {}
}

/** What `act` gives; what it throws, with what was probably meant. */
function hinted<R>(act: () => R, given: unknown): R {
  const wrong = (error: unknown): never => {
    throw error instanceof NearhandError ? better(error, given) : error;
  };
  try {
    const result = act();
    return result instanceof Promise ? (result.catch(wrong) as R) : result;
  } catch (error) {
    return wrong(error);
  }
}

function better(error: NearhandError, given: unknown): NearhandError {
  const { code, message, details } = error;
  let hint: string | undefined;
  quietly(() => (hint = meant(error, given)));
  return hint ? new NearhandError(code, `${message}; ${hint}`, details, error) : error;
}

/** What the console hears of one shop. */
function watching(shop: T.Shop) {
  const unknown = (list: readonly T.Unknown[] | undefined): void => {
    for (const { rule, option, value, nearest } of list ?? []) {
      const key = option.replace(/^.*\./, '');
      const column = value === key || (key === 'inStock' && value === 'stock');
      const what = column ? `no item has a ${value}.` : `no item has "${short(value)}"${nearest ? `; is "${nearest}" meant?` : '.'}`;
      const done = rule === undefined ? 'The condition is left out' : 'The rule does not hold';
      say(`${rule === undefined ? '' : `rules[${rule}].`}${option}: ${what} ${done}; shop.facets() has all names, \`strict: true\` makes it an error`);
    }
  };
  const item = (call: string, id: string): void => {
    if (strangers <= 0 || looks-- <= 0 || shop.item(id)) return;
    strangers--;
    // An id of another system, or of another writing.
    const near = [id.trim(), id.toUpperCase(), id.toLowerCase(), id.replace(/^.*[/:]/, '')].find((other) => other !== id && shop.item(other));
    say(`${call}: the catalog has no item "${short(id)}"${near === undefined ? '' : `; is "${short(near)}" meant?`} (ids are those of the bundle's list of items)`);
  };
  const fed = (told: T.Updated | undefined, delta: T.CatalogDelta): void => {
    const { refused = 0, unknown: ghosts = 0, added = 0, updated = 0, removed = 0, examples: [first] = [] } = told ?? {};
    if (!first) return;
    const hint = meant(refusal(first, delta), delta);
    const why = `the first: ${first.message}${hint ? `; ${hint}` : ''}`;
    if (refused) say(`${refused} row${refused > 1 ? 's' : ''} of a feed left out (what updateCatalog gives lists up to 16); ${why}`);
    else if (ghosts && !(added + updated + removed)) say(`a feed of which the catalog knows no item, ${ghosts} in all; ${why}`);
  };
  const slate = (slate: T.Slate, request: T.RecommendOptions | undefined): void => {
    unknown(slate.unknown);
    if (request?.source !== undefined) item('recommend.source', request.source);
  };
  return { unknown, item, fed, slate };
}

/** A row's refusal as the error that it would have been. */
function refusal({ code, message, list: name, at }: T.Updated['examples'][number], delta: T.CatalogDelta): Refusal {
  const [, option, expected, type, value] = /^(\S+) must be (.+), not (?:(string|number) )?(.*)$/.exec(message) ?? [];
  const [, holder, key, list] = /^(\S+) has no "([^"]*)".* Allowed: (.*)$/.exec(message) ?? [];
  if (key !== undefined) return { code, message, details: { option: `${holder}.${key}`, allowed: list?.split(', ') } };
  const [, absent] = /^(\S+) must be given$/.exec(message) ?? [];
  return { code, message, details: { option: option ?? absent, expected, value: type === 'number' ? Number(value) : type ? value : delta[name]?.[at] } };
}
