/**
 * Whether somebody looks at the page: it is visible, no longer prerendered, not left, and the host has not paused the
 * signals. A tab opened in the background was not viewed, nor was a page that the browser prepared.
 */

import { hidden, listen, prerendering } from './dom.js';

/** `on`: looked at, from now. `off`: no longer. `again`: back from the back/forward cache, which is another page view. */
export type Change = 'on' | 'off' | 'again';

export interface Life {
  active(): boolean;
  /** Whether the host wants nothing told. */
  paused(): boolean;
  pause(): void;
  resume(): void;
  onChange(listener: (change: Change) => void): void;
  stop(): void;
}

export function pageLife(paused = false): Life {
  const listeners: ((change: Change) => void)[] = [];
  let left = false;
  const active = (): boolean => !paused && !left && !hidden() && !prerendering();
  let was = active();
  const tell = (change: Change): void => {
    for (const listener of listeners) listener(change);
  };
  const look = (): void => {
    const is = active();
    if (is === was) return;
    was = is;
    tell(is ? 'on' : 'off');
  };
  // Events of the document pass the window first, bubbling or not.
  const ends = ['visibilitychange', 'prerenderingchange'].map((type) => listen(globalThis, type, look));
  ends.push(
    listen(globalThis, 'pagehide', () => {
      left = true;
      look();
    }),
    listen(globalThis, 'pageshow', (event) => {
      left = false;
      if ((event as PageTransitionEvent).persisted) tell('again');
      look();
    }),
  );
  return {
    active,
    paused: () => paused,
    pause() {
      // What was until now is told first.
      if (was) tell('off');
      was = false;
      paused = true;
    },
    resume() {
      paused = false;
      look();
    },
    onChange: (listener) => void listeners.push(listener),
    stop() {
      listeners.length = 0;
      for (const end of ends) end();
    },
  };
}
