/**
 * The highest sequence that was seen of a name: in memory as long as the shop, and where the visitor's consent covers it on the device.
 * Kept are the statements themselves, and only those count that one of the page's keys has signed: whatever else runs on the origin can
 * erase them, but drive nothing up. A key that is trusted no more takes its own with it, and with them what a thief has driven up. They
 * say nothing of the visitor.
 */
import type { Consent } from '../words/types.js';
import { verified } from './envelope.js';
import { statementOf } from './statement.js';

type Area = (kind: 'session' | 'persistent') => Storage | undefined;

/** A statement, the keys that have signed it, and what it says; 0: it counts for nothing here. */
interface Entry {
  readonly text: string;
  readonly keys: readonly string[];
  readonly sequence: number;
}

/** Statements that are kept, those of pages with other keys among them, and characters of one and of all. */
const MOST = 8;
const LONGEST = 1 << 14;
const ALL = MOST * (LONGEST + 8);
const KINDS = ['session', 'persistent'] as const;

export interface Seen {
  highest(consent: Consent): Promise<number>;
  /** It has come to serve. */
  keep(envelope: Uint8Array, keys: readonly string[], sequence: number, consent: Consent): void;
  /** The visitor's consent is another one: what it does not cover is removed. */
  move(consent: Consent): void;
}

export function seenOf(name: string, keys: readonly string[], areas: Area): Seen {
  const at = `nearhand-trust:${name}`;
  let memory: Entry[] = [];
  /** Those of the device as they were weighed last. */
  let weighed: Entry[] = [];
  const read = (kind: 'session' | 'persistent'): string[] => {
    try {
      const text = areas(kind)?.getItem(at) ?? '';
      const stored: unknown = text.length < ALL ? JSON.parse(text) : [];
      return Array.isArray(stored) ? stored.filter((one) => typeof one === 'string' && one.length <= LONGEST).slice(0, MOST) : [];
    } catch {
      // Blocked, empty or broken: as if nothing had been seen.
      return [];
    }
  };
  const weigh = async (text: string): Promise<Entry> => {
    try {
      const { payload, keys: signed } = await verified(new TextEncoder().encode(text), keys);
      const { name: found, sequence } = statementOf(payload);
      return { text, keys: signed, sequence: found === name ? sequence : 0 };
    } catch {
      return { text, keys: [], sequence: 0 };
    }
  };
  const write = (consent: Consent): void => {
    for (const kind of KINDS) {
      try {
        if (kind !== consent) areas(kind)?.removeItem(at);
        else if (memory.length) areas(kind)?.setItem(at, JSON.stringify(kept(read(kind))));
      } catch {
        // What cannot be written is remembered as long as the shop.
      }
    }
  };
  /** What counts comes first; after it what other pages have kept, or another tab since. */
  const kept = (stored: readonly string[]): string[] => {
    const own = weighed.filter((one) => one.sequence && stored.includes(one.text) && !memory.some((over) => covers(over, one)));
    const known = [...memory, ...weighed].map(({ text, sequence }) => (sequence ? text : ''));
    return [...new Set([...memory, ...own].map(({ text }) => text)), ...new Set(stored.filter((text) => !known.includes(text)))].slice(0, MOST);
  };
  return {
    async highest(consent) {
      const stored = KINDS.filter((kind) => kind === consent).flatMap(read);
      weighed = await Promise.all(stored.map((text) => weighed.find((one) => one.text === text) ?? weigh(text)));
      return Math.max(0, ...[...memory, ...weighed].map(({ sequence }) => sequence));
    },
    keep(envelope, keys, sequence, consent) {
      const entry = { text: new TextDecoder().decode(envelope), keys, sequence };
      memory = [entry, ...memory.filter((one) => !covers(entry, one))];
      write(consent);
    },
    move: write,
  };
}

/** Whether the one says all that the other does, whichever of its keys is trusted later. */
const covers = (over: Entry, one: Entry): boolean => over.sequence >= one.sequence && one.keys.every((key) => over.keys.includes(key));
