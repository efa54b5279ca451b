/** What goes over the wire, by short names. The shapes are generated from the server (`openapi.ts`). */
import type { components, paths } from './openapi';

export type { paths };
type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type AccountCounts = Schemas['AccountCounts'];
export type AccountStatus = Schemas['AccountStatus'];
export type AccountStatusChanged = Schemas['AccountStatusChanged'];
export type AuditEntry = Schemas['AuditEntry'];
export type Block = Schemas['Block'];
export type BlockChanged = Schemas['BlockChanged'];
export type Change = Schemas['Change'];
export type DeletedMessage = Schemas['DeletedMessage'];
export type DecisionRecord = Schemas['DecisionRecord'];
export type Device = Schemas['Device'];
export type EmailAddress = Schemas['EmailAddress'];
export type Entrance = Schemas['Entrance'];
export type ErrorBody = Schemas['ErrorBody'];
export type ErrorCode = Schemas['ErrorCode'];
export type ErrorDetails = Schemas['ErrorDetails'];
export type HeldContext = Schemas['HeldContext'];
export type HeldEntry = Schemas['HeldEntry'];
export type HookStatus = Schemas['HookStatus'];
export type Invite = Schemas['Invite'];
export type ResetLink = Schemas['ResetLink'];
export type Member = Schemas['Member'];
export type MemberRole = Schemas['MemberRole'];
export type Message = Schemas['Message'];
export type MessageDecision = Schemas['MessageDecision'];
export type MessageReceipt = Schemas['MessageReceipt'];
export type Mute = Schemas['Mute'];
export type MuteChanged = Schemas['MuteChanged'];
export type Overview = Schemas['Overview'];
export type Panel = Schemas['Panel'];
export type PanelAction = Schemas['PanelAction'];
export type PanelRow = Schemas['PanelRow'];
export type PluginPanels = Schemas['PluginPanels'];
export type PluginState = Schemas['PluginState'];
export type PluginStatus = Schemas['PluginStatus'];
export type PolicyNotice = Schemas['PolicyNotice'];
export type Privacy = Schemas['Privacy'];
export type Profile = Schemas['Profile'];
export type Question = Schemas['Question'];
export type Reach = Schemas['Reach'];
export type ReceivedMessage = Schemas['ReceivedMessage'];
export type Registered = Schemas['Registered'];
export type Report = Schemas['Report'];
export type ReportContext = Schemas['ReportContext'];
export type RoomBan = Schemas['RoomBan'];
export type RoomSummary = Schemas['RoomSummary'];
export type RoomSync = Schemas['RoomSync'];
export type StatusUpdate = Schemas['StatusUpdate'];
export type Submitted = Schemas['Submitted'];
export type SyncResponse = Schemas['SyncResponse'];
export type Tokens = Schemas['Tokens'];
export type Typing = Schemas['Typing'];
export type Watermark = Schemas['Watermark'];
export type Watermarks = Schemas['Watermarks'];
export type WireError = Schemas['ApiError'];

/** What a client may say on the socket: its data, and the data of the answer. */
export interface ClientEvents {
  register_user: { data: Schemas['RegisterUser']; answer: Registered };
  send_private_message: { data: Schemas['SendPrivate']; answer: Submitted };
  send_group_message: { data: Schemas['SendGroup']; answer: Submitted };
  message_status_update: { data: Schemas['MessageStatusUpdate']; answer: Schemas['ReceiptAck'] };
  delete_message: { data: Schemas['DeleteMessage']; answer: DeletedMessage };
  typing: { data: Schemas['TypingEvent']; answer: Record<string, never> };
  sync: { data: Schemas['SyncRequest']; answer: SyncResponse };
}

type Pushes = { [Push in Schemas['ServerEvent'] as Push['event']]: Push['data'] };

/** What the server says unasked, by event. */
export type ServerEvents = Pushes & { registered: Registered };
