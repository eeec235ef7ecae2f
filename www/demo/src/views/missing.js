// An address that leads nowhere.

import { html, render } from '../html.js';
import { link } from '../router.js';

export function missing(main) {
  render(main, html`<header class="page-head"><h1 tabindex="-1">Not on our shelves</h1><p class="lead">That page is not here. <a href="${link.home()}">Back to the shop window</a></p></header>`);
  return { title: 'Not found' };
}
