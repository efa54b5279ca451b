/** How a plugin does, in one word and a few numbers. */
import type { Tone } from '../../base/components/Badge.svelte';
import type { PluginState, PluginStatus } from '../../wire';

export const TONES: Record<PluginState, Tone> = {
  active: 'good',
  kept_old: 'warning',
  file_gone: 'warning',
  unavailable: 'bad',
  failed: 'bad',
  disabled: 'plain',
  rolled_back: 'warning',
};

export interface Sums {
  calls: number;
  failures: number;
  /** Of the slowest hook. */
  p99Us: number;
  /** Hooks that are not asked at present. */
  open: number;
}

/** Over all hooks, since the server started. */
export function sumsOf(plugin: PluginStatus): Sums {
  const sums: Sums = { calls: 0, failures: 0, p99Us: 0, open: 0 };
  for (const { verdicts, traps, timeouts, p99_us, breaker } of plugin.hooks) {
    sums.calls += verdicts.allow + verdicts.modify + verdicts.hold + verdicts.reject + traps + timeouts;
    sums.failures += traps + timeouts;
    sums.p99Us = Math.max(sums.p99Us, p99_us);
    if (breaker !== 'closed') sums.open++;
  }
  return sums;
}

/** Whether an admin should look at it. */
export function needsCare(plugin: PluginStatus): boolean {
  return !['active', 'disabled'].includes(plugin.state) || sumsOf(plugin).open > 0;
}
