// One fault in front of the monitor: quiet answers first, then those with the fault, until somebody would be told.

/** From here on somebody has to look; a notice says that something has changed, and no more. */
const TOLD = ['warn', 'fallback', 'stop'];
/** Answers that are told before the fault, at most. */
const BEFORE = 1000;
const DONE = { warn: 'warn', fallback: 'fall-back', stop: 'stop' };

/**
 * Predictions until the first alert above a notice, at most `most`: `{ by, after, action }`, where there was none those of the first notice, else `by` null.
 * `quiet`: what is told before. `fault.begin(world)` gives the step that serves one prediction with the fault and tells the monitor of it.
 */
export async function watched(world, fault, most) {
  const alerts = [];
  const clock = { now: world.now };
  const monitor = await world.createMonitor({
    reference: world.reference,
    visitors: 'many',
    made: world.made,
    warnAfterMs: world.warnAfterMs,
    now: () => clock.now,
    onAlert: (alert) => alerts.push(alert),
  });
  for (const tell of world.quiet.slice(-BEFORE)) tell(monitor);
  const early = alerts.splice(0).find(({ level }) => TOLD.includes(level));
  if (early) throw new Error(`${world.task}: ${early.code} ${early.subject} ${early.level} before any fault`);
  const step = await fault.begin(world);
  let after = 0;
  let told;
  let noticed;
  while (!told && after < most) {
    try {
      await step(monitor, ++after, clock);
    } catch (error) {
      if (typeof error.code !== 'string' || error.name !== 'NearhandError') throw error;
      return { by: error.code, after, action: 'no-answer' };
    }
    told = alerts.find(({ level }) => TOLD.includes(level));
    if (alerts.length) noticed ??= { alert: alerts[0], after };
  }
  if (process.env.FAULTS_DEBUG) for (const alert of alerts) console.error(fault.name, JSON.stringify(alert));
  if (monitor.info().state === 'failed') throw new Error(`${world.task} ${fault.name}: the monitor has failed, ${monitor.info().error.message}`);
  monitor.close();
  const named = (alert) => `${alert.code}${alert.subject && `:${alert.subject}`}`;
  if (told) return { by: named(told), after, action: DONE[told.level] };
  return noticed ? { by: named(noticed.alert), after: noticed.after, action: 'notice' } : { by: null, after, action: 'none' };
}

/** A load that must be refused: by which code. Nothing has been answered by then. */
export async function refused(load) {
  try {
    (await load()).close?.();
  } catch (error) {
    if (typeof error.code !== 'string') throw error;
    return { by: error.code, after: 0, action: 'refused' };
  }
  return { by: null, after: 0, action: 'none' };
}
