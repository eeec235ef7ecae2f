/** The objects as others see them. */
import type { Env } from '../door/settings.js';
import type { Refusal } from '../words/refused.js';
import type { Answer, Asked, Assessed, Counted, Features, Numbered, Told, Verdict, Waiting } from '../words/types.js';

/** Where an id belongs. */
export interface Claim {
  readonly tenant: string;
  readonly id: string;
  readonly digest: string;
  readonly card: string;
  readonly terminal: string;
  readonly received: number;
}

/** All that an object keeps, for whoever checks it. */
export interface Audit {
  readonly rows: readonly { readonly seq: number; readonly kind: string; readonly id: string; readonly body: unknown; readonly received: number }[];
  /** There are more rows: ask again `after` the last one's `seq`. */
  readonly more: boolean;
  /** The windows as they stand, base64. */
  readonly snapshot: string;
  /** How many rows the stored snapshot holds. */
  readonly folded: number;
  /** Why the windows once began anew. */
  readonly rebuilt: string | null;
  /** The last row that the windows could not take, and why: `17: currency-unknown`. */
  readonly skipped: string | null;
}

export type Heard = 'known' | 'same' | 'unknown';

export interface CardStub {
  assess(asked: Asked): Promise<Assessed>;
  /** What is recorded of a transaction, if anything. Nothing is counted. */
  known(asked: Asked): Promise<Assessed | null>;
  tell(tenant: string, told: Numbered): Promise<Heard>;
  recorded(tenant: string, id: string): Promise<{ answer: Answer; features: Features | null } | null>;
  audit(tenant: string, after: number): Promise<Audit | null>;
  forget(tenant: string): Promise<boolean>;
}

export interface TerminalStub {
  observe(asked: Asked): Promise<Counted>;
  /** What a shard counts at a time, for its siblings. */
  parts(asked: Asked): Promise<Counted>;
  retract(tenant: string, id: string, digest: string): Promise<void>;
  tell(tenant: string, told: Numbered): Promise<Heard>;
  audit(tenant: string, after: number): Promise<Audit | null>;
}

export interface RegisterStub {
  claim(claim: Claim): Promise<{ refusal?: Refusal }>;
  find(tenant: string, id: string): Promise<{ card: string; terminal: string; label: boolean | null } | null>;
  tell(tenant: string, told: Told): Promise<'accepted' | 'changed' | 'same' | 'unknown'>;
}

export interface QueueStub {
  push(tenant: string, waiting: Waiting): Promise<void>;
  list(tenant: string, after: number, limit: number): Promise<{ waiting: readonly (Waiting & { place: number })[]; open: number; expired: number }>;
  find(tenant: string, id: string): Promise<{ verdict: Verdict | 'expired' | null; reviewer: string | null } | null>;
  close(tenant: string, id: string, verdict: Verdict, reviewer: string, note: string): Promise<{ refusal?: Refusal }>;
}

export const cardOf = ({ CARDS }: Env, name: string): CardStub => CARDS.get(CARDS.idFromName(name)) as CardStub;
export const terminalOf = ({ TERMINALS }: Env, name: string): TerminalStub => TERMINALS.get(TERMINALS.idFromName(name)) as TerminalStub;
export const registerOf = ({ REGISTERS }: Env, name: string): RegisterStub => REGISTERS.get(REGISTERS.idFromName(name)) as RegisterStub;
export const queueOf = ({ QUEUES }: Env, name: string): QueueStub => QUEUES.get(QUEUES.idFromName(name)) as QueueStub;

/** What an object says to a tenant that is not its own: a name that is derived from another secret would have to be guessed first. */
export const FOREIGN: Refusal = { code: 'tenant-mismatch', message: 'this object is of another tenant' };
