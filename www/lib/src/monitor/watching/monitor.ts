/** The monitor: what it is told goes to what watches and to what counts for reports; nothing that it is told makes it throw. */
import { whenHidden } from '../../sink/hidden.js';
import { Sender } from '../../sink/sender.js';
import { NearhandError, wrap } from '../../words/errors.js';
import { deepFreeze } from '../../words/freeze.js';
import { invalid } from '../../words/plain.js';
import type { Consent, EngineCounts } from '../../words/types.js';
import { version } from '../../words/version.js';
import { checkCounts, fromHex, Since } from '../reading/counted.js';
import { completionFacts, decisionFacts, type Facts, type Role, slateFacts, slateText } from '../reading/facts.js';
import { cut } from '../reading/names.js';
import type { Glue, Outcomes, Told, Watch } from '../running/glue.js';
import type { Instance } from '../running/instance.js';
import { chance, Occasions, randomised } from '../telemetry/noise.js';
import { checkBytes, checkConsent, LEVELS, type Watching } from '../words/options.js';
import type { Alert, CountedInfo, Level, Monitor, MonitorInfo, Quality, SeenFailing, SeenInfo, SeenModel, SeenWindows } from '../words/public.js';
import { alertOf, settingsOf } from './alerts.js';
import { Learner } from './learner.js';
import { qualityOf } from './quality.js';

/** Below 2¹⁴, where a count would take a third byte: reports stay within a kilobyte. */
const MOST_COUNTED = 16_000;
/** Unknown names that are told apart, and events that one `counted` may bring. */
const MOST_UNKNOWN = 32;
const MOST_EVENTS = 10_000;
/** Of more occasions than that as many, of which the same share happened: two bounds, one each, would make them alike. */
const bounded = (happened: number, of: number): readonly [number, number] => (of > MOST_EVENTS ? [Math.round((happened / of) * MOST_EVENTS), MOST_EVENTS] : [happened, of]);
/** What is told of labelled probabilities. */
const ERROR = 'squared-error';
/** The place of a name that has no bin. */
const NONE = 2 ** 32 - 1;

/** What is in the instance. */
export interface Parts {
  readonly glue: Glue;
  watch?: Watch;
  outcomes?: Outcomes | undefined;
}

export class Watcher {
  readonly #options: Watching;
  readonly #instance: Instance<Parts>;
  readonly #now: () => number;
  readonly #sender: Sender<Uint8Array<ArrayBuffer>> | undefined;
  readonly #source = Math.floor(Math.random() * 2 ** 53);
  readonly #bets: boolean;
  readonly #every: number;
  readonly #occasions: Occasions | undefined;
  readonly #unhide: () => void;
  #learner: Learner | undefined;
  #reference: Uint8Array<ArrayBuffer> | undefined;
  #told: Told = { streams: [], rates: [] };
  /** By name, a stream's place, and of names that have a bin theirs. */
  #streams = new Map<string, { readonly at: number; readonly names: ReadonlyMap<string, number> | undefined }>();
  #rates = new Map<string, number>();
  #consent: Consent;
  #closed = false;
  #error: NearhandError | undefined;
  #since = 0;
  #counted = 0;
  #looking = false;
  #refused = 0;
  #callbacksFailed = 0;
  readonly #unknown = new Map<string, number>();
  /** Of a shop's engine: the counts that were taken last, and whether what is new since then may be told to others. */
  readonly #engineSince = new Since();
  #mine: boolean;
  /** Whether what is new since then may be counted at all; and what there was when this monitor was made. */
  #heard: boolean;
  #earlier: EngineCounts | undefined;
  #events: { readonly events: number; readonly unknownItems: number } | undefined;
  #windowed: SeenWindows['counts'] | undefined;
  /** What an answer is read into: one object for all. */
  readonly #facts: Facts = {
    value: (name, role, value) => this.#value(name, role, value),
    rate: (name, happened) => this.#rate(name, happened),
    took: (ms) => this.#took(ms),
  };

  constructor(instance: Instance<Parts>, reference: Uint8Array | undefined, now: () => number, many: boolean, options: Watching, earlier?: EngineCounts) {
    this.#instance = instance;
    this.#options = options;
    this.#now = now;
    this.#bets = options.visitors ? options.visitors === 'many' : many;
    this.#every = options.every ?? 50;
    this.#consent = options.consent ?? 'memory';
    const { sink, epsilon = null } = options;
    // A copy, as the host may transfer or change it.
    if (sink) this.#sender = new Sender((report) => sink(report.slice(), Object.freeze({ bytes: report.length, epsilon })));
    this.#occasions = options.epsilon === undefined ? undefined : new Occasions();
    this.#earlier = earlier;
    this.#heard = this.#consent !== 'none';
    // Whose counts were not seen when this began may have counted before anybody consented.
    this.#mine = this.#reports && earlier !== undefined;
    this.#learner = reference ? undefined : new Learner();
    if (reference) this.#begin(reference as Uint8Array<ArrayBuffer>);
    this.#unhide = this.#sender ? whenHidden(() => this.flush()) : () => {};
  }

  /** Throws what the engine says of the reference. */
  #begin(reference: Uint8Array<ArrayBuffer>): void {
    this.#told = this.#instance.call((parts) => {
      parts.watch = new parts.glue.Watch(reference, settingsOf(this.#options), this.#bets);
      parts.watch.count(this.#counts);
      return parts.watch.told();
    });
    this.#streams = new Map(this.#told.streams.map(({ name, kind, bins }, at) => [name, { at, names: kind === 'names' ? new Map((bins as readonly string[]).map((text, place) => [text, place])) : undefined }]));
    this.#rates = new Map(this.#told.rates.map(({ name }, at) => [name, at]));
    for (const name of this.#options.changes ?? []) {
      const at = this.#streams.get(name)?.at ?? -1;
      if (name === ERROR || this.#instance.call(({ watch }) => watch!.changes(at))) continue;
      // One that is learnt may lack it.
      if (!this.#learner) invalid('createMonitor.changes', 'streams of numbers that the reference has', name);
      this.#absent(name);
    }
    this.#reference = reference;
    this.#learner = undefined;
  }

  get #deaf(): boolean {
    return this.#closed || this.#error !== undefined || this.#consent === 'none';
  }

  /** Whether what is counted may be told to others. */
  get #reports(): boolean {
    return this.#sender !== undefined && (this.#consent === 'session' || this.#consent === 'persistent');
  }

  /** Whether what is observed is counted as it is. */
  get #counts(): boolean {
    return this.#reports && !this.#occasions;
  }

  /** Does it, and looks when it is time; what goes wrong is counted. */
  #tell(act: () => void): void {
    if (this.#deaf) return;
    try {
      act();
      if (this.#learner && this.#learner.most >= (this.#options.learn ?? 2000)) this.#learnt(this.#learner);
      this.#flushFull();
      if (++this.#since >= this.#every) this.look();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const known = wrap(error);
    if (known.code === 'engine-trapped') this.#error = known;
    else this.#refused += 1;
  }

  #learnt(learner: Learner): void {
    try {
      this.#begin(this.#instance.call(({ glue }) => learner.bytes(glue)));
    } catch (error) {
      // Nothing that could be a reference: it is said, and what was kept is let go of.
      this.#error = wrap(error);
      this.#learner = undefined;
      return;
    }
    const { onReference } = this.#options;
    if (onReference) this.#callback(() => onReference(this.#reference!.slice()));
  }

  #callback(act: () => unknown): void {
    const failed = (): void => void (this.#callbacksFailed += 1);
    try {
      const answer = act();
      if (typeof (answer as PromiseLike<unknown> | null)?.then === 'function') (answer as PromiseLike<unknown>).then(undefined, failed);
    } catch {
      failed();
    }
  }

  #absent(name: string): void {
    const short = name.slice(0, 64);
    const known = this.#unknown.get(short);
    if (known !== undefined || this.#unknown.size < MOST_UNKNOWN) this.#unknown.set(short, (known ?? 0) + 1);
  }

  #value(name: string, role: Role, value: unknown, quiet = true): void {
    if (this.#learner) return this.#learner.value(name, role, value);
    const stream = this.#streams.get(name);
    if (!stream) return quiet ? undefined : this.#absent(name);
    const { at, names } = stream;
    const text = typeof value === 'string' ? value : typeof value === 'boolean' ? String(value) : undefined;
    this.#counted += 1;
    // A name by its place, which is a tenth of what a text costs. One that has no bin, and a text among numbers, is another or missing; the latter is counted apart as well.
    const due = this.#instance.call(({ watch }) => (text !== undefined && names ? watch!.name(at, names.get(cut(text)) ?? NONE) : watch!.number(at, typeof value === 'number' ? value : NaN)));
    // At once, where somebody is called.
    if (due && this.#options.onAlert) this.#since = Infinity;
    if (text !== undefined && !names) this.#refused += 1;
  }

  #rate(name: string, happened: boolean, quiet = true): void {
    if (this.#learner) return this.#learner.rate(name, Number(happened), 1);
    const at = this.#rates.get(name);
    if (at === undefined) return quiet ? undefined : this.#absent(name);
    this.#counted += 1;
    this.#instance.call(({ watch }) => watch!.occasion(at, happened));
    if (this.#reports) this.#occasions?.add(at, happened);
  }

  #took(ms: number): void {
    if (!(ms >= 0) || this.#learner) return;
    this.#counted += 1;
    this.#instance.call(({ watch }) => watch!.took(Math.min(ms * 1000, 2 ** 40)));
  }

  /** Of what was foretold, and if it is known what came of it. What is neither is counted. */
  #outcome(probability: number, happened?: boolean): void {
    const { alpha = NaN, least = NaN, calibrationFactors = [], changes = [] } = this.#options;
    const told = this.#instance.call((parts) => {
      parts.outcomes ??= new parts.glue.Outcomes(Float64Array.of(alpha, least, ...(calibrationFactors ?? [])), this.#bets && calibrationFactors !== null, changes.includes(ERROR));
      // What is no number is NaN here: null would be 0.
      return parts.outcomes.tell(typeof probability === 'number' ? probability : NaN, happened);
    });
    if (!told) this.#refused += 1;
  }

  look(): readonly Alert[] {
    this.#since = 0;
    if (this.#deaf || this.#looking) return Object.freeze([]);
    let alerts: readonly Alert[] = [];
    try {
      const now = this.#now();
      alerts = this.#instance.call(({ watch, outcomes }) => [...(watch?.look(now) ?? []), ...(outcomes?.look() ?? [])]).map((alert) => alertOf(alert, this.#told));
    } catch (error) {
      this.#failed(error);
    }
    const { onAlert } = this.#options;
    // A callback may tell it something, and so look again: not within this look.
    this.#looking = true;
    if (onAlert) for (const alert of alerts) this.#callback(() => onAlert(alert));
    this.#looking = false;
    return Object.freeze(alerts);
  }

  flush(): number {
    if (this.#closed || this.#error || this.#learner || !this.#reports || !this.#sender) return 0;
    try {
      const reports = this.#instance.call(({ watch }) => {
        const { epsilon } = this.#options;
        for (const [rate, bit] of this.#occasions?.take() ?? []) watch!.tell(rate, randomised(bit, epsilon!, chance));
        const all: Uint8Array<ArrayBuffer>[] = [];
        for (let report = watch!.report(this.#source); report; report = watch!.report(this.#source)) all.push(report);
        return all;
      });
      this.#counted = 0;
      return this.#sender.send(reports);
    } catch (error) {
      this.#failed(error);
      return 0;
    }
  }

  #setConsent(consent: Consent): void {
    this.#consent = consent;
    if (this.#closed) return;
    if (consent === 'none') this.#heard = false;
    // What may not be told any more is not kept for later.
    if (!this.#reports) {
      this.#mine = false;
      this.#sender?.forget();
      this.#occasions?.take();
      this.#counted = 0;
    }
    if (this.#learner && consent === 'none') this.#learner = new Learner();
    if (this.#error) return;
    try {
      this.#instance.call((parts) => {
        if (consent === 'none') {
          parts.outcomes?.free();
          parts.outcomes = undefined;
        }
        parts.watch?.count(this.#counts);
        if (!this.#reports) parts.watch?.forget(consent === 'none');
      });
    } catch (error) {
      // An instance that is lost has nothing left to tell.
      this.#failed(error);
    }
  }

  #info(): MonitorInfo {
    let states: readonly string[] = [];
    let standing: string | undefined;
    let quality: Quality | null = null;
    try {
      // An instance that another call has lost says so here.
      if (!this.#closed && !this.#error) {
        const [all, highest, figures] = this.#instance.call(({ watch, outcomes }) => [watch?.states() ?? [], watch?.standing(), outcomes?.figures()] as const);
        [states, quality] = [all, figures ? qualityOf(figures) : null];
        standing = LEVELS[Math.max(LEVELS.indexOf(highest!), LEVELS.indexOf(quality?.state as Level))];
      }
    } catch (error) {
      this.#failed(error);
    }
    const state = (at: number): MonitorInfo['rates'][number]['state'] => (states[at] as Level | undefined) ?? 'waiting';
    const { streams, rates } = this.#told;
    return deepFreeze<MonitorInfo>({
      version,
      state: this.#closed ? 'closed' : this.#error ? 'failed' : this.#learner ? 'learning' : 'watching',
      ...(this.#error && { error: { code: this.#error.code, message: this.#error.message } }),
      standing: (standing as Level | undefined) ?? null,
      streams: streams.map(({ name, role, weight }, at) => ({ name, role, weight, state: state(at) })),
      rates: rates.map(({ name }, at) => ({ name, state: state(streams.length + at) })),
      quality,
      unknown: Object.fromEntries(this.#unknown),
      refused: this.#refused,
      callbacksFailed: this.#callbacksFailed,
      consent: this.#consent,
      telemetry: this.#sender?.counts ?? { sent: 0, waiting: 0, lost: 0 },
    });
  }

  #infoOf(info: SeenInfo | SeenWindows | SeenModel): void {
    this.#goldens(info);
    const { counts } = info as Partial<SeenInfo | SeenWindows>;
    // An assessor without windows counts nothing, nor does a completer.
    if (!counts) return;
    if ('observed' in counts) this.#windows(counts);
    else this.#items(counts);
  }

  /**
   * Whether a golden was not answered as recorded any more: restarts, a full tier that has failed and a model that decides nothing tell it, by these words or
   * this code. A message may name a file, whose name is anything.
   */
  #goldens(info: unknown): void {
    const { restarts, full, failed } = Object(info) as SeenFailing;
    if (!this.#learner && /golden sessions are|"golden-mismatch"/.test(JSON.stringify([restarts?.error, full?.error, failed]))) this.#instance.call(({ watch }) => watch!.golden());
  }

  /** So many occasions of a rate, of which nobody knows the order. What is no number is nothing. */
  #occasionsOf(name: string, happened: number, of: number): void {
    if (!(of > 0)) return;
    const events = Math.min(Math.max(0, happened) || 0, of);
    if (this.#learner) return this.#learner.rate(name, events, of);
    const rate = this.#rates.get(name);
    if (rate === undefined) return;
    this.#counted += of;
    this.#instance.call(({ watch }) => watch!.occasions(rate, events, of));
    if (this.#reports && this.#occasions) for (let at = 0; at < of; at++) this.#occasions.add(rate, at < events);
  }

  /**
   * Of the windows since the last time: what came too late or from ahead, what was repeated, and whether events came and no label did. The first time tells
   * nothing, as a state may have been long on its way; so does one that began anew.
   */
  #windows({ observed, late, ahead, duplicates, labels }: NonNullable<SeenWindows['counts']>): void {
    const before = this.#windowed;
    // A copy: the host's own may count on.
    const counts = (this.#windowed = { observed, late, ahead, duplicates, labels });
    if (!before) return;
    const more = (name: keyof typeof counts): number => counts[name] - before[name];
    const [fresh, astray, repeated, labelled] = [more('observed'), more('late') + more('ahead'), more('duplicates'), more('labels')];
    // NaN is neither.
    if (!(fresh >= 0 && astray >= 0 && repeated >= 0 && labelled >= 0)) return;
    this.#occasionsOf('late', ...bounded(astray, fresh + astray));
    this.#occasionsOf('repeated', ...bounded(repeated, fresh + repeated));
    if (fresh > 0) this.#rate('unlabelled', labelled === 0);
  }

  /** Unknown items of the events since the last time. A shop that began anew counts from nothing. */
  #items({ events, unknownItems }: { readonly events: number; readonly unknownItems: number }): void {
    const before = this.#events && this.#events.events <= events ? this.#events : { events: 0, unknownItems: 0 };
    this.#events = { events, unknownItems };
    this.#occasionsOf('unknown-item', ...bounded(unknownItems - before.unknownItems, events - before.events));
  }

  /** What a shop's engine has counted since the last time. What it had counted before this monitor was is told to nobody. */
  #engine(counts: EngineCounts): boolean {
    const [earlier, heard, mine] = [this.#earlier, this.#heard, this.#mine];
    this.#earlier = undefined;
    this.#heard = this.#consent !== 'none';
    this.#mine = this.#reports;
    const before = earlier !== undefined && this.#fresh(earlier, heard, false);
    return this.#fresh(counts, heard, mine) || before;
  }

  #fresh(counts: EngineCounts, heard: boolean, mine: boolean): boolean {
    const fresh = this.#engineSince.of(counts);
    if (!fresh || !heard) return false;
    const { reference, bins, rates } = fresh;
    if (String(fromHex(reference)) !== String(this.#reference)) throw new NearhandError('monitor-reference-other', "this was counted on another reference: create a monitor with that shop's");
    this.#instance.call(({ watch }) => watch!.take(Float64Array.from(bins), Float64Array.from(rates), mine));
    this.#counted += Math.max(...bins, ...rates);
    this.#flushFull();
    return true;
  }

  /** A report stays within a kilobyte. */
  #flushFull(): void {
    if (this.#counted < MOST_COUNTED) return;
    this.flush();
    this.#counted = 0;
  }

  handle(): Monitor {
    const tell = (act: () => void): void => this.#tell(act);
    return Object.freeze<Monitor>({
      observe: (name, value) => tell(() => this.#value(String(name), 'input', value, false)),
      happened: (name, yes) => tell(() => this.#rate(String(name), yes === true, false)),
      took: (ms) => tell(() => this.#took(ms)),
      saw: (slate, context) =>
        tell(() => {
          slateFacts(slate, this.#facts);
          if (context !== undefined && slate.events > 0 && this.#bets && !this.#learner) this.#instance.call(({ watch }) => watch!.slate(String(context), slateText(slate)));
        }),
      foretold: (probability) => tell(() => this.#outcome(probability)),
      // What is neither is no number either.
      labelled: (probability, happened) => tell(() => this.#outcome(typeof happened === 'boolean' ? probability : NaN, happened)),
      decided: (answer) =>
        tell(() => {
          decisionFacts(answer, (name) => this.#learner !== undefined || this.#streams.has(name), this.#facts);
          if (typeof answer.risk === 'number') this.#outcome(answer.risk);
        }),
      completed: (result) => tell(() => completionFacts(result, this.#facts)),
      counted: (info) => tell(() => this.#infoOf(info)),
      look: () => this.look(),
      absorb: (counted) => {
        // A shop whose bundle has no reference, or one of another version, has counted nothing.
        const { monitor, counts } = Object(counted) as CountedInfo & { counts?: unknown };
        const bytes = monitor || counts ? undefined : checkBytes(counted, 'absorb.report');
        const engine = checkCounts(monitor);
        if (this.#closed) throw new NearhandError('closed', 'this monitor is closed; create another');
        if (this.#learner) throw new NearhandError('monitor-reference-other', 'there is no reference yet: reports are of one');
        if (this.#error) throw this.#error;
        // No call to look after: who looks himself hears of all that is taken in.
        if (!this.#deaf) this.#goldens(counted);
        if (bytes) return this.#instance.call(({ watch }) => watch!.absorb(bytes));
        return engine !== undefined && this.#engine(engine);
      },
      flush: () => this.flush(),
      setConsent: (consent) => this.#setConsent(checkConsent(consent) as Consent),
      reference: () => this.#reference?.slice() ?? null,
      info: () => this.#info(),
      close: () => {
        this.#closed = true;
        this.#unhide();
        this.#sender?.forget();
      },
    });
  }
}
