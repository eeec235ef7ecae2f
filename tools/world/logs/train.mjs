// What `check` reads, `train` reads as well: it says the same in a line before it begins, and stops where `check` stops.
import { columns, events, objects, orders, plain, right, table } from '../shop.mjs';
import { lines, text } from '../write.mjs';

const log = right();
const csv = text(table());
const train = (...flags) => [
  'train',
  '--events',
  'log.csv',
  '--dim',
  '8',
  '--bits',
  '8',
  '--blocks',
  '0',
  '--half-life',
  '0',
  '--name',
  't',
  '--created-at',
  '2026-11-23',
  '--out',
  't.safetensors',
  ...flags,
];
const figures = [/(^|\n)log /, new RegExp(`\\b${log.sessions}\\b`), new RegExp(`\\b${log.events}\\b`), new RegExp(`\\b${log.items}\\b`)];

export const cases = [
  { name: 'plain', what: 'the plain log', args: train(), files: { 'log.csv': csv }, says: figures },
  {
    name: 'json',
    what: 'JSON lines, gzip or not, are all the same to it',
    args: ['train', '--events', 'log.jsonl', ...train().slice(3)],
    files: { 'log.jsonl': lines(objects()) },
    says: figures,
  },
  { name: 'standard-input', what: 'standard input', args: ['train', '--events', '-', ...train().slice(3)], stdin: csv, files: {}, says: figures },
  {
    name: 'notes',
    what: 'a note is a line of its own',
    args: train(),
    files: { 'log.csv': text(table([['visitor_id', (e) => e.visitor], columns.item, columns.time, columns.kind])) },
    says: [...figures, /visitors-cut|30 minutes|half an hour/],
  },
  {
    name: 'refused',
    what: 'a bad row stops it',
    args: train(),
    files: { 'log.csv': `${csv}s001,A001,soon,view\n` },
    rc: 1,
    says: [/soon/, new RegExp(String(events.length + 2))],
    after: (folder, got) => (/epoch/.test(got.err + got.out) ? ['it trained before it refused'] : []),
  },
  {
    name: 'singles',
    what: 'sessions of one item are refused, and the flag is named',
    args: train(),
    files: {
      'log.csv': text(
        table(
          plain,
          events.filter((e, i) => i === 0 || events[i - 1].session !== e.session),
        ),
      ),
    },
    rc: 1,
    says: [/--session-col/],
  },
  {
    name: 'one-item',
    what: 'one item alone is refused',
    args: train(),
    files: { 'log.csv': text(table([['session', (e) => e.session], ['item', () => 'A001'], columns.time, columns.kind])) },
    rc: 1,
  },
  {
    name: 'orders',
    what: 'orders without kinds',
    args: train('--kind', 'purchase'),
    files: { 'log.csv': text(table([['order_id', (e) => e.session], columns.item, columns.time], orders)) },
    says: [new RegExp(`\\b${orders.length}\\b`)],
  },
];
