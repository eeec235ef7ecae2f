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

export function render(element, markup) {
  element.innerHTML = String(markup);
}

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
