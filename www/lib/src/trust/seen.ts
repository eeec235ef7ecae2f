/**
 * The highest sequence that was seen, by name and key: in memory as long as the shop, and where the visitor's consent covers it on the
 * device. It says nothing of the visitor. A key that is trusted no more takes its own with it: so a sequence that a thief has driven up
 * is gone with the key.
 */
import type { Consent } from '../words/types.js';

type Area = (kind: 'session' | 'persistent') => Storage | undefined;
type Sequences = Readonly<Record<string, number>>;

/** Characters. */
const LONGEST = 4_096;
const KINDS = ['session', 'persistent'] as const;

export interface Seen {
  highest(consent: Consent): number;
  /** It has come to serve. */
  keep(key: string, sequence: number, consent: Consent): void;
  /** The visitor's consent is another one: what it does not cover is removed. */
  move(consent: Consent): void;
}

export function seenOf(name: string, keys: readonly string[], areas: Area): Seen {
  const at = `nearhand-trust:${name}`;
  let memory: Sequences = {};
  const read = (kind: 'session' | 'persistent'): Sequences => {
    try {
      const text = areas(kind)?.getItem(at) ?? '';
      const stored = text.length < LONGEST ? (JSON.parse(text) as Record<string, unknown> | null) : {};
      return Object.fromEntries(keys.map((key) => [key, stored?.[key]]).filter(([, value]) => Number.isSafeInteger(value)));
    } catch {
      // Blocked, empty or broken: as if nothing had been seen.
      return {};
    }
  };
  const most = (...all: Sequences[]): number => Math.max(0, ...all.flatMap((one) => Object.values(one)));
  const write = (consent: Consent): void => {
    for (const kind of KINDS) {
      try {
        if (kind !== consent) areas(kind)?.removeItem(at);
        else if (Object.keys(memory).length) areas(kind)?.setItem(at, JSON.stringify(join(read(kind), memory)));
      } catch {
        // What cannot be written is remembered as long as the shop.
      }
    }
  };
  return {
    highest: (consent) => most(memory, ...KINDS.filter((kind) => kind === consent).map(read)),
    keep(key, sequence, consent) {
      memory = join(memory, { [key]: sequence });
      write(consent);
    },
    move: write,
  };
}

const join = (a: Sequences, b: Sequences): Sequences => {
  const out: Record<string, number> = { ...a };
  for (const key in b) out[key] = Math.max(out[key] ?? 0, b[key]!);
  return out;
};
