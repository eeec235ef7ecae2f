// The text box that a small language model on this device writes along in, by nearhand/complete; fetched when its page is opened.

import { load } from 'nearhand/complete';
import { adapting } from './adapting.js';
import { ghost } from './ghost.js';

/** Grey text is short, and nothing rather than a guess. */
const SETTINGS = { maxTokens: 12, minConfidence: 0.15, until: 'sentence' };

/** The model, kept while the shop is open. */
let loading;

/**
 * Fills `place`. `model`: `{ url, bytes, about }` of its completer.json, or undefined where the build had none. The rest of what it needs of
 * the shop is handed to it (views/ask.js). Returns how to leave.
 */
export function start(place, shop, model) {
  const { $, html, render } = shop;
  const stop = new AbortController();
  let unghost = () => {};
  let learner;

  const states = {
    none: () => html`This copy of the shop was built without a language model: nothing is suggested while you write. The search below works without one.`,
    asks: () => html`You save data, so the model (${size(model.bytes)}) is not fetched unasked. <button class="quiet" type="button" data-fetch>Fetch it</button>`,
    loads: ({ loaded = 0, total = model.bytes } = {}) => html`Fetching a small language model, once: <progress max="100" value="${Math.min(100, Math.round((100 * loaded) / (total || 1)))}" aria-label="Language model"></progress> ${size(loaded)} of ${size(total)}. You can write meanwhile.`,
    failed: ({ code }) => html`The language model did not start (${code ?? 'unknown'}): nothing is suggested while you write. <button class="quiet" type="button" data-fetch>Try again</button>`,
    ready: ({ name, bytes, context, place: where }) => html`A small language model${name && html` (<strong>${name}</strong>, ${size(bytes)})`} writes the grey text, on this device${where === 'worker' && ', beside this page'}. Nothing you type is sent to anybody. It knows how sentences go on, not what is in stock; it reads the last ${context} tokens and may be wrong.${model.about && html` About it: ${model.about}`}`,
  };
  const tell = (state, about) => {
    const there = $('#ask-model', place);
    there.dataset.state = state;
    render(there, states[state](about));
  };
  const tellAdapted = (counts) => {
    const said = counts && [[counts.sent, 'text you sent', 'texts you sent'], [counts.taken, 'suggestion you took', 'suggestions you took'], [counts.viewed, 'thing you looked at', 'things you looked at']].filter(([n]) => n > 0).map(([n, one, many]) => shop.plural(n, one, many));
    render($('#ask-adapted', place), html`${counts ? html`Adapted to ${said.length ? said.join(', ') : 'nothing yet'}: in this page's memory alone, gone when it is closed.` : 'Adapts to nothing, as you let nothing be kept.'} <button class="quiet" type="button" data-explain>What may be kept</button>`);
  };

  async function fetchModel() {
    tell('loads');
    try {
      loading ??= open(shop, model, (progress) => stop.signal.aborted || tell('loads', progress)).catch((error) => {
        loading = undefined;
        throw error;
      });
      const completer = await loading;
      const info = await completer.info();
      if (stop.signal.aborted) return;
      tell('ready', info);
      learner = adapting(completer, shop, (counts) => stop.signal.aborted || tellAdapted(counts));
      learner.again();
      const [all, word, none] = ['all', 'word', 'none'].map((what) => $(`[data-take="${what}"]`, place));
      unghost = ghost({
        field: $('textarea', place), mirror: $('.ghost', place), status: $('#ask-status', place), buttons: { all, word, none },
        open: (onSuggestion) => completer.typing({ ...SETTINGS, onSuggestion, onError: (error) => console.warn(`no suggestion: ${error.code}`) }),
        taken: (accepted) => learner.taken(accepted),
      });
    } catch (error) {
      if (!stop.signal.aborted) tell('failed', error);
    }
  }

  place.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = $('textarea', place).value.trim();
    if (text) learner?.sent(text);
    shop.lookFor(text);
  }, { signal: stop.signal });
  place.addEventListener('click', ({ target }) => target.closest('[data-fetch]') && fetchModel(), { signal: stop.signal });
  const off = shop.onChange((why) => ['consent', 'forget', 'tab'].includes(why) && learner?.again());

  if (!model) tell('none');
  else if (shop.saveData && !loading) tell('asks');
  else fetchModel();
  return () => {
    stop.abort();
    off();
    unghost();
  };
}

/** The shop's offline copy has the files already: a second copy would only take room. */
const open = (shop, { url }, onProgress) => load(url, { onProgress, cache: shop.saveData || !navigator.serviceWorker?.controller });

const size = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round((bytes ?? 0) / 1e3)} KB`);
