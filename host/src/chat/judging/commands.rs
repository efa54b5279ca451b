//! Slash commands: parsed here, answered by the plugin that declares them, never stored.

use super::{Destination, Submission};
use crate::{
    chat::{Chat, ChatError},
    model::{CommandReply, Refusal, policy::CommandCall},
    policy::{AskError, CommandError},
};

impl Chat {
    /// The command that a text is, if a plugin declares it; what none declares is a message.
    pub(super) fn command_call(
        &self,
        submission: &Submission,
        destination: &Destination,
    ) -> Option<CommandCall> {
        let typed = submission.new.body.strip_prefix('/')?;
        let (name, arguments) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let commands = self.policies.commands();
        commands.iter().find(|it| it.name == name)?;
        Some(CommandCall {
            name: name.to_owned(),
            arguments: arguments.trim().to_owned(),
            actor_id: submission.from.user_id,
            actor_role: destination.role,
            account_role: submission.from.account_role,
            room_id: destination.room_id,
            room_kind: destination.kind,
        })
    }

    /// Lets the plugin answer; nothing if none answers for this room and person.
    pub(super) async fn run_command(
        &self,
        call: CommandCall,
    ) -> Result<Option<CommandReply>, ChatError> {
        match self.policies.command(call).await {
            Ok(answer) => {
                self.policies.carry_out(answer.effects);
                Ok(Some(CommandReply {
                    reply: answer.reply,
                    deduplicated: false,
                }))
            }
            Err(CommandError::Ask(AskError::NotThere)) => Ok(None),
            Err(CommandError::Ask(AskError::Overloaded(busy))) => Err(busy.into()),
            Err(CommandError::Ask(AskError::Failed { plugin, .. })) => Err(refused(
                "policy_unavailable",
                "The command failed. Try again later.",
                Some(plugin),
            )),
            Err(CommandError::Rejected(it)) => Err(refused(&it.code, &it.reason, None)),
        }
    }
}

fn refused(code: &str, reason: &str, plugin: Option<String>) -> ChatError {
    ChatError::Refused(Box::new(Refusal {
        code: code.to_owned(),
        reason: reason.to_owned(),
        plugin,
        decision_id: None,
    }))
}
