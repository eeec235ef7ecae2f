// What belongs together: keys of one or two columns, visitors, orders, and what is no session at all.
import { columns, count, distinct, events, iso, items, plain, right, table } from '../shop.mjs';
import { text } from '../write.mjs';

const log = right();
const csv = (of, all) => text(table(of, all));
const visitor = ['visitor_id', (e) => e.visitor];
const rest = [columns.item, columns.time, columns.kind];
/** Sessions are numbered anew for each visitor: 1 and 2. */
const number = ['visit', (e) => (e.sessionNumber < 7031 ? 1 : 2)];
/** GA4 counts a session by the second it began in, so that two visitors may share one. */
const begun = ['ga_session_id', (e) => 1_767_600_000 + (((e.sessionNumber - 7001) % 30) >> 1) * 60 + (e.sessionNumber < 7031 ? 0 : 86_400)];
const pseudo = ['user_pseudo_id', (e) => `${e.visitor}.1767`];
/** Sessions of one event each. */
const singles = events.map((e, i) => ({ ...e, session: `x${i}` }));
const few = events.filter((e) => e.session <= 's005');
const alike = Array.from({ length: 120 }, (_, i) => ({
  ...items[(i * 5) % 12],
  session: `t${Math.floor(i / 3)}`,
  at: events[0].at + Math.floor(i / 3) * 3_600_000 + (i % 3) * 60_000,
  kind: 'view',
}));
/** A program that looks at one item after the other, every second. */
const robot = Array.from({ length: 4000 }, (_, i) => ({ ...items[i % 12], session: 'robot', at: events[0].at + i * 1000, kind: 'view' }));
const far = events.map((e) => (e.session <= 's030' && e.kind === 'view' ? { ...e, at: e.at + (e.number % 2) * 40 * 86_400_000 } : e));
const lengths = Object.values(count(events, (e) => e.session));
const longest = Math.max(...lengths);

export const cases = [
  {
    name: 'lengths',
    what: 'how long sessions are',
    files: { 'log.csv': csv(plain) },
    want: {
      log: { session_events: { max: longest, single: lengths.filter((n) => n === 1).length / 60 }, largest_sessions: (all) => all[0].events === longest },
    },
  },
  {
    name: 'gaps',
    what: 'the longest gap within a session',
    files: { 'log.csv': csv(plain) },
    want: { log: { gaps_ms: { max: Math.max(...events.slice(1).map((e, i) => (events[i].session === e.session ? e.at - events[i].at : 0))) } } },
  },
  {
    name: 'top',
    what: 'the most frequent items with their titles',
    files: { 'log.csv': csv([...plain, columns.title]) },
    want: {
      log: {
        top_items: (top) => {
          const by = count(events, (e) => e.id);
          return (
            top[0].events === Math.max(...Object.values(by)) &&
            top.every((one) => by[one.item] === one.events && items.find((item) => item.id === one.item).title === one.title)
          );
        },
      },
    },
  },
  {
    name: 'interleaved',
    what: 'sessions whose rows are mixed',
    files: {
      'log.csv': csv(
        plain,
        [...events].sort((a, b) => (a.at % 60_000) - (b.at % 60_000)),
      ),
    },
    want: { log },
  },
  {
    name: 'two-columns',
    what: 'two columns are one key',
    files: { 'log.csv': csv([visitor, number, ...rest]) },
    flags: ['--session-col', 'visitor_id,visit'],
    want: { log: { ...log, columns: { session: ['visitor_id', 'visit'] } } },
  },
  {
    name: 'two-columns-no-mixup',
    what: 'a+bc and ab+c are two sessions',
    files: {
      'log.csv': text([
        ['a', 'b', 'item', 'time'],
        ['v1', '12', 'A1', '2026-01-05'],
        ['v1', '12', 'A2', '2026-01-05'],
        ['v11', '2', 'A1', '2026-01-05'],
        ['v11', '2', 'A2', '2026-01-05'],
      ]),
    },
    flags: ['--session-col', 'a,b'],
    want: { log: { sessions: 2, events: 4 } },
    notes: 'any',
  },
  {
    name: 'two-columns-half-empty',
    what: 'a key whose one half is empty is none',
    files: { 'log.csv': `${csv([visitor, number, ...rest])},1,A001,2026-01-06,view\nv01,NULL,A001,2026-01-06,view\n` },
    flags: ['--session-col', 'visitor_id,visit'],
    want: { log: { ...log, rows: log.rows + 2, left_out: { ...log.left_out, no_session: 2 } } },
  },
  {
    name: 'ga4',
    what: 'ga_session_id is joined with user_pseudo_id by itself',
    files: { 'log.csv': csv([pseudo, begun, ...rest]) },
    want: { log: { ...log, columns: { session: ['user_pseudo_id', 'ga_session_id'] } } },
    notes: ['session-and-visitor'],
  },
  {
    name: 'ga4-told-alone',
    what: 'told alone, it is said that visitors share sessions',
    files: { 'log.csv': csv([pseudo, begun, ...rest]) },
    flags: ['--session-col', 'ga_session_id'],
    want: { log: { rows: log.rows, events: log.events } },
    notes: (all) => all.some((note) => note.code === 'session-and-visitor' || note.code === 'sessions-shared'),
  },
  {
    name: 'shared',
    what: 'sessions that several visitors use are told',
    files: { 'log.csv': csv([visitor, ['session_id', (e) => (e.sessionNumber - 7001) % 15], ...rest]) },
    want: { log: { rows: log.rows, sessions: 15 } },
    notes: (all) => all.some((note) => note.code === 'sessions-shared'),
  },
  { name: 'visitors', what: 'visitors are cut at half an hour', files: { 'log.csv': csv([visitor, ...rest]) }, want: { log }, notes: ['visitors-cut'] },
  ...[
    'user_id',
    'userId',
    'customer',
    'Customer ID',
    'anonymousId',
    'anonymous_id',
    'client_id',
    'distinct_id',
    'user_id:token',
    'userToken',
    'cookie_id',
    'USER_ID',
  ].map((name) => ({
    name: `visitors-${name.replaceAll(/\W+/g, '-')}`,
    what: `${name} holds visitors`,
    files: { 'log.csv': csv([[name, (e) => e.visitor], ...rest]) },
    flags: ['--session-col', name],
    want: { log },
    notes: ['visitors-cut'],
  })),
  {
    name: 'visitors-and-sessions',
    what: 'a column of sessions comes before one of visitors',
    files: { 'log.csv': csv([visitor, columns.session, ...rest]) },
    want: { log: { ...log, columns: { session: ['session'] } } },
  },
  {
    name: 'visitors-idle',
    what: '--idle-minutes for visitors',
    files: { 'log.csv': csv([visitor, ...rest]) },
    flags: ['--idle-minutes', '100000'],
    want: { log: { rows: log.rows, sessions: distinct(events, (e) => e.visitor) } },
    notes: 'any',
  },
  {
    name: 'long',
    what: 'sessions with gaps of more than a day are told',
    files: { 'log.csv': csv(plain, far) },
    want: { log: { rows: log.rows, sessions: 60 } },
    notes: (all) => all.some((note) => note.code === 'sessions-long'),
  },
  {
    name: 'long-cut',
    what: 'and cut when told',
    files: { 'log.csv': csv(plain, far) },
    flags: ['--idle-minutes', '30'],
    want: { log: { rows: log.rows, sessions: (n) => n > 60 } },
    notes: 'any',
  },
  { name: 'each-its-own', what: 'a session for each row is refused', files: { 'log.csv': csv(plain, singles) }, refuse: { message: /session of its own/ } },
  {
    name: 'each-its-own-event-id',
    what: 'so is a column of event ids',
    files: { 'log.csv': csv([['event_id', (e, i) => `e${i}`], ...rest]) },
    flags: ['--session-col', 'event_id'],
    refuse: { message: /session of its own[\s\S]*--session-col|--session-col[\s\S]*session of its own/ },
  },
  {
    name: 'mostly-single',
    what: 'how many sessions have one event',
    files: { 'log.csv': csv(plain, [...few, ...singles]) },
    want: { log: { sessions: 5 + singles.length, session_events: { single: (share) => Math.abs(share - singles.length / (5 + singles.length)) < 0.006 } } },
    notes: 'any',
  },
  {
    name: 'one-item-each',
    what: 'one item in each session: told, since nothing follows anything',
    files: { 'log.csv': csv([columns.session, ['item', (e) => items[e.sessionNumber % 12].id], columns.time, columns.kind]) },
    want: { log: { items: 12, sessions: 60 } },
    notes: (all) => all.some((note) => note.code === 'single-sessions'),
  },
  {
    name: 'one-item-only',
    what: 'the same with one item alone',
    files: { 'log.csv': csv([columns.session, ['item', () => 'A001'], columns.time, columns.kind]) },
    want: { log: { items: 1 } },
    notes: (all) => all.some((note) => note.code === 'single-sessions'),
  },
  {
    name: 'all-alike',
    what: 'sessions of three events, a minute apart',
    files: { 'log.csv': csv(plain, alike) },
    want: { log: { ...right(alike), session_events: { median: 3, p90: 3, max: 3, single: 0 }, gaps_ms: { median: 60_000, p99: 60_000, max: 60_000 } } },
  },
  {
    name: 'robot',
    what: 'a session with thousands of events is told',
    files: { 'log.csv': csv(plain, [...events, ...robot]) },
    want: { log: { events: log.events + 4000, sessions: 61, largest_sessions: (all) => all[0].session === 'robot' && all[0].events === 4000 } },
    notes: (all) => all.some((note) => note.code === 'bots'),
  },
  {
    name: 'duplicates',
    what: 'rows that say the same twice are counted',
    files: { 'log.csv': csv(plain, [...events, ...events.slice(0, 30)]) },
    want: { log: { rows: log.rows + 30, sessions: 60, duplicates: 30 } },
    notes: (all) => all.some((note) => note.code === 'duplicates'),
  },
  { name: 'no-duplicates', what: 'none where none are', files: { 'log.csv': csv(plain) }, want: { log: { duplicates: 0 } } },
  {
    name: 'dwell',
    what: 'a column of dwell times',
    files: { 'log.csv': csv([...plain, ['dwell_ms', () => 1200]]) },
    want: { log: { ...log, columns: { dwell: ['dwell_ms'] } } },
  },
  {
    name: 'dwell-told',
    what: 'one with a name of its own',
    files: { 'log.csv': csv([...plain, ['engagement_time_msec', (e, i) => (i % 3 ? 1200 : '')]]) },
    flags: ['--dwell-col', 'engagement_time_msec'],
    want: { log: { ...log, columns: { dwell: ['engagement_time_msec'] } } },
  },
  {
    name: 'dwell-negative',
    what: 'a dwell time below zero: line, column and flag',
    files: { 'log.csv': csv([...plain, ['dwell_ms', (e, i) => (i === 5 ? -3 : 1200)]]) },
    refuse: { message: /--dwell-col/, details: { line: '7', column: 'dwell_ms', value: '-3' } },
  },
  {
    name: 'dwell-word',
    what: 'a dwell time that is a word',
    files: { 'log.csv': csv([...plain, ['dwell_ms', (e, i) => (i === 5 ? 'long' : 1200)]]) },
    refuse: { details: { line: '7', column: 'dwell_ms', value: 'long' } },
  },
  {
    name: 'rare',
    what: '--min-item-count counts what it leaves out',
    files: { 'log.csv': `${csv(plain)}s001,ONCE,2026-01-05T09:00:00Z,view\n` },
    flags: ['--min-item-count', '2'],
    want: { log: { ...log, rows: log.rows + 1, left_out: { ...log.left_out, rare: 1 } } },
  },
  {
    name: 'short',
    what: '--min-session-length counts what it leaves out',
    files: { 'log.csv': `${csv(plain)}alone,A001,2026-01-05T09:00:00Z,view\n` },
    flags: ['--min-session-length', '2'],
    want: { log: { ...log, rows: log.rows + 1, left_out: { ...log.left_out, short: 1 } } },
  },
  { name: 'nothing-left', what: 'nothing left is refused', files: { 'log.csv': csv(plain) }, flags: ['--min-item-count', '1000'], refuse: {} },
  {
    name: 'no-session-at-all',
    what: 'a column of sessions that is empty is refused',
    files: { 'log.csv': csv([['session', () => ''], ...rest]) },
    refuse: { message: /session/ },
  },
  {
    name: 'days',
    what: 'one day of a log has its own first and last time',
    files: {
      'log.csv': csv(
        plain,
        events.filter((e) => iso(e.at).startsWith('2026-01-06')),
      ),
    },
    want: { log: right(events.filter((e) => iso(e.at).startsWith('2026-01-06'))) },
  },
];
