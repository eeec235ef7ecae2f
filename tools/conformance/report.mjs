// What a run of the cases comes to.

const count = (results) => {
  const of = (status) => results.filter((result) => result.status === status).length;
  return { cases: results.length, pass: of('pass'), refused: of('refused'), wrong: of('wrong') };
};

/** How often each key occurs, most first, then by name. */
const tally = (keys) => {
  const counts = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
};

const qualified = ({ operator, domain }) => (domain && domain !== 'ai.onnx' ? `${domain}.${operator}` : operator);

export function summary(results) {
  const refused = results.filter(({ status }) => status === 'refused');
  const groups = [...new Set(results.map(({ group }) => group))];
  return {
    total: count(results),
    groups: Object.fromEntries(groups.map((group) => [group, count(results.filter((result) => result.group === group))])),
    refusedCodes: tally(refused.map(({ code, stage }) => `${code} (at ${stage})`)),
    /** Operators named by the refusal itself. */
    refusedOperators: tally(refused.filter(({ details }) => details.operator).map(({ details }) => qualified(details))),
    /** The rest, by the operators of the case. */
    refusedOtherwise: tally(refused.filter(({ details }) => !details.operator).map(({ code, ops }) => `${code}: ${ops.length > 3 ? `${ops.slice(0, 3).join(' ')} …` : ops.join(' ')}`)),
    /** Operators that occur in a case that passes. */
    operators: [...new Set(results.filter(({ status }) => status === 'pass').flatMap(({ ops }) => ops))].sort(),
  };
}

export function markdown(report, results, engine) {
  const row = (name, { cases, pass, refused, wrong }) => `| ${name} | ${cases} | ${pass} | ${refused} | ${wrong} |`;
  const list = (counts) => Object.entries(counts).map(([key, n]) => `${key} ${n}`).join(', ') || 'none';
  const wrong = results.filter(({ status }) => status === 'wrong');
  const oneLine = (text) => text.replace(/\s+/g, ' ').slice(0, 300);
  return [
    `# Conformance of ${engine}`,
    '',
    '| cases | all | pass | refused | wrong |',
    '|---|---|---|---|---|',
    ...Object.entries(report.groups).map(([group, counts]) => row(group, counts)),
    row('total', report.total),
    '',
    `Operators in cases that pass (${report.operators.length}): ${report.operators.join(' ')}`,
    '',
    `Refused by code: ${list(report.refusedCodes)}`,
    '',
    `Refused operators: ${list(report.refusedOperators)}`,
    '',
    `Refused otherwise: ${list(report.refusedOtherwise)}`,
    '',
    wrong.length ? '## Wrong' : 'Nothing is wrong.',
    '',
    ...wrong.map(({ group, name, stage, reason }) => `- ${group}/${name} (${stage}): ${oneLine(reason)}`),
    '',
  ].join('\n');
}
