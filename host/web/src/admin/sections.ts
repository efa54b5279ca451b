/** The parts of the admin's pages: where each stands, and what it is called. */
import type { Component } from 'svelte';
import type { IconName } from '../base/components/icons';
import Approvals from './approvals/Approvals.svelte';
import Held from './held/Held.svelte';
import Invites from './invites/Invites.svelte';
import Overview from './overview/Overview.svelte';
import Panels from './panels/Panels.svelte';
import People from './people/People.svelte';
import Plugins from './plugins/Plugins.svelte';
import Audit from './records/Audit.svelte';
import Decisions from './records/Decisions.svelte';
import Reports from './reports/Reports.svelte';
import type { Overview as Counts } from '../wire';
import type en from './text/en';

export interface Section {
  path: keyof (typeof en)['sections'];
  icon: IconName;
  page: Component;
  /** How many things there wait for an admin. */
  waiting?: (counts: Counts) => number;
}

export const SECTIONS: Section[] = [
  { path: 'overview', icon: 'info', page: Overview },
  { path: 'approvals', icon: 'check', page: Approvals, waiting: (counts) => counts.accounts.pending },
  { path: 'held', icon: 'hand', page: Held, waiting: (counts) => counts.held },
  { path: 'reports', icon: 'flag', page: Reports, waiting: (counts) => counts.reports },
  { path: 'people', icon: 'group', page: People },
  { path: 'invites', icon: 'send', page: Invites },
  { path: 'plugins', icon: 'settings', page: Plugins },
  { path: 'panels', icon: 'menu', page: Panels },
  { path: 'decisions', icon: 'shield', page: Decisions },
  { path: 'audit', icon: 'edit', page: Audit },
];
