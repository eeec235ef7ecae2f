// The recorded log of card transactions and what the command line answered to it, for Node, pages and workerd alike.

const WEEK = 7 * 86_400_000;

/** The log's transactions as rows, and whether each was a fraud. */
export const rowsOf = (csv) =>
  csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id, time, card, terminal, amount, declined, fraud] = line.split(',');
      return { transaction: { id, time: Number(time), card, terminal, amount, declined: declined === '1' }, fraud: fraud === '1' };
    });

/** What the command line answered: the mark of the features, and the answer without its id. */
export const recordedOf = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const { id, ...answer } = JSON.parse(line.slice(17));
      return { mark: line.slice(0, 16), ...answer };
    });

/** FNV-1a of the features' bytes, as cli/tests/assessed.rs has it. */
export function mark(features) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new Uint8Array(Float64Array.from(Object.values(features)).buffer)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/** An answer as it was recorded: what is there besides is told by the windows. */
export const plain = ({ features, risk, score, outcome, capped, repeated, ...answer }) => ({ mark: mark(features), ...answer });

/** The log judged, each label a week after its transaction. */
export const judged = (assessor, rows) =>
  rows.map(({ transaction, fraud }) => {
    const answer = assessor.assess(transaction);
    assessor.label(transaction.id, fraud, transaction.time + WEEK);
    return plain(answer);
  });

/** The same with cards and terminals counted apart, and judged by somebody who counts nothing. */
export const judgedApart = ({ cards, terminals, nobody }, rows) =>
  rows.map(({ transaction, fraud }) => {
    const features = { ...cards.observe(transaction).features, ...terminals.observe(transaction).features };
    terminals.label(transaction.id, fraud, transaction.time + WEEK);
    return plain(nobody.assess(transaction, { features }));
  });
