/** What policies told admins while these pages were open, newest first. */
import type { PolicyNotice } from '../wire';

/** Chosen, not standard. */
const KEPT = 20;

class Notices {
  list = $state.raw<(PolicyNotice & { at: string })[]>([]);

  add(notice: PolicyNotice): void {
    this.list = [{ ...notice, at: new Date().toISOString() }, ...this.list].slice(0, KEPT);
  }
}

export const notices = new Notices();
