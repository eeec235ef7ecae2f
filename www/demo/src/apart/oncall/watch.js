// The monitor of the simulated shop, and what is needed to draw it: counts of what was usual and of the last visits. Counts come as a host would
// get them, from the monitor's own reports; the sink is a collector in this page, so nothing is sent anywhere.

import { createCollector, createMonitor } from 'nearhand/monitor';

/** Visits that are learnt from. */
export const LEARN = 1000;
/** Visits between two looks, and between two reports. */
const EVERY = 25;
/** Reports that are drawn as "now". */
const WINDOW = 12;

/** `onAlert(alert)` is told once an alert. */
export async function watch(onAlert) {
  /** What was learnt from, kept until it is counted. */
  let learnt = [];
  let reference;
  let collector;
  let usual;
  let counts = [];
  let told = 0;
  let monitor = await createMonitor({ learn: LEARN, visitors: 'many', onReference: (bytes) => (reference = bytes) });

  const tell = (to, { slate, context, dwellMs, unknown, missed }) => {
    to.observe('dwell_ms', dwellMs);
    to.saw(slate, context);
    to.happened('unknown-item', unknown);
    to.happened('next-item-missed', missed);
  };
  const counted = () => ({ streams: collector.streams(), rates: collector.rates() });
  const anew = () => createMonitor({ reference, visitors: 'many', every: EVERY, onAlert, consent: 'session', sink: (report) => collector.add(report) });

  async function begin() {
    collector = await createCollector({ reference });
    const first = await anew();
    for (const visit of learnt) tell(first, visit);
    first.flush();
    usual = counted();
    first.close();
    learnt = [];
    collector = await createCollector({ reference });
    await again();
  }

  /** A monitor that remembers nothing: what stood before was told. */
  async function again() {
    const next = await anew();
    monitor.close();
    monitor = next;
    counts = [counted()];
  }

  return {
    learning: () => (usual ? undefined : { seen: learnt.length, of: LEARN }),
    /** Of a visit: the slate that the published shop made, and what came of it. */
    async tell(visit) {
      if (!usual) learnt.push({ ...visit, slate: slim(visit.slate) });
      tell(monitor, visit);
      if (!usual) return void (reference && (await begin()));
      if (++told % EVERY) return;
      monitor.flush();
      counts = [...counts, counted()].slice(-WINDOW - 1);
    },
    again,
    info: () => monitor.info(),
    /** `{ streams: [{ name, bins: [{ values, usual, now }] }], rates: [{ name, usual, now, of }] }`, shares of 1; `now` is null before there is a report. */
    counts() {
      const [first, last] = [counts[0], counts.at(-1)];
      const streams = usual.streams.map(({ name, bins }, at) => {
        const now = bins.map((_, bin) => last.streams[at].bins[bin].count - first.streams[at].bins[bin].count);
        const [all, allNow] = [sum(bins.map(({ count }) => count)), sum(now)];
        return { name, bins: bins.map(({ values, count }, bin) => ({ values, usual: count / all, now: allNow ? now[bin] / allNow : null })) };
      });
      const rates = usual.rates.map(({ name, share }, at) => {
        const [from, to] = [first.rates[at], last.rates[at]];
        const of = to.of - from.of;
        return { name, usual: share, of, now: of ? (to.of * (to.share ?? 0) - from.of * (from.share ?? 0)) / of : null };
      });
      return { streams, rates };
    },
    close: () => monitor.close(),
  };
}

const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);

/** As much of a slate as the monitor reads. */
const slim = ({ items, tier, source, notes, events, tookMs }) => ({ items: items.map(({ item, score, category }) => ({ item, score, category })), tier, source, notes, events, tookMs });
