/** What an object keeps, as it goes out. */
import type { Kept } from './kept.js';
import type { Audit } from './stubs.js';

export function audited({ rows, more, snapshot, folded, rebuilt, skipped }: ReturnType<Kept['audit']>): Audit {
  let binary = '';
  for (let at = 0; at < snapshot.length; at += 8192) binary += String.fromCharCode(...snapshot.subarray(at, at + 8192));
  return { rows: rows.map(({ seq, kind, id, body, received }) => ({ seq, kind, id, body: JSON.parse(body), received })), more, snapshot: btoa(binary), folded, rebuilt, skipped };
}
