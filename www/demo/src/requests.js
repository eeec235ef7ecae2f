// Counts what the page asks the network for, so that "nothing leaves this device" is a number and not a promise.

let loadedAt = Infinity;
let after = [];
const listeners = new Set();

/** Watches from now on. `markLoaded` draws the line between loading the shop and using it. */
export function watchRequests() {
  if (typeof PerformanceObserver !== 'function') return;
  const observer = new PerformanceObserver((list) => {
    const late = list.getEntries().filter((entry) => entry.startTime > loadedAt && !kept(entry));
    if (!late.length) return;
    after = [...after, ...late.map((entry) => entry.name)];
    for (const listener of listeners) listener(after.length);
  });
  observer.observe({ type: 'resource', buffered: true });
}

/** Answered by the shop's own offline copy: nothing has left the device. A browser that does not say where from counts it. */
const kept = ({ workerStart, transferSize, deliveryType }) => workerStart > 0 && transferSize === 0 && deliveryType === 'cache-storage';

export function markLoaded() {
  loadedAt = performance.now();
  for (const listener of listeners) listener(after.length);
}

export const requestsSinceLoad = () => ({ count: after.length, settled: Number.isFinite(loadedAt), names: after });
export const onRequest = (listener) => listeners.add(listener);
