// A text box: what is written is looked for by its words, and a small language model on this device writes along in grey, by
// nearhand/complete. Fetched when its page is opened; the box stands without the model.

import { adapting } from './adapting.js';
import { byWords } from './by-words.js';
import { ghost } from './ghost.js';

/** Grey text is short, and nothing rather than a guess: the word that is being typed counts, however rare it is. */
const SETTINGS = { maxTokens: 12, minConfidence: 0.15, until: 'sentence' };

/** What a model is given in front of the text, by its name: the assistant has learnt from dialogues, where a visitor's turn begins so. */
const BEFORE = { assistant: '---\nU: ' };

/** Things that are shown. */
const MOST = 10;

/** The model, kept while the shop is open, and what adapts it: that hears of consent also while this page is not the one that is open. */
let loading;
let learner;
/** Tells the page that is open. */
let heard = () => {};

/**
 * Fills `place`. `model`: `{ url, bytes, about }` of its completer.json, or undefined where the build had none. The rest of what it needs of
 * the shop is handed to it (views/ask.js). Returns how to leave.
 */
export function start(place, shop, model) {
  const { $, html, render } = shop;
  render(place, html`
    <div class="ask" id="ask">
      <form>
        <label for="ask-text">For whom, for what, in which colour?</label>
        <div class="ghosted"><div class="ghost" dir="auto" aria-hidden="true"></div><textarea id="ask-text" rows="4" maxlength="1000" dir="auto" autocomplete="off" aria-describedby="ask-keys" placeholder="I am looking for a …"></textarea></div>
        <p class="muted" id="ask-keys">When grey text stands behind yours, <kbd>Tab</kbd> takes it, <kbd>→</kbd> takes a word, <kbd>Esc</kbd> drops it. Otherwise Tab goes on, as always.</p>
        <div class="ask-row">
          <span class="ask-take" role="group" aria-label="Grey text"><button type="button" data-take="all" disabled>Take it</button><button type="button" data-take="word" disabled>One word</button><button type="button" data-take="none" disabled>Drop it</button></span>
          <button class="button" type="submit">Look for it</button>
        </div>
        <p class="sr" id="ask-status" role="status"></p>
      </form>
      <aside class="ask-about" aria-label="About the grey text"><p class="muted" id="ask-model" data-state="waits"></p><p class="muted" id="ask-adapted"></p></aside>
    </div>
    <section id="ask-found" aria-label="Found" hidden></section>`);
  const stop = new AbortController();
  let unghost = () => {};

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
      heard = tellAdapted;
      if (!learner) {
        learner = adapting(completer, shop, (counts) => heard(counts));
        shop.onChange((why) => ['consent', 'forget', 'tab'].includes(why) && learner.again());
      }
      learner.again();
      const [all, word, none] = ['all', 'word', 'none'].map((what) => $(`[data-take="${what}"]`, place));
      unghost = ghost({
        field: $('textarea', place), mirror: $('.ghost', place), status: $('#ask-status', place), buttons: { all, word, none },
        open: (onSuggestion) => completer.typing({ ...SETTINGS, ...(Object.hasOwn(BEFORE, info.name ?? '') && { before: BEFORE[info.name] }), onSuggestion, onError: (error) => console.warn(`no suggestion: ${error.code}`) }),
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
    lookFor(text);
  }, { signal: stop.signal });
  place.addEventListener('click', ({ target }) => target.closest('[data-fetch]') && fetchModel(), { signal: stop.signal });
  const found = $('#ask-found', place);
  function lookFor(text) {
    const things = byWords(shop.all(), text).slice(0, MOST);
    found.hidden = !text;
    render(found, things.length ? html`<h2>Closest by its words</h2>${shop.grid(things, { from: 'search' })}` : html`<p class="lead">Nothing on our shelves has these words. Name a thing, such as a lantern or a teapot.</p>`);
    shop.hang();
    shop.announce(!text ? '' : things.length ? `${shop.plural(things.length, 'thing')} found below` : 'Nothing found');
  }
  found.addEventListener('click', ({ target }) => {
    const from = target.closest('[data-from="search"]');
    if (from) shop.observe({ kind: 'search-click', item: from.dataset.item });
  });

  if (!model) tell('none');
  else if (shop.saveData && !loading) tell('asks');
  else fetchModel();
  return () => {
    stop.abort();
    heard = () => {};
    unghost();
  };
}

/** The shop's offline copy has the files already: a second copy would only take room. */
async function open(shop, { url }, onProgress) {
  // Not above: a shop that was built without a model has no engine for one.
  const { load } = await import('nearhand/complete');
  return load(url, { onProgress, cache: shop.saveData || !navigator.serviceWorker?.controller });
}

const size = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round((bytes ?? 0) / 1e3)} KB`);
