/** What a log may be told. */
import { between, type Check, is, keyed, method, truth } from '../failing/options.js';
import type { Consent } from '../words/types.js';
import type { LoggedLifetimes, RequestLogOptions } from './public.js';

const CONSENTS = ['none', 'memory', 'session', 'persistent'];
const consent = is(`one of ${CONSENTS.join(', ')}`, (v) => CONSENTS.includes(v as string));
const YEAR = 31_536_000_000;
const lifetime = between(60_000, YEAR);

const OPTIONS: Readonly<Record<string, Check>> = {
  sink: method,
  consent,
  share: is('a number from 0 to 1', (v) => typeof v === 'number' && v >= 0 && v <= 1),
  most: between(1, 1000),
  fed: truth,
  lifetimes: (value, path) => keyed<LoggedLifetimes>(value, path, { idleTimeoutMs: between(60_000, 86_400_000), viewedMs: lifetime, dismissedMs: lifetime, cartMs: lifetime }),
  now: method,
  random: method,
};

export const checkLog = (given: unknown): RequestLogOptions => keyed(given, 'createRequestLog', OPTIONS);
export const checkConsent = (given: unknown): Consent => consent(given, 'setConsent') as Consent;
