// Times as they are written, and those that cannot be one.
import { columns, events, iso, right, stamp, table } from '../shop.mjs';
import { text } from '../write.mjs';

const log = right();
const withTime = (time, options) => text(table([columns.session, columns.item, ['time', (e, i) => time(e.at, i)], columns.kind]), options);
const read = (name, what, time, more = {}) => ({
  name,
  what,
  files: { 'log.csv': withTime(time, more.options) },
  want: { log: { ...log, ...more.log } },
  flags: more.flags,
  notes: more.notes,
});
const refused = (name, what, time, refuse, flags) => ({ name, what, files: { 'log.csv': withTime(time) }, flags, refuse });
const day = (ms) => iso(ms).slice(0, 10);
const two = (number) => String(number).padStart(2, '0');
const parts = (ms) => {
  const d = new Date(ms);
  return { y: d.getUTCFullYear(), mo: d.getUTCMonth() + 1, d: d.getUTCDate(), h: d.getUTCHours(), mi: d.getUTCMinutes(), s: d.getUTCSeconds() };
};
const serial = (ms) => ms / 86_400_000 + 25_569;
/** The same moment, as a clock `minutes` ahead of UTC shows it. */
const ahead = (ms, minutes) => iso(ms + minutes * 60_000).replace('Z', '');
/** Only days are told. */
const days = { from: `${day(events[0].at)}T00:00:00Z`, to: `${day(events.at(-1).at)}T00:00:00Z` };
const dot = (ms) => (({ y, mo, d, h, mi, s }) => `${two(d)}.${two(mo)}.${y} ${two(h)}:${two(mi)}:${two(s)}`)(parts(ms));
const american = (ms) => (({ y, mo, d, h, mi }) => `${mo}/${d}/${y} ${h}:${two(mi)}`)(parts(ms));
const clock12 = (ms) => (({ y, mo, d, h, mi, s }) => `${two(mo)}/${two(d)}/${y} ${two(h % 12 || 12)}:${two(mi)}:${two(s)} ${h < 12 ? 'AM' : 'PM'}`)(parts(ms));
const minutes = (ms) => ms - (ms % 60_000);
const toMinutes = { from: iso(minutes(events[0].at)), to: iso(minutes(Math.max(...events.map((e) => e.at)))) };
/** A row whose time is `value`, after all others. */
const plus = (value) => `${withTime(iso)}s001,A001,${value},view\n`;
const line = String(events.length + 2);

export const cases = [
  read('seconds', 'Unix seconds', (ms) => ms / 1000),
  read('seconds-point', 'Unix seconds with a fraction', (ms) => (ms / 1000).toFixed(3)),
  read('milliseconds', 'milliseconds', (ms) => ms),
  read('milliseconds-point', 'milliseconds as a float', (ms) => `${ms}.0`),
  read('microseconds', 'microseconds', (ms) => ms * 1000),
  read('nanoseconds', 'nanoseconds', (ms) => BigInt(ms) * 1_000_000n),
  read('iso', 'ISO with Z', iso),
  read('iso-ahead', 'ISO with +02:00', (ms) => `${ahead(ms, 120)}+02:00`),
  read('iso-behind', 'ISO with -0530', (ms) => `${ahead(ms, -330)}-0530`),
  read('iso-hours', 'ISO with +01', (ms) => `${ahead(ms, 60)}+01`),
  read('iso-fraction', 'ISO with nanoseconds', (ms) => iso(ms).replace('Z', '.123456789Z'), { log: { from: /^2026-01-05T08:00:00/, to: /./ } }),
  read('iso-minutes', 'ISO without seconds', (ms) => iso(ms).slice(0, 16), { log: toMinutes, notes: 'any' }),
  read('stamp', 'a blank for the T', stamp),
  read('stamp-utc', 'a blank and UTC', (ms) => `${stamp(ms)} UTC`),
  read('stamp-fraction-utc', 'as BigQuery writes them', (ms) => `${stamp(ms)}.000000 UTC`),
  read('stamp-zone', 'as Shopify writes them', (ms) => `${ahead(ms, 120).replace('T', ' ')} +0200`),
  read('zones-mixed', 'each row with a zone of its own', (ms, i) => (i % 2 ? iso(ms) : `${ahead(ms, 330)}+05:30`)),
  read('slashes-year-first', 'yyyy/mm/dd', (ms) => stamp(ms).replaceAll('-', '/')),
  read('points-day-first', 'dd.mm.yyyy', dot),
  read('digits-14', 'YYYYMMDDhhmmss', (ms) => stamp(ms).replaceAll(/\D/g, '')),
  read('digits-8', 'YYYYMMDD is a day, not a second of 1970', (ms) => day(ms).replaceAll('-', ''), { log: days, notes: 'any' }),
  read('day', 'a day alone', day, { log: days, notes: 'any' }),
  read('serial', 'days since 1900, as spreadsheets count', (ms) => serial(ms).toFixed(10)),
  read('serial-comma', 'the same with a decimal comma', (ms) => serial(ms).toFixed(10).replace('.', ','), { options: { separator: ';' } }),
  refused('one-digit', 'months and days of one digit are refused with the flag', (ms) => stamp(ms).replaceAll('-0', '-'), { message: /--time-format/ }),
  read('one-digit-told', 'and read with it', (ms) => stamp(ms).replaceAll('-0', '-'), { flags: ['--time-format', '%Y-%m-%d %H:%M:%S'] }),
  read('basic', 'ISO without marks', (ms) => iso(ms).replaceAll(/[-:]/g, '')),
  read('comma-fraction', 'a comma before the fraction', (ms) => `"${stamp(ms)},000"`, { options: { quotes: 'none' } }),
  refused('two-digit-year', 'a year of two digits', (ms) => dot(ms).replace('.2026', '.26'), { details: { line: '2' } }),
  refused('scientific', 'times as a spreadsheet rounds them', () => '1.7676E+12', { details: { line: '2', value: '1.7676E+12' } }),
  refused('negative', 'a time before 1970', (ms) => -ms / 1000, { details: { line: '2' } }),
  refused('clock-alone', 'a time of day alone', (ms) => stamp(ms).slice(11), { details: { line: '2', column: 'time' } }),
  read('zone-by-name', 'ISO with a zone’s name behind, as Java writes it', (ms) => `${iso(ms)}[UTC]`),
  refused('javascript', 'what JavaScript prints of a date', (ms) => new Date(ms).toString(), {
    message: /--time-format/,
    details: { line: '2', column: 'time' },
  }),
  refused('mail', 'a date as in mails', (ms) => new Date(ms).toUTCString(), { message: /--time-format/, details: { line: '2', column: 'time' } }),
  {
    name: 'backwards',
    what: 'the newest row first',
    files: { 'log.csv': text([['session', 'item', 'time', 'event'], ...[...events].reverse().map((e) => [e.session, e.id, iso(e.at), e.kind])]) },
    want: { log },
  },
  {
    name: 'two-columns',
    what: 'date and time of day in two columns',
    files: { 'log.csv': text(table([columns.session, columns.item, ['date', (e) => day(e.at)], ['time', (e) => stamp(e.at).slice(11)], columns.kind])) },
    flags: ['--time-col', 'date,time'],
    want: { log: { ...log, columns: { time: ['date', 'time'] } } },
  },
  {
    name: 'two-columns-points',
    what: 'the same with dd.mm.yyyy',
    files: {
      'log.csv': text(table([columns.session, columns.item, ['Datum', (e) => dot(e.at).slice(0, 10)], ['Uhrzeit', (e) => dot(e.at).slice(11)], columns.kind])),
    },
    flags: ['--time-col', 'Datum,Uhrzeit'],
    want: { log },
  },
  {
    name: 'two-columns-digits',
    what: 'the same with YYYYMMDD and hhmmss',
    files: {
      'log.csv': text(
        table([
          columns.session,
          columns.item,
          ['date', (e) => day(e.at).replaceAll('-', '')],
          ['time', (e) => stamp(e.at).slice(11).replaceAll(':', '')],
          columns.kind,
        ]),
      ),
    },
    flags: ['--time-col', 'date,time'],
    want: { log },
  },
  refused('slashes', '12/1/2010 8:26 can be two days: refused with the flag', american, {
    message: /--time-format/,
    details: { line: '2', column: 'time', value: '1/5/2026 8:00' },
  }),
  refused('slashes-clear', 'so is 25/12/2025, even where it can be one day only', (ms, i) => (i ? american(ms) : '25/12/2025 8:26'), {
    message: /--time-format/,
  }),
  read('slashes-told', 'with a format it is read', american, { flags: ['--time-format', '%m/%d/%Y %H:%M'], log: toMinutes, notes: 'any' }),
  read('slashes-day-first-told', 'day first', (ms) => dot(ms).replaceAll('.', '/'), { flags: ['--time-format', '%d/%m/%Y %H:%M:%S'] }),
  read('twelve-hours-told', 'AM and PM', clock12, { flags: ['--time-format', '%m/%d/%Y %I:%M:%S %p'] }),
  read(
    'month-names-told',
    'names of months',
    (ms) =>
      new Date(ms)
        .toUTCString()
        .replace(/^\w+, /, '')
        .replace(' GMT', ''),
    { flags: ['--time-format', '%d %b %Y %H:%M:%S'] },
  ),
  refused('format-fits-not', 'a value that the told format does not fit', american, { details: { line: '2', column: 'time', value: '1/5/2026 8:00' } }, [
    '--time-format',
    '%d.%m.%Y',
  ]),
  {
    name: 'format-nonsense',
    what: 'a format that is none',
    files: { 'log.csv': withTime(iso) },
    args: ['check', '--events', 'log.csv', '--time-format', 'sometimes'],
    rc: 2,
    says: /time-format/,
  },
  ...[
    ['s', 1000],
    ['ms', 1],
    ['us', 1 / 1000],
  ].map(([unit, per]) => read(`told-${unit}`, `numbers told to be ${unit}`, (ms) => ms / per, { flags: ['--time-format', unit] })),
  read('told-ns', 'numbers told to be ns', (ms) => BigInt(ms) * 1_000_000n, { flags: ['--time-format', 'ns'] }),
  read('told-excel', 'numbers told to be days since 1900', (ms) => serial(ms).toFixed(10), { flags: ['--time-format', 'excel'] }),
  read('order', 'numbers of which only the order counts', (_, i) => i + 1, {
    flags: ['--time-format', 'order'],
    log: { from: () => true, to: () => true },
    notes: 'any',
  }),
  refused('counter', 'a counter is no time: refused, with its value', (_, i) => i + 1, {
    message: /year|1970|--time-format/,
    details: { line: '2', column: 'time', value: '1' },
  }),
  refused('year-1970', 'a time of 1970', () => '1970-01-01 00:00:07', { details: { value: '1970-01-01 00:00:07' } }),
  refused('year-2062', 'a time of 2062', () => '2062-01-01', { details: { value: '2062-01-01' } }),
  refused('wrong-unit', 'seconds told to be milliseconds', (ms) => ms / 1000, { message: /year|1970/ }, ['--time-format', 'ms']),
  {
    name: 'one-bad-year',
    what: 'one time of 1899 among good ones',
    files: { 'log.csv': plus('1899-12-30 00:00:00') },
    refuse: { details: { line, column: 'time', value: '1899-12-30 00:00:00' } },
  },
  { name: 'word', what: 'a word is no time', files: { 'log.csv': plus('yesterday') }, refuse: { details: { line, column: 'time', value: 'yesterday' } } },
  { name: 'no-such-day', what: 'the 30th of February', files: { 'log.csv': plus('2026-02-30') }, refuse: { details: { line, value: '2026-02-30' } } },
  {
    name: 'no-such-hour',
    what: 'half past 25',
    files: { 'log.csv': plus('2026-02-20 25:30:00') },
    refuse: { details: { line, value: '2026-02-20 25:30:00' } },
  },
  {
    name: 'no-time',
    what: 'rows without a time are left out and counted',
    files: { 'log.csv': plus('') + ['NULL', '\\N', 'NaT'].map((word) => `s001,A001,${word},view\n`).join('') },
    want: { log: { ...log, rows: log.rows + 4, left_out: { ...log.left_out, no_time: 4 } } },
  },
  {
    name: 'no-time-at-all',
    what: 'a column of times that is empty is refused',
    files: { 'log.csv': withTime(() => '') },
    refuse: { details: { left_out: new RegExp(`no_time=${events.length}`) } },
  },
  {
    name: 'leap-day',
    what: 'the 29th of February 2024',
    files: { 'log.csv': plus('2024-02-29 12:00:00') },
    want: { log: { events: log.events + 1, from: '2024-02-29T12:00:00Z' } },
    notes: 'any',
  },
  {
    name: 'since-and-before',
    what: '--since and --before leave out whole sessions',
    files: { 'log.csv': withTime(iso) },
    flags: ['--since', '2026-01-06', '--before', '2026-01-07'],
    want: {
      log: (() => {
        const last = {};
        for (const e of events) last[e.session] = e.at;
        const kept = events.filter((e) => last[e.session] >= Date.UTC(2026, 0, 6) && last[e.session] < Date.UTC(2026, 0, 7));
        const { events: n, sessions, from, to } = right(kept);
        return { events: n, sessions, from, to };
      })(),
    },
  },
];
