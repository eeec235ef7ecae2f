// The desk in the drawer: the shop's rules as a visitor may turn them.

import { CONTROLS, desk, isUsual, setDesk, SWITCHES } from '../desk.js';
import { html } from '../html.js';
import { announce } from './announce.js';

export function deskSection() {
  const set = desk();
  const chosen = (yes) => yes && html` selected`;
  return html`
    <section aria-labelledby="x-desk"><h3 id="x-desk">Play shopkeeper</h3>
      <p class="muted">Rules for every slate of this shop, as its keeper would set them. What each one did stands below each slate.</p>
      <div class="desk">
        ${Object.entries(CONTROLS).map(([name, { label, choices }]) => html`<label>${label} <select id="desk-${name}" data-desk="${name}">${Object.entries(choices).map(([value, text]) => html`<option value="${value}"${chosen(set[name] === value)}>${text}</option>`)}</select></label>`)}
        <label>Variety <span class="desk-range"><input id="desk-diversity" data-desk="diversity" type="range" min="0" max="1" step="0.1" value="${set.diversity}"> <output>${Number(set.diversity).toFixed(1)}</output></span></label>
        ${Object.entries(SWITCHES).map(([name, text]) => html`<label class="desk-switch"><input id="desk-${name}" data-desk="${name}" type="checkbox"${set[name] && html` checked`}> ${text}</label>`)}
      </div>
      <button class="button plain" type="button" id="desk-reset" data-desk-reset${isUsual() && html` disabled`}>As usual</button>
    </section>`;
}

export function startDesk(dialog) {
  dialog.addEventListener('change', ({ target }) => {
    const name = target.dataset.desk;
    if (!name) return;
    setDesk({ [name]: target.type === 'checkbox' ? target.checked : target.type === 'range' ? Number(target.value) : target.value });
    announce('The slates follow the new rule.');
  });
  dialog.addEventListener('click', (event) => {
    if (!event.target.closest('[data-desk-reset]')) return;
    setDesk();
    announce('The rules are as usual.');
  });
}
