// What can wait for the page: the engine, the full tier, the offline copy. First comes what the visitor came for.

/** After the load of the page's own files, in a moment when nothing else runs, or after `most` milliseconds. */
export async function idle(most = 2000) {
  if (document.readyState !== 'complete') await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
  // Safari has no idle callback.
  await new Promise((resolve) => (globalThis.requestIdleCallback ? requestIdleCallback(resolve, { timeout: most }) : setTimeout(resolve, 200)));
}

/** The visitor asks for few bytes. Firefox and Safari do not say. */
export const saveData = () => Boolean(navigator.connection?.saveData);

/** Lets the page show what it has. A page that nobody sees has no frames. */
export const frame = () => new Promise((resolve) => (document.hidden ? setTimeout(resolve) : requestAnimationFrame(() => setTimeout(resolve))));

/** Lets the page answer between two pieces of work. */
export const turn = () => (globalThis.scheduler?.yield ? scheduler.yield() : new Promise((resolve) => setTimeout(resolve)));

/** A stylesheet beside the script, once: resolves when it is there, or cannot be. */
const sheets = new Map();
export function sheet(url) {
  const { href } = new URL(url);
  if (!sheets.has(href)) {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
    sheets.set(href, new Promise((resolve) => Object.assign(link, { onload: resolve, onerror: resolve })));
    document.head.append(link);
  }
  return sheets.get(href);
}
