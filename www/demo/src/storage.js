// The shop's own small memory (basket, theme). Storage may be blocked or full: then things last as long as the page.

export function stored(area, key, fallback) {
  const memory = { value: fallback };
  try {
    const text = globalThis[area].getItem(key);
    if (text) memory.value = JSON.parse(text);
  } catch {
    // Blocked, or not ours: begin with the fallback.
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
