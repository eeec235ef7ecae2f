/** The sums as OpenMetrics text (openmetrics.io, 1.0), for Prometheus and what reads its format. */
import type { Sums } from '../words/types.js';

const LEVELS = ['notice', 'warn', 'fallback', 'stop'];

const label = (text: string): string => text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
const labels = (all: Readonly<Record<string, string>>): string => `{${Object.entries(all).map(([name, value]) => `${name}="${label(value)}"`).join(',')}}`;

type Sample = readonly [suffix: string, labels: Readonly<Record<string, string>>, value: number | null];

/** A family of samples; those without a value are left out. */
function family(name: string, type: string, help: string, samples: readonly Sample[], unit?: string): string[] {
  const told = samples.flatMap(([suffix, of, value]) => (value === null ? [] : [`${name}${suffix}${Object.keys(of).length ? labels(of) : ''} ${value}`]));
  return told.length ? [`# TYPE ${name} ${type}`, ...(unit ? [`# UNIT ${name} ${unit}`] : []), `# HELP ${name} ${help}`, ...told] : [];
}

export function metricsOf({ reference, standing, states, reports, refused, rates, streams, times }: Sums): string {
  const of = { reference };
  const seconds = (ms: number | null): number | null => ms && ms / 1000;
  const quantiles: readonly Sample[] = [
    ['', { ...of, quantile: '0.5' }, seconds(times.p50)],
    ['', { ...of, quantile: '0.95' }, seconds(times.p95)],
    ['', { ...of, quantile: '0.99' }, seconds(times.p99)],
    ['_count', of, times.count],
  ];
  const stateOf = (kind: 'stream' | 'rate', all: Readonly<Record<string, string>>): Sample[] =>
    Object.entries(all).map(([name, state]) => ['', { ...of, [kind]: name }, state === 'waiting' ? -1 : LEVELS.indexOf(state) + 1]);
  const lines = [
    ...family('nearhand_reports', 'counter', 'Reports that are in the sums, each once.', [['_total', of, reports]]),
    ...family('nearhand_refused', 'counter', 'Reports that were refused since the object was started.', Object.entries(refused).map(([code, count]) => ['_total', { ...of, code }, count])),
    ...family('nearhand_standing', 'gauge', '0 quiet, 1 notice, 2 warn, 3 fallback, 4 stop, by the last closed period.', [['', of, LEVELS.indexOf(standing ?? '') + 1]]),
    ...family('nearhand_state', 'gauge', 'The same of a stream or rate; -1 before there is a verdict.', stateOf('stream', states.streams).concat(stateOf('rate', states.rates))),
    ...family('nearhand_observations', 'counter', 'Observations of a stream by the bins of the reference.', streams.flatMap(({ name, bins }) => bins.map(({ values, count }): Sample => ['_total', { ...of, stream: name, bin: values }, count]))),
    ...family('nearhand_rate', 'gauge', 'The share of occasions on which it happened.', rates.map(({ name, share }) => ['', { ...of, rate: name }, share])),
    ...family('nearhand_rate_low', 'gauge', 'Its interval, 95 %.', rates.map(({ name, low }) => ['', { ...of, rate: name }, low])),
    ...family('nearhand_rate_high', 'gauge', 'Its interval, 95 %.', rates.map(({ name, high }) => ['', { ...of, rate: name }, high])),
    ...family('nearhand_occasions', 'counter', 'Occasions of a rate.', rates.map(({ name, of: many }) => ['_total', { ...of, rate: name }, many])),
    ...family('nearhand_time_seconds', 'summary', 'How long answers took on the devices.', quantiles, 'seconds'),
    '# EOF',
  ];
  return `${lines.join('\n')}\n`;
}
