/** The payload of a signed statement, and whether it is one to act on. cli/src/sign/statement.rs writes it. */
import { NearhandError, short } from '../words/errors.js';
import { invalid as invalidOption } from '../words/plain.js';
import { invalid, json } from './envelope.js';

export interface StatedFile {
  /** Where it lies, as seen from the statement. */
  readonly path: string;
  /** SHA-256 of all of its bytes, hex. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface Statement {
  readonly name: string;
  readonly version: string;
  readonly sequence: number;
  readonly createdAt: string;
  readonly expires: string;
  readonly files: readonly StatedFile[];
}

const FILES = 16;
/** Below the statement's folder, of letters that mean nothing in a URL. */
const PATH = /^(?![.-])[\w.-]+(\/(?![.-])[\w.-]+)*$/;

/** Milliseconds, of seconds in UTC written in the one way that is allowed. */
export function time(text: unknown): number {
  const ms = typeof text === 'string' ? Date.parse(text) : NaN;
  // A day that no month has is read as one of the next.
  return Number.isFinite(ms) && new Date(ms).toISOString().replace('.000Z', 'Z') === text ? ms : NaN;
}

const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const text = (value: unknown): boolean => typeof value === 'string' && value !== '' && !/\p{Cc}/u.test(value);

/** Reads a payload whose signature holds. Throws `statement-invalid`. */
export function statementOf(payload: Uint8Array): Statement {
  const read = json(payload);
  if (!read) throw invalid('the payload is no JSON');
  const { name, version, sequence, createdAt, expires, files } = read.value as unknown as Statement;
  const must = (field: string, good: boolean, value: unknown): void => {
    if (!good) throw invalid(`the statement's ${field} is out of range: ${short(value)}`, { field, value: short(value) });
  };
  must('name', text(name), name);
  must('version', text(version), version);
  must('sequence', whole(sequence), sequence);
  must('createdAt', !Number.isNaN(time(createdAt)), createdAt);
  must('expires', time(expires) > time(createdAt), expires);
  must('files', Array.isArray(files) && files.length > 0 && files.length <= FILES, files);
  const listed = files.map((file) => {
    const { path, sha256, bytes } = (file ?? {}) as StatedFile;
    must('files.path', typeof path === 'string' && PATH.test(path), path);
    must('files.sha256', typeof sha256 === 'string' && /^[\da-f]{64}$/.test(sha256), sha256);
    must('files.bytes', whole(bytes), bytes);
    return { path, sha256, bytes };
  });
  const statement = { name, version, sequence, createdAt, expires, files: listed };
  // A key twice, one too many, a number that is rounded: what could be read in two ways is not written so.
  if (JSON.stringify(statement) !== read.text) throw invalid('the payload is not written in the one way that it may be: its keys in order, no space, no key twice');
  return statement;
}

export interface Wanted {
  readonly name: string;
  /** The lowest sequence that is taken. */
  readonly lowest: number;
  readonly toleranceMs: number;
}

/** Whether the statement has ended. A clock that is behind sees no end: the sequence is what holds then. */
export const hasEnded = ({ expires }: Pick<Statement, 'expires'>, now: number, toleranceMs: number): boolean => now > time(expires) + toleranceMs;

/** The last millisecond that is a date. */
const LAST_MS = 8_640_000_000_000_000;

/** Throws `invalid-option` (a clock beyond all dates), `bundle-other-name`, `bundle-expired`, `bundle-rolled-back`. */
export function judge(statement: Statement, { name, lowest, toleranceMs }: Wanted, now: number): void {
  const { name: found, sequence, expires, createdAt } = statement;
  if (Math.abs(now) > LAST_MS) invalidOption('now', 'milliseconds since the Unix epoch', now);
  if (found !== name) {
    throw new NearhandError('bundle-other-name', `the statement is of "${short(found)}", not of "${short(name)}"`, { expected: name, found: short(found) });
  }
  if (hasEnded(statement, now, toleranceMs)) {
    const by = new Date(now).toISOString();
    throw new NearhandError('bundle-expired', `the statement has ended on ${expires}, and by this clock it is ${by}: sign the bundle again, or set the clock`, { expires, now: by, createdAt });
  }
  checkSequence(sequence, lowest);
}

/** Throws `bundle-rolled-back`. */
export function checkSequence(sequence: number, lowest: number): void {
  if (sequence >= lowest) return;
  const why = `the statement has sequence ${sequence}, and one of ${lowest} was seen before: to go back, sign the old bundle again, with a higher one`;
  throw new NearhandError('bundle-rolled-back', why, { sequence, lowest });
}
