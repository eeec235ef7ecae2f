// Text with separators: which, quoted how, with which ends of line, with a header or none.
import { columns, events, iso, plain, right, table } from '../shop.mjs';
import { marked, text } from '../write.mjs';

const log = right();
const csv = text(table());
const rows = csv.split('\n');
const wrapped = (title) => [...plain, ['title', (e, i) => (i === 40 ? title : e.title)]];
/** The item of the event whose title differs; most of its events bear the usual one. */
const told = (content, want = {}, separator) => ({
  files: { 'log.csv': content },
  want: { log: { ...log, ...(separator ? { files: [{ separator }] } : {}), ...want } },
});
/** A line put in after the header and `after` rows. */
const put = (line, after, all = rows) => [...all.slice(0, after + 1), line, ...all.slice(after + 1)].join('\n');
/** A log of one title, whatever it is. */
const one = (title, options) => text(table([...plain, ['title', () => title]]), options);
const everyTitle = (title) => ({ top_items: (all) => all.length > 0 && all.every((item) => item.title === title) });
const stray = (line) => [{ code: 'stray-quote', details: { line } }];

export const cases = [
  { name: 'semicolons', what: 'semicolons', ...told(text(table(), { separator: ';' }), {}, ';') },
  { name: 'tabs', what: 'tabs in a file called .csv', ...told(text(table(), { separator: '\t' }), {}, 'tab') },
  { name: 'bars', what: 'upright bars', ...told(text(table(), { separator: '|' }), {}, '|') },
  { name: 'commas-in-tsv', what: 'commas in a file called .tsv', files: { 'log.tsv': csv }, want: { log: { ...log, files: [{ separator: ',' }] } } },
  {
    name: 'semicolons-titles-with-commas',
    what: 'semicolons where titles have more commas',
    ...told(text(table([...plain, ['title', () => 'a, b, c, d, e, f']]), { separator: ';' }), everyTitle('a, b, c, d, e, f'), ';'),
  },
  { name: 'commas-titles-with-semicolons', what: 'commas where titles have semicolons', ...told(one('a; b; c; d; e; f'), everyTitle('a; b; c; d; e; f'), ',') },
  { name: 'bars-in-titles', what: 'bars in titles of a comma file', ...told(one('red | blue | green | grey'), everyTitle('red | blue | green | grey'), ',') },
  { name: 'sep-line', what: 'Excel’s first line sep=;', ...told(`sep=;\n${text(table(), { separator: ';' })}`, {}, ';') },
  {
    name: 'sep-line-tab',
    what: 'the same for a tab, with a mark and CRLF',
    ...told(marked(`sep=\t\r\n${text(table(), { separator: '\t', eol: '\r\n' })}`), {}, 'tab'),
  },
  { name: 'sep-line-in-quotes', what: 'the same in quotes', ...told(`"sep=,"\n${csv}`, {}, ',') },
  { name: 'crlf', what: 'CRLF', ...told(text(table(), { eol: '\r\n' })) },
  { name: 'cr', what: 'CR alone, as old Macs wrote', ...told(text(table(), { eol: '\r' })) },
  {
    name: 'mixed-ends',
    what: 'CRLF and LF in one file',
    ...told(text(table(plain, events.slice(0, 90)), { eol: '\r\n' }) + text(table(plain, events.slice(90)).slice(1))),
  },
  { name: 'no-end', what: 'no end of line at the end', ...told(csv.trimEnd()) },
  { name: 'blank-lines', what: 'empty lines are no rows', ...told(csv.replaceAll('\n', '\n\n')) },
  { name: 'blank-lines-before', what: 'empty lines before the header', ...told(`\n\n${csv}`) },
  { name: 'comments-before', what: 'lines with # before the header', ...told(`# exported 2026-01-08\n# shop: nord, sued\n${csv}`) },
  { name: 'quotes-all', what: 'quotes everywhere', ...told(text(table(), { quotes: 'all' })) },
  { name: 'quotes-all-tabs', what: 'quotes everywhere, tabs', ...told(text(table(), { quotes: 'all', separator: '\t' })) },
  {
    name: 'quotes-words-only',
    what: 'quotes on words, not on numbers, with tabs: R and SPSS',
    files: {
      'log.tsv': text(table([columns.session, columns.item, ['time', (e) => e.at / 1000], columns.kind]), { separator: '\t', quotes: 'none' }).replaceAll(
        /[a-zA-Z][\w-]*/g,
        '"$&"',
      ),
    },
    want: { log },
  },
  { name: 'quotes-doubled', what: 'a doubled quote is one', ...told(one('the "best" mug'), everyTitle('the "best" mug')) },
  { name: 'separator-in-quotes', what: 'a comma within quotes', ...told(one('mug, blue'), everyTitle('mug, blue')) },
  { name: 'line-in-quotes', what: 'an end of line within quotes', ...told(text(table(wrapped('two\nlines')))) },
  { name: 'blanks-around', what: 'blanks around values', ...told(csv.replaceAll(',', ' , ')) },
  { name: 'header-other-case', what: 'a header in capitals with blanks', ...told(csv.replace(rows[0], 'SESSION , Item,TIME,Event')) },
  {
    name: 'inch-at-the-end',
    what: 'inches: a quote within an unquoted value is a letter',
    ...told(one('tray 12" round', { quotes: 'none' }), everyTitle('tray 12" round')),
    notes: 'any',
  },
  {
    name: 'stray-quote-last',
    what: 'a quote that opens the last value and is never closed: nothing is lost',
    ...told(text(table(wrapped('"12 inch tray')), { quotes: 'none' })),
    notes: stray('42'),
  },
  {
    name: 'stray-quote-middle',
    what: 'the same in a column amid others',
    ...told(
      text(table([columns.session, ['title', (e, i) => (i === 40 ? '"12 inch tray' : e.title)], columns.item, columns.time, columns.kind]), { quotes: 'none' }),
    ),
    notes: stray('42'),
  },
  {
    name: 'stray-quote-among-quoted',
    what: 'the same where other titles are quoted as they should be',
    ...told(text(table([...plain, ['title', (e, i) => (i === 40 ? '"12 inch tray' : `"${e.title}, new"`)]]), { quotes: 'none' })),
    notes: stray('42'),
  },
  {
    name: 'stray-quote-tabs',
    what: 'the same with tabs',
    ...told(text(table(wrapped('"12 inch tray')), { quotes: 'none', separator: '\t' })),
    notes: stray('42'),
  },
  {
    name: 'stray-quotes-two',
    what: 'two of them, far apart: no row between is lost',
    ...told(text(table([...plain, ['title', (e, i) => (i === 40 || i === 90 ? '"12 inch tray' : e.title)]]), { quotes: 'none' })),
    notes: stray('42'),
  },
  {
    name: 'stray-quote-in-quotes',
    what: 'inches within quotes that were not doubled',
    ...told(text(table([...plain, ['title', (e, i) => (i === 40 ? '"12" tray"' : e.title)]]), { quotes: 'none' })),
    notes: 'any',
  },
  {
    name: 'backslash-quotes',
    what: 'quotes with a backslash before, as Spark and MySQL write them: no row is lost',
    ...told(text(table([...plain, ['title', (e, i) => (i % 7 ? `"${e.title}"` : `"the \\"best\\" ${e.title}"`)]]), { quotes: 'none' })),
    notes: 'any',
  },
  {
    name: 'backslash-quote-and-comma',
    what: 'the same before a comma, which ends the value: refused, not shifted',
    files: {
      'log.csv': text(
        table([columns.session, ['title', (e, i) => (i % 7 ? `"${e.title}"` : `"tray 12\\", blue"`)], columns.item, columns.time, columns.kind]),
        { quotes: 'none' },
      ),
    },
    refuse: { details: { line: '2' } },
  },
  { name: 'backslash-at-the-end', what: 'a backslash at the end of a quoted value is a letter', ...told(one('C:\\', { quotes: 'all' }), everyTitle('C:\\')) },
  {
    name: 'blank-before-quote',
    what: 'a blank before a quote',
    ...told(text(table([columns.session, ['title', (e) => ` "${e.title}, blue"`], columns.item, columns.time, columns.kind]), { quotes: 'none' }), {
      top_items: (top) => top.every((item) => item.title.endsWith(', blue')),
    }),
  },
  { name: 'separator-at-every-end', what: 'a separator at the end of each line, the header too', ...told(csv.replaceAll('\n', ',\n')) },
  { name: 'quotes-empty', what: 'empty quotes are nothing', ...told(text(table([...plain, ['title', () => '""']]), { quotes: 'none' })) },
  {
    name: 'single-quotes',
    what: 'single quotes are letters',
    ...told(text(table([...plain, ['title', (e) => `'${e.title}'`]])), { top_items: (top) => top.every((item) => item.title.startsWith("'")) }),
  },
  { name: 'hard-blanks', what: 'hard blanks around values', ...told(csv.replaceAll(',', '\u00a0,')) },
  {
    name: 'decimal-comma-unquoted',
    what: 'a decimal comma in a comma file is refused, not shifted',
    files: {
      'log.csv': text(table([columns.session, columns.item, ['price', (e) => e.price.toFixed(2).replace('.', ',')], columns.time, columns.kind]), {
        quotes: 'none',
      }),
    },
    refuse: { details: { line: '2' } },
  },
  {
    name: 'too-few',
    what: 'a row with too few values is refused: line and both counts',
    files: { 'log.csv': put('s001,A001', 10) },
    refuse: { message: /\b2\b[\s\S]*\b4\b|\b4\b[\s\S]*\b2\b/, details: { line: '12' } },
  },
  {
    name: 'too-many',
    what: 'a row with too many',
    files: { 'log.csv': put('s001,A001,2026-01-05,view,more', 10) },
    refuse: { message: /\b5\b[\s\S]*\b4\b|\b4\b[\s\S]*\b5\b/, details: { line: '12' } },
  },
  {
    name: 'too-many-after-quoted-lines',
    what: 'lines are counted as an editor counts them',
    files: { 'log.csv': `${text(table(wrapped('two\nlines')))}s1,A001,2026-01-05\n` },
    refuse: { details: { line: String(events.length + 3) } },
  },
  {
    name: 'bad-rows-skipped',
    what: '--bad-rows skip counts them',
    files: { 'log.csv': put('s001,A001,2026-01-05,view,more', 100, put('s001,A001', 10).split('\n')) },
    flags: ['--bad-rows', 'skip'],
    want: { log: { ...log, rows: (n) => n === log.rows || n === log.rows + 2, left_out: { ...log.left_out, bad_rows: 2 } } },
    notes: 'any',
  },
  {
    name: 'bad-rows-time',
    what: '--bad-rows skip takes rows with a time that is none as well',
    files: { 'log.csv': put('s001,A001,soon,view', 10) },
    flags: ['--bad-rows', 'skip'],
    want: { log: { ...log, rows: log.rows + 1, left_out: { ...log.left_out, bad_rows: 1 } } },
    notes: 'any',
  },
  {
    name: 'no-header',
    what: 'no header: refused, and told how to name the columns',
    files: { 'log.csv': rows.slice(1).join('\n') },
    refuse: { message: /first line[\s\S]*--columns/ },
  },
  {
    name: 'no-header-numbers',
    what: 'no header where all are numbers',
    files: {
      'log.csv': text(
        table([columns.session, columns.item, columns.time].map(([name], i) => [name, (e) => [e.sessionNumber, e.number, e.at / 1000][i]])).slice(1),
      ),
    },
    refuse: { message: /first line[\s\S]*--columns/ },
  },
  {
    name: 'columns-told',
    what: '--columns reads it',
    files: { 'log.csv': rows.slice(1).join('\n') },
    flags: ['--columns', 'session,item,time,event'],
    want: { log },
  },
  {
    name: 'columns-told-tabs',
    what: 'with tabs',
    files: { 'log.tsv': text(table().slice(1), { separator: '\t' }) },
    flags: ['--columns', 'session,item,time,event'],
    want: { log },
  },
  {
    name: 'columns-too-few',
    what: '--columns with too few names is refused with both counts',
    files: { 'log.csv': rows.slice(1).join('\n') },
    flags: ['--columns', 'session,item,time'],
    refuse: { message: /\b3\b|\b4\b/ },
  },
  {
    name: 'row-names',
    what: 'R’s row names: one value more than the header has',
    files: {
      'log.tsv': text(
        [
          plain.map(([name]) => name),
          ...table()
            .slice(1)
            .map((row, i) => [i + 1, ...row]),
        ],
        { separator: '\t' },
      ),
    },
    want: { log },
    notes: ['row-names'],
  },
  {
    name: 'row-names-quoted',
    what: 'the same as write.table leaves it: blanks are tabs, words quoted',
    files: {
      'log.txt': text(
        [
          plain.map(([name]) => name),
          ...table()
            .slice(1)
            .map((row, i) => [i + 1, ...row]),
        ],
        { separator: '\t', quotes: 'all' },
      ),
    },
    want: { log },
    notes: ['row-names'],
  },
  {
    name: 'title-line-before',
    what: 'a line with a title before the header: refused, and the line is shown',
    files: { 'log.csv': `Sales report January 2026\n\n${csv}` },
    refuse: { details: { columns: /Sales report/ } },
  },
  {
    name: 'totals-behind',
    what: 'a line that counts the rows, behind them',
    files: { 'log.csv': `${csv}(256 rows)\n` },
    refuse: { details: { line: String(events.length + 2) } },
  },
  {
    name: 'ruled-table',
    what: 'a table with a rule under the header, as databases print it',
    files: {
      'log.txt': table()
        .map((row) => ` ${row.join(' | ')} \n`)
        .join('')
        .replace('\n', '\n---------+------+------+-------\n'),
    },
    refuse: { details: { line: '2' } },
  },
  { name: 'index-column', what: 'pandas’ index, a column without a name', ...told(text(table([['', (e, i) => i], ...plain]))) },
  {
    name: 'title-first',
    what: 'columns in any order, more than are needed',
    ...told(text(table([columns.title, ['country', () => 'DE'], ...[...plain].reverse(), ['agent', () => 'Mozilla/5.0']]))),
  },
  {
    name: 'header-of-200-kb',
    what: 'a header of 200 KB',
    files: {
      'log.csv': text(table([...plain, ...Array.from({ length: 2000 }, (_, i) => [`a_column_that_nobody_asks_for_${'x'.repeat(80)}_${i}`, () => ''])])),
    },
    want: { log },
  },
  {
    name: 'first-row-of-200-kb',
    what: 'a first row of 200 KB',
    files: { 'log.csv': text(table([...plain, ['page', (e, i) => (i ? '' : 'x'.repeat(200_000))]])) },
    want: { log },
  },
  {
    name: 'one-column',
    what: 'a file of one column is refused: what is missing and what there is',
    files: { 'log.csv': 'session\ns1\ns2\n' },
    refuse: { message: /--event-item-col|item/ },
  },
  {
    name: 'unusual-names',
    what: 'columns with names of their own are refused by the flag',
    files: { 'log.csv': csv.replace(rows[0], 'wer,was,wann,wie') },
    refuse: { message: /--session-col/, details: { columns: /wer.*was.*wann/ } },
  },
  {
    name: 'unusual-names-told',
    what: 'and read when told',
    files: { 'log.csv': csv.replace(rows[0], 'wer,was,wann,wie') },
    flags: ['--session-col', 'wer', '--event-item-col', 'was', '--time-col', 'wann', '--kind-col', 'wie'],
    want: { log: { ...log, columns: { session: ['wer'], item: ['was'], time: ['wann'], kind: ['wie'] } } },
  },
  {
    name: 'column-not-there',
    what: 'a column that is told and is not there',
    files: { 'log.csv': csv },
    flags: ['--session-col', 'visit'],
    refuse: { message: /visit/ },
  },
  {
    name: 'title-too-many-bytes',
    what: 'a title of 5,000 letters is cut and counted',
    files: { 'log.csv': one('x'.repeat(5000)) },
    want: { log },
    notes: ['titles-cut'],
  },
  {
    name: 'times-with-blanks',
    what: 'a time with a blank, unquoted, in a tab file',
    ...told(text(table([columns.session, columns.item, ['time', (e) => iso(e.at).replace('T', ' ').replace('Z', '')], columns.kind]), { separator: '\t' })),
  },
];
