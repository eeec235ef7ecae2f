/**
 * Where one process serves many visitors: notices a shop whose session is changed for another visitor under way. Events are no
 * sign of that: they carry no visitor, and those of one may come from many requests.
 */

export interface Guard {
  /** A slate of the shop's own session is under way. */
  asked(): void;
  /** It is made; what else was said in the same turn is heard first. */
  answered(notes: string[]): Promise<void>;
  /** The session is another one: that of the snapshot, or nobody's. */
  changed(snapshot?: Uint8Array): void;
}

const WHY =
  'nearhand: this shop\'s session was changed for another visitor while a slate was under way, or twice in one turn. One shop, ' +
  'one session: on a server take shop.page(snapshot) or recommend({ session }) for each visitor.';

export function guard(): Guard {
  let open = 0;
  let restored: string | undefined;
  let found: 'not' | 'found' | 'told' = 'not';
  const finds = (): void => {
    if (found !== 'not') return;
    found = 'found';
    console.warn(WHY);
  };
  return {
    asked: () => void open++,
    async answered(notes) {
      await undefined;
      open--;
      if (found !== 'found') return;
      found = 'told';
      notes.push('session-shared');
    },
    changed(snapshot) {
      const bytes = snapshot && String(snapshot);
      if (open > 0 || (bytes !== undefined && restored !== undefined && bytes !== restored)) finds();
      if (bytes === undefined || restored !== undefined) return;
      restored = bytes;
      // No timer: at an edge it belongs to one request, and ends with it.
      void Promise.resolve().then(() => (restored = undefined));
    },
  };
}
