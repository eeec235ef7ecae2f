/** Results are shared with nobody, but a host that edits one by mistake should hear it from strict mode. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Array.isArray(value) ? value : Object.values(value)) if (typeof part === 'object') deepFreeze(part);
  return Object.freeze(value);
}
