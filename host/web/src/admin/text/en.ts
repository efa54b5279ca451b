export default {
  title: 'Administration',
  forAdmins: 'These pages are for admins of this server.',
  toChat: 'To the chat',
};
