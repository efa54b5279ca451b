/** The pages about one's own account, loaded when one of them is opened. */
import type { Component } from 'svelte';
import Blocked from './Blocked.svelte';
import type { PageName } from './names';
import Data from './Data.svelte';
import Devices from './Devices.svelte';
import Email from './Email.svelte';
import Password from './Password.svelte';
import Privacy from './Privacy.svelte';

export const PAGES: Record<PageName, Component> = {
  password: Password,
  email: Email,
  devices: Devices,
  privacy: Privacy,
  blocked: Blocked,
  data: Data,
};
