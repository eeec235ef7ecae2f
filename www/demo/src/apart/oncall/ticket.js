// An incident as plain text, for a ticket or whoever is asked next: what, since when, on what evidence, and what was done. Times are UTC.

import { grade, LEVELS, named, number, odds, STEPS } from './page.js';
import { movement } from './plots.js';
import { ANSWERS } from './serving.js';

const at = (when, visit) => `${new Date(when).toISOString()} (visit ${number(visit)})`;

function told({ code, subject, level, value, threshold, evidence, psi, moved, advice, at: visit, when }) {
  const values = `value ${number(value)}, may be ${number(threshold)}${psi === null ? '' : `, PSI ${number(psi)}`}`;
  const bet = evidence === null ? '' : `, evidence ${odds(evidence, (power) => `10^${power}`).join('')}`;
  return [
    `- ${named(subject)}: ${LEVELS[level]}, ${code}${subject ? ` of ${subject}` : ''}, ${at(when, visit)}`,
    `  ${values}${bet}`,
    ...moved.map(({ values: bin, reference, current }) => `  ${movement({ values: bin, usual: reference, now: current })}`),
    `  ${advice}`,
  ];
}

export function ticket({ when, at: visit, broke, name, bundle, alerts, steps }) {
  const graded = [...alerts].sort((a, b) => grade(b.level) - grade(a.level) || a.at - b.at);
  return [
    `Alarm in the demo shop: ${name ?? 'nothing was broken'}`,
    `Bundle: ${bundle.name} ${bundle.version}, ${bundle.digest}`,
    ...(broke === undefined ? [] : [`Broken: visit ${number(broke)}`]),
    `First alarm: ${at(when, visit)}`,
    ...steps.map(({ what, answers, when: then, at: later }) => `${STEPS[what]}${answers ? ` ${ANSWERS[answers]}` : ''}: ${at(then, later)}`),
    'Told:',
    ...graded.flatMap(told),
    '',
  ].join('\n');
}
