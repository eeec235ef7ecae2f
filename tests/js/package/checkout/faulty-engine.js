// The engine with faults, by the ids of what is asked: one that traps, one whose model fails, one that does not answer a golden any more.
import * as real from 'nearhand-assess';

export const { version } = real;

export async function createAssessor(options) {
  const assessor = await real.createAssessor(options);
  let trapped = false;
  let turned = false;
  return {
    ...Object.fromEntries(['observe', 'peek', 'label', 'amend', 'snapshot', 'restore', 'setList', 'listed', 'info', 'close'].map((name) => [name, (...given) => assessor[name](...given)])),
    assess(transaction, asked) {
      // What is judged, not what is looked at before.
      if (asked.explain !== 'never') {
        if (transaction.id.startsWith('trap-')) trapped = true;
        if (transaction.id.startsWith('golden-')) turned = true;
        if (transaction.id.startsWith('model-')) throw Object.assign(new Error('nearhand: the score is not finite'), { name: 'NearhandError', code: 'score-not-finite' });
      }
      if (trapped) throw Object.assign(new Error('nearhand: the engine has stopped'), { name: 'NearhandError', code: 'engine-trapped' });
      const answer = assessor.assess(transaction, asked);
      return turned ? { ...answer, decision: 'review', by: 'fallback', risk: null, score: null, reasons: [], failure: 'golden-mismatch' } : answer;
    },
  };
}
