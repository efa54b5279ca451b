import type en from './en';

export default {
  title: 'Verwaltung',
  forAdmins: 'Diese Seiten sind für die Verwaltung dieses Servers.',
  toChat: 'Zum Chat',
} satisfies typeof en;
