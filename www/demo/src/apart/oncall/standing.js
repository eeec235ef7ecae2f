// How the page stands, of what `run` says of itself.

/** How it stands: `learning`, `quiet`, a level, `held` (quiet, as something else answers than what alarmed), or `probation`. */
export function standing({ learning, info, quiet, mode }) {
  if (info.state === 'failed') return 'stop';
  if (learning) return 'learning';
  return info.standing ?? (mode === 'model' ? 'quiet' : quiet === undefined ? 'held' : 'probation');
}
