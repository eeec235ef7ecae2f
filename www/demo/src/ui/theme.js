// Light or dark: the system's choice until the visitor makes one.

import { $ } from '../html.js';
import { stored } from '../storage.js';

const kept = stored('localStorage', 'plum:theme', null, (read) => (['dark', 'light'].includes(read) ? read : undefined));
const system = matchMedia('(prefers-color-scheme: dark)');

export const dark = () => (kept.get() ?? (system.matches ? 'dark' : 'light')) === 'dark';

export function startTheme() {
  const button = $('#theme');
  const apply = () => {
    document.documentElement.dataset.theme = dark() ? 'dark' : 'light';
    button.setAttribute('aria-pressed', String(dark()));
  };
  button.addEventListener('click', () => {
    kept.set(dark() ? 'light' : 'dark');
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}
