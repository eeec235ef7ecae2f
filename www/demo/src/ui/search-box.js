// The search box turns into a combobox when somebody turns to it: until then nothing of it is fetched.

import { hang, picture } from '../art/hang.js';
import { all, department, find } from '../catalog.js';
import { desk } from '../desk.js';
import { consent, observe, onChange, session } from '../engine.js';
import { $, html, render } from '../html.js';
import { sheet } from '../later.js';
import { decode, link } from '../router.js';
import { plural, price } from '../words.js';

/** The department that is open, or that of the thing that is. */
function here() {
  const [, kind, name] = /^#\/([dp])\/([^?]+)/.exec(location.hash) ?? [];
  if (!kind) return undefined;
  const id = decode(name);
  return kind === 'd' ? department(id)?.name : find(id)?.category;
}

let started;

/** The suggestions, fetched once; undefined where they cannot be had, and asked for again the next time. */
export function searchBox() {
  const shop = {
    $, html, render, hang, picture, find, department, link, plural, price, here, observe, onChange, session,
    index: new URL('../../models/search.nhs', import.meta.url),
    mayKnow: () => consent() !== 'none',
    stock: () => desk().stock,
    inStock: () => (desk().stock === 'any' ? null : all().filter(({ soldOut }) => !soldOut).map(({ item }) => item)),
  };
  started ??= Promise.all([import('apart:search'), sheet(new URL('apart.css', import.meta.url))])
    .then(([{ start }]) => start($('#search'), shop))
    .catch((error) => {
      started = undefined;
      console.warn(`search without suggestions: ${error.code ?? error.message}`);
    });
  return started;
}

export function startSearchBox() {
  const field = $('#search-field');
  for (const [name, value] of Object.entries({ 'role': 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'picks' })) field.setAttribute(name, value);
  field.addEventListener('focus', searchBox);
  if (document.activeElement === field) searchBox();
}
