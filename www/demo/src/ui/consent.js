// "Remember on this device", in the ribbon: what a visitor decides once, said plainly and as easily undone.
// The drawer has the finer choices.

import { consent, onChange, setConsent } from '../engine.js';
import { $ } from '../html.js';
import { announce } from './announce.js';

const kept = () => ['session', 'persistent'].includes(consent());

export function startConsent() {
  const button = $('#remember');
  const show = () => button.setAttribute('aria-checked', String(kept()));
  button.addEventListener('click', () => {
    setConsent(kept() ? 'memory' : 'persistent');
    announce(kept() ? 'Remembered on this device.' : 'Nothing is written to this device any more.');
  });
  onChange((why) => why === 'consent' && show());
  show();
}
