// Markup from templates. Every value is escaped: titles come from a catalog and are not to be trusted.

class Markup {
  constructor(text) {
    this.text = text;
  }
  toString() {
    return this.text;
  }
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (value) => String(value).replace(/[&<>"']/g, (c) => ENTITIES[c]);

const write = (value) => {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(write).join('');
  return value === undefined || value === null || value === false ? '' : escape(value);
};

/** A template whose values are escaped, unless they are templates themselves. */
export const html = (parts, ...values) => new Markup(parts.reduce((text, part, i) => text + part + (i < values.length ? write(values[i]) : ''), ''));

/** Marks text made by our own code (the illustrations) as markup. */
export const raw = (text) => new Markup(text);

/** Trusted Types: the page's policy lets in what this file escaped, and nothing else. Browsers without them take the text. */
const trusted = globalThis.trustedTypes?.createPolicy('plum', {
  // The first argument of a policy is text whatever was given; the template itself comes beside it.
  createHTML: (_, markup) => {
    if (!(markup instanceof Markup)) throw new TypeError('only templates of html.js are drawn');
    return markup.text;
  },
  createScriptURL: own,
});

function own(url) {
  if (new URL(url, document.baseURI).origin !== location.origin) throw new TypeError('only scripts of this shop run');
  return url;
}

let opened = false;

/** From here on a library may start the shop's own scripts by their address, as nearhand/complete does with its worker. */
export function ownWorkers() {
  if (!opened) globalThis.trustedTypes?.createPolicy('default', { createScriptURL: own });
  opened = true;
}

/** The address of a worker of the shop's own, in the form that `new Worker` and `register` take under Trusted Types. */
export const script = (url) => (trusted ? trusted.createScriptURL(String(url)) : String(url));

export function render(element, markup) {
  element.innerHTML = trusted ? trusted.createHTML('', markup) : String(markup);
}

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
