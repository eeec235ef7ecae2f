// The worker with faults, as `/fault?set=` says: an alarm that cannot be set, a disk that is full, an object that is not to be reached.
import worker, { Sum as RealSum } from '#collector';

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== '/fault') return worker.fetch(request, env);
    const [reference] = (await (await worker.fetch(new Request('http://x/health'), env)).json()).references;
    return Response.json({ alarm: await env.SUMS.get(env.SUMS.idFromName(reference)).fault(searchParams.get('set')) });
  },
};

export class Sum extends RealSum {
  /** What goes wrong from now on. When its alarm goes off. */
  async fault(set) {
    const { sql } = this.ctx.storage;
    this.set = set;
    const full = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'full'").toArray().length > 0;
    if (full) sql.exec('DROP TRIGGER full');
    if (set === 'disk') sql.exec("CREATE TRIGGER full BEFORE INSERT ON known BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    return this.ctx.storage.getAlarm();
  }

  async add(digest, report) {
    if (this.set === 'reach') throw new Error('not to be reached');
    if (this.env.NO_ALARM) {
      this.ctx.storage.setAlarm = async () => {
        throw new Error('no alarm');
      };
    }
    return super.add(digest, report);
  }
}
