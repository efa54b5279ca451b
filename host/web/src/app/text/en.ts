export default {
  title: 'Natter',
};
