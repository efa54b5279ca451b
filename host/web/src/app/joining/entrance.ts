import { api, call } from '../../base/api';
import type { Entrance } from '../../wire';

/** How this server lets people in. */
export function entrance(): Promise<Entrance> {
  return call(api.GET('/api/v1/auth'));
}

/** What to call this browser in the list of somebody's devices. */
export function deviceName(): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(navigator.userAgent)?.[1] ?? 'Browser';
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(navigator.userAgent)?.[1];
  return system ? `${browser}, ${system}` : browser;
}
