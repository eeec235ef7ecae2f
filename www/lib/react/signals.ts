/** The page's signals in a component: told to the shop, and to a function of yours. */

import { useEffect, useMemo, useRef } from 'react';
import type { Signals, SignalsOptions } from 'nearhand/signals';
import type { Signal } from '../src/words/types.js';
import { useStore } from './provider.js';

export interface UseSignalsOptions extends Pick<SignalsOptions, 'impressions' | 'paused'> {
  /** The item that the page shows. Leave it out where `data-nearhand-view` says it. */
  readonly view?: string | undefined;
  /** Analytics: told every signal, each happening once (a view again with its dwell, under the same `id`). */
  readonly onSignal?: (signal: Signal) => void;
}

const ACTS = ['view', 'page', 'cartAdd', 'cartRemove', 'purchase', 'dismiss', 'slateClick', 'flush', 'pause', 'resume', 'forget'] as const;
type Act = (typeof ACTS)[number];

/**
 * Watches the page as long as the component is mounted. However many components do, there is one watcher, paused if one of
 * them says so. The functions stay the same and may be called in any effect or handler.
 */
export function useSignals(options: UseSignalsOptions = {}): Readonly<Pick<Signals, Act>> {
  const store = useStore();
  const { paused, impressions, view } = options;
  if (paused !== undefined) store.wants.paused = paused;
  if (impressions) store.wants.impressions = impressions;
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => store.mountSignals((signal) => latest.current.onSignal?.(signal)), [store]);
  const handle = useMemo(() => {
    const act = (name: Act) => (...args: unknown[]) => (store.signals()?.[name] as ((...args: unknown[]) => void) | undefined)?.(...args);
    return Object.fromEntries(ACTS.map((name) => [name, act(name)])) as unknown as Pick<Signals, Act>;
  }, [store]);
  useEffect(() => {
    if (paused !== undefined) (paused ? handle.pause : handle.resume)();
  }, [handle, paused]);
  const named = useRef(false);
  useEffect(() => {
    // Without an item the markup may say it; what was said here ends here.
    if (view !== undefined || named.current) handle.view(view);
    named.current = view !== undefined;
  }, [handle, view]);
  return handle;
}
