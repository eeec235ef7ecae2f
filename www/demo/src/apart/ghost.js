// Grey text behind what is typed in a text field, and the keys that take it. It never types by itself and never moves the
// caret: what is taken is put in as if it had been typed, so that undo takes it back.

/** Grey text that has stood for less than this was not seen yet: a Tab then means the next field, milliseconds. */
const SEEN = 100;
/** A screen reader hears it when the typing pauses, milliseconds. */
const PAUSE = 700;

/**
 * `field`: a textarea; `mirror`: the element behind it that has the same text in the same place; `status`: a live region;
 * `buttons`: `{ all, word, none }`, for who has no such keys. `open(onSuggestion)` gives the `Typing` of nearhand/complete.
 * `taken({ text, completion })` is told of each text that was taken. Returns how to stop.
 */
export function ghost({ field, mirror, status, buttons, open, taken }) {
  const [typed, next] = ['ghost-typed', 'ghost-next'].map((className) => Object.assign(document.createElement('span'), { className }));
  // A break may stand between them: the typed word stays where the field has it, whatever comes behind it.
  mirror.replaceChildren(typed, '\u200b', next);
  const stop = new AbortController();
  const on = (target, type, act) => target.addEventListener(type, act, { signal: stop.signal });
  let since = Infinity;
  let composing = false;
  let pause;

  const say = (text) => {
    clearTimeout(pause);
    if (!text) status.textContent = '';
    else pause = setTimeout(() => (status.textContent = text), PAUSE);
  };
  const typing = open(({ suggestion }) => {
    if (!suggestion) since = Infinity;
    else if (!next.textContent) since = performance.now();
    next.textContent = suggestion;
    for (const button of Object.values(buttons)) button.disabled = !suggestion;
    say(suggestion && `Suggested: ${suggestion.trim()}. Tab takes it, Escape drops it.`);
  });

  /** The field as it is now; anywhere but behind the last letter there is nothing to go on from. */
  const look = () => {
    typed.textContent = field.value;
    const { selectionStart, selectionEnd } = field;
    typing.type(field.value, document.activeElement === field && selectionStart === selectionEnd ? selectionEnd : -1);
  };
  const put = (text) => {
    if (!text) return;
    const before = field.value;
    field.focus();
    // The one way into the field that undo knows.
    if (!document.execCommand('insertText', false, text)) {
      field.setRangeText(text, before.length, before.length, 'end');
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    taken({ text: before + text, completion: text });
  };
  const drop = () => {
    typing.dismiss();
    field.focus();
  };

  on(field, 'input', look);
  on(field, 'focus', look);
  on(field, 'blur', look);
  on(document, 'selectionchange', () => document.activeElement === field && look());
  on(field, 'compositionstart', () => {
    composing = true;
    typing.compose(true);
  });
  on(field, 'compositionend', () => {
    composing = false;
    typing.compose(false);
    look();
  });
  on(field, 'keydown', (event) => {
    const { key, isComposing, keyCode, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (!typing.suggestion || composing || isComposing || keyCode === 229 || altKey || ctrlKey || metaKey || shiftKey) return;
    const ahead = getComputedStyle(field).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    if (key === 'Tab' && performance.now() - since >= SEEN) put(typing.accept());
    else if (key === ahead) put(typing.acceptWord());
    else if (key === 'Escape') drop();
    else return;
    event.preventDefault();
  });
  for (const [button, act] of [[buttons.all, () => put(typing.accept())], [buttons.word, () => put(typing.acceptWord())], [buttons.none, drop]]) {
    // The field keeps the focus, and a phone its keyboard.
    on(button, 'mousedown', (event) => event.preventDefault());
    on(button, 'click', act);
    button.disabled = true;
  }
  look();

  return () => {
    stop.abort();
    clearTimeout(pause);
    typing.close();
    next.textContent = '';
  };
}
