// The worker with faults, by the ids of what is asked: terminals that hang, fail or are slow, a disk that fails, a platform that fails.
import worker, { Card as RealCard, Queue as RealQueue, Register as RealRegister, Terminal as RealTerminal } from '#checkout';

export default worker;

export class Queue extends RealQueue {
  /** So many more wait before the first that comes in this life. */
  async push(tenant, waiting) {
    if (this.env.CROWD && !this.crowded) {
      this.crowded = true;
      this.ctx.storage.sql.exec("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO queue (id, body, received) SELECT 'crowd-' || i, '{}', ? FROM n", Number(this.env.CROWD), Date.now());
    }
    return super.push(tenant, waiting);
  }
}

export class Register extends RealRegister {
  async claim(claim) {
    // Not there for the second card that comes with an id; the next time it is.
    const second = claim.id.startsWith('twice-') && this.claimed?.has(claim.id) && !this.failed?.has(claim.id);
    if (second) {
      this.failed = (this.failed ?? new Set()).add(claim.id);
      throw new Error('the register is not to be reached');
    }
    this.claimed = (this.claimed ?? new Set()).add(claim.id);
    return super.claim(claim);
  }
}

export class Card extends RealCard {
  async assess(asked) {
    if (asked.id.startsWith('platform-')) throw new Error('the object is not to be reached');
    if (asked.id.startsWith('disk-')) this.ctx.storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    try {
      return await super.assess(asked);
    } finally {
      if (asked.id.startsWith('disk-')) this.ctx.storage.sql.exec('DROP TRIGGER full');
    }
  }

  /** Changes what is stored, once, by a statement of the settings. */
  async audit(tenant, after) {
    if (this.env.TAMPER && !this.tampered) {
      this.tampered = true;
      this.ctx.storage.sql.exec(this.env.TAMPER);
      if (this.env.ALARM) await this.alarm();
    }
    return super.audit(tenant, after);
  }
}

export class Terminal extends RealTerminal {
  async observe(asked) {
    // Only the first time: what is sent again after the answer arrives.
    const first = !this.seen?.has(asked.id);
    this.seen = (this.seen ?? new Set()).add(asked.id);
    if (asked.id.startsWith('hang-') && first) await new Promise((done) => setTimeout(done, 20_000));
    // Not there for a second, so that the card still has to tell it when it is forgotten.
    if (asked.id.startsWith('away-')) {
      this.away ??= Date.now();
      if (Date.now() - this.away < 1500) throw new Error('the terminal is not to be reached');
    }
    if (asked.id.startsWith('down-') && first) throw new Error('the terminal is not to be reached');
    const counted = await super.observe(asked);
    // Counted, and the answer is on its way for a while: where a kill finds most.
    if (this.env.SLOW) await new Promise((done) => setTimeout(done, 25));
    return counted;
  }
}
