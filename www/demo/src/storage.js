// The shop's own small memory (basket, theme). Storage may be blocked, full, or hold what another hand wrote: then the
// shop begins anew, and things last as long as the page.

/** `valid` makes what is kept of what was read, or undefined where it is not ours. */
export function stored(area, key, fallback, valid) {
  const memory = { value: fallback };
  try {
    const text = globalThis[area].getItem(key);
    if (text) memory.value = valid(JSON.parse(text)) ?? fallback;
  } catch {
    // Blocked, or not JSON: begin with the fallback.
  }
  return {
    get: () => memory.value,
    set(value) {
      memory.value = value;
      try {
        globalThis[area].setItem(key, JSON.stringify(value));
      } catch {
        // Kept in memory only.
      }
    },
  };
}
