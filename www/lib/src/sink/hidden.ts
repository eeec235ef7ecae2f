/**
 * When a page may be gone: it becomes hidden, which on a phone is the last that it hears, or it is left (`pagehide`, for browsers that navigate without hiding it).
 * `unload` comes too rarely, and keeps a page out of the back-forward cache.
 */
interface Listening {
  addEventListener?(type: string, act: () => void): void;
  removeEventListener?(type: string, act: () => void): void;
}

/** Calls `act` then; the function that ends it. Where there is no page it does nothing. */
export function whenHidden(act: () => void): () => void {
  const { document } = globalThis as { document?: Listening & { readonly visibilityState?: string } };
  if (typeof document?.addEventListener !== 'function') return () => {};
  const page = globalThis as Listening;
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') act();
  };
  document.addEventListener('visibilitychange', hidden);
  page.addEventListener?.('pagehide', act);
  return () => {
    document.removeEventListener?.('visibilitychange', hidden);
    page.removeEventListener?.('pagehide', act);
  };
}
