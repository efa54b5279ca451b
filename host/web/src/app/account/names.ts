import type { IconName } from '../../base/components/icons';
import type en from '../text/en';

/** The pages about one's own account, by their paths. */
export type PageName = keyof (typeof en)['profile']['pages'];

export const ICONS: Record<PageName, IconName> = {
  password: 'key',
  email: 'mail',
  devices: 'device',
  privacy: 'eye',
  blocked: 'ban',
  data: 'download',
};

export const PAGE_NAMES = Object.keys(ICONS) as PageName[];
