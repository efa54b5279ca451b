import type en from './en';

export default {
  title: 'Natter',
} satisfies typeof en;
