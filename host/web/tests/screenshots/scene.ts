/** A server with people who talk, for pictures. */
import type { Natter, Person } from '../natter';

const QUESTIONS = `
grants = ["set_status"]
[config]
questions = [{ id = "why", text = "Why do you come?" }, { id = "who", text = "Who told you of us?", required = false }]
`;
const FILTER = `
[config]
words = { list = ["darn"], action = "mask" }
patterns = { list = ['\\b\\d{4}-\\d{4}\\b'], action = "hold" }
links = { allowed_hosts = ["example.org"], action = "refuse" }
`;

export const POLICIES = { 'admin-approval': QUESTIONS, 'message-filter': FILTER };

export interface Scene {
  ada: Person;
  bob: Person;
  mary: Person;
  /** Rooms by their ids. */
  direct: string;
  group: string;
}

export async function peopled(natter: Natter): Promise<Scene> {
  const ada = await natter.setUp();
  const enter = async (username: string, name: string): Promise<Person> => {
    const person = await natter.register(username, name);
    await natter.rest('POST', `/admin/users/${person.user_id}/approve`, ada, {});
    return person;
  };
  const bob = await enter('bob', 'Bob Noyce');
  const mary = await enter('mary', 'Mary Somerville');
  const max = await enter('maxwell', 'James Clerk Maxwell-Somebody-With-A-Long-Name');
  await enter('margaret', 'Margaret Hamilton');

  const direct = await talk(natter, ada, bob);
  await natter.say(max, { to: ada.user_id }, 'שלום — is this the right place for the reading group? '.repeat(4));
  const group = await natter.group(ada, 'Tea and biscuits', [bob, mary, max]);
  const room = { room_id: group };
  await natter.say(ada, room, 'Who brings what on Thursday?');
  await natter.emit(ada, 'message_status_update', { room_id: group, up_to_seq: 1, status: 'read' });
  await natter.say(bob, room, 'I bring the tea.');
  await natter.say(bob, room, 'Two kinds of it, https://example.org/tea has them.');
  const biscuits = await natter.say(mary, room, 'I bring biscuits, if nobody minds ginger.\n\nAnd a cake:\n- flour\n- eggs\n- luck');
  await natter.say(max, room, 'Ginger is fine', { reply_to: biscuits.data?.message_id });
  return { ada, bob, mary, direct, group };
}

async function talk(natter: Natter, ada: Person, bob: Person): Promise<string> {
  const toBob = { to: bob.user_id };
  const toAda = { to: ada.user_id };
  const first = await natter.say(ada, toBob, 'Did the parts arrive?');
  await natter.say(bob, toAda, 'Yes, this morning. The box was open, but nothing is missing.');
  await natter.say(bob, toAda, 'Reply with a time, and I come over.', { reply_to: first.data?.message_id });
  await natter.say(ada, toBob, 'Four?');
  const last = await natter.say(ada, toBob, 'See you at four then 👋');
  const { room_id = '', seq } = last.data ?? {};
  await natter.emit(bob, 'message_status_update', { room_id, up_to_seq: seq, status: 'read' });
  return room_id;
}
