//! Newcomers: who is let in, who waits and is asked, who is refused.
//!
//! Rule: a policy may refuse or hold anybody. Where the mode is not open, only the `allow` of a policy that worked lets somebody in;
//! without one they wait for an admin.

use super::{
    AccountError, Accounts, Registration, RegistrationMode, TokenPair, admin, to_its_end,
    username_taken,
};
use crate::{
    model::{
        Account, AccountStatus, Invite, OwnRegistration, Refusal, Timestamp, UserId, UserRole,
        policy::{Decision, Hold, Newcomer, NewcomerAnswer, Question, Verdict},
    },
    store::{InviteUse, NewAuditEntry, NewcomerOutcome, RegistrationRow, StatusChange},
};

/// Answers of one newcomer, and bytes of one answer. Chosen, not standard.
const ANSWERS: usize = 20;
const ANSWER_BYTES: usize = 4_096;
/// RFC 5321 §4.5.3.1.3 leaves no more for an address.
const EMAIL_BYTES: usize = 254;

/// What somebody who waits is asked, and has answered.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// By the policy that holds them.
    pub questions: Vec<Question>,
    /// So far.
    pub answers: Vec<NewcomerAnswer>,
}

/// What a decision makes of a newcomer.
struct Standing {
    status: AccountStatus,
    plugin: Option<String>,
    hold: Hold,
}

impl Accounts {
    /// Makes an account and logs in; whether it waits, the policies and the mode of registration decide.
    ///
    /// # Errors
    /// `RegistrationClosed`, `InvalidInvite`, `UsernameTaken`, `Refused`, `Overloaded`.
    pub async fn register(&self, registration: Registration) -> Result<TokenPair, AccountError> {
        let email = checked_email(registration.email.clone())?;
        let invite = self.invite_of(&registration).await?;
        let mut newcomer = self
            .newcomer(registration, AccountStatus::Pending, UserRole::Member)
            .await?;
        let event = Newcomer {
            user_id: newcomer.user.user_id,
            username: newcomer.user.username.clone(),
            display_name: newcomer.user.display_name.clone(),
            email: email.clone(),
            email_verified: false,
            invite_id: invite.as_ref().map(|it| it.invite_id.to_string()),
            invite_label: invite.as_ref().map(|it| it.label.clone()),
            answers: Vec::new(),
            attrs: Vec::new(),
        };
        let decision = self.ask(&event).await?;
        let standing = self.standing(&decision);
        newcomer.user.status = standing.status;
        if let Some(refusal) = refusal(&decision) {
            self.policies.carry_out(decision.effects);
            return Err(AccountError::Refused(Box::new(refusal)));
        }
        let said = RegistrationRow {
            user_id: newcomer.user.user_id,
            email,
            invite_id: invite.map(|it| it.invite_id),
            plugin: standing.plugin,
            note: standing.hold.note,
            questions: json(&standing.hold.questions)?,
            answers: "[]".to_owned(),
        };
        let uses = said
            .invite_id
            .filter(|_| standing.status == AccountStatus::Active);
        let making = self
            .store
            .create_newcomer(&newcomer.user, &newcomer.device, &said, uses);
        match making.await.map_err(username_taken)? {
            NewcomerOutcome::InviteGone => return Err(AccountError::InvalidInvite),
            NewcomerOutcome::Made => self.policies.carry_out(decision.effects),
        }
        // The account is there: that a letter cannot be sent is no reason to say otherwise.
        let proving = self.prove_newcomers_email(said.user_id, said.email.as_deref());
        if let Err(error) = proving.await {
            tracing::error!(%error, "a newcomer's address was not kept");
        }
        self.first_tokens(newcomer, Timestamp::now())
    }

    /// What somebody who waits is asked; nothing, for others.
    ///
    /// # Errors
    /// The database fails.
    pub async fn waiting(&self, account: &Account) -> Result<Waiting, AccountError> {
        let said = match account.status {
            AccountStatus::Pending => self.store.registration(account.user_id).await?,
            _ => None,
        };
        match said {
            Some(said) => Ok(Waiting {
                questions: parsed(&said.questions)?,
                answers: parsed(&said.answers)?,
            }),
            None => Ok(Waiting {
                questions: Vec::new(),
                answers: Vec::new(),
            }),
        }
    }

    /// What somebody said when they registered; nothing, for who was made by the setup or a plugin.
    ///
    /// # Errors
    /// The database fails.
    pub async fn own_registration(
        &self,
        user_id: UserId,
    ) -> Result<Option<OwnRegistration>, AccountError> {
        let Some(said) = self.store.registration(user_id).await? else {
            return Ok(None);
        };
        Ok(Some(OwnRegistration {
            questions: parsed(&said.questions)?,
            answers: parsed(&said.answers)?,
            email: said.email,
            invite_id: said.invite_id,
        }))
    }

    /// Brings the answers of somebody who waits to the policies, which decide once more. The account as it is then.
    ///
    /// # Errors
    /// `Invalid` if a question is unknown, left out, or not answered in its way; `WrongStatus` for who does not wait; `Overloaded`.
    pub async fn answer(
        &self,
        account: &Account,
        answers: Vec<NewcomerAnswer>,
    ) -> Result<Account, AccountError> {
        if account.status != AccountStatus::Pending {
            return Err(AccountError::WrongStatus(account.status));
        }
        let said = self.store.registration(account.user_id).await?;
        let mut said = said.ok_or(AccountError::NotFound)?;
        check_answers(&parsed::<Vec<Question>>(&said.questions)?, &answers)?;
        said.answers = json(&answers)?;
        self.judge(account, said).await
    }

    /// Lets the policies decide once more about somebody who waits, for more is known of them by now.
    ///
    /// # Errors
    /// `Overloaded`.
    pub(super) async fn judge_again(&self, user_id: UserId) -> Result<(), AccountError> {
        let account = self.account(user_id).await?;
        let said = self.store.registration(user_id).await?;
        match said.filter(|_| account.status == AccountStatus::Pending) {
            Some(said) => self.judge(&account, said).await.map(drop),
            None => Ok(()),
        }
    }

    /// Asks the policies about somebody who waits, with all that is known of them. The account as it is then.
    async fn judge(
        &self,
        account: &Account,
        mut said: RegistrationRow,
    ) -> Result<Account, AccountError> {
        let address = self.store.email(account.user_id).await?;
        // It may have ended, or been used up, since they came.
        let invite = match said.invite_id {
            Some(invite_id) => self.store.invite(invite_id).await?,
            None => None,
        }
        .filter(|it| it.is_valid(Timestamp::now()));
        let event = Newcomer {
            user_id: account.user_id,
            username: account.username.clone(),
            display_name: account.display_name.clone(),
            email_verified: address.is_some(),
            email: address.map(|it| it.address).or_else(|| said.email.clone()),
            invite_id: invite.as_ref().map(|it| it.invite_id.to_string()),
            invite_label: invite.as_ref().map(|it| it.label.clone()),
            answers: parsed(&said.answers)?,
            attrs: Vec::new(),
        };
        let decision = self.ask(&event).await?;
        let standing = self.standing(&decision);
        if standing.status == AccountStatus::Pending && decision.judged {
            said.plugin = standing.plugin.clone();
            said.note = standing.hold.note.clone();
            said.questions = json(&standing.hold.questions)?;
        }
        self.store.update_registration(&said).await?;
        let invite_use = invite.map_or(InviteUse::None, |it| InviteUse::Valid(it.invite_id));
        let settled = match self.settle(account, &decision, &standing, invite_use).await {
            // The policies knew it as valid; now an admin decides.
            Err(AccountError::InvalidInvite) => Ok(account.clone()),
            settled => settled,
        };
        self.policies.carry_out(decision.effects);
        settled
    }

    /// Gives the account the status that the policies decided on.
    async fn settle(
        &self,
        account: &Account,
        decision: &Decision,
        standing: &Standing,
        invite_use: InviteUse,
    ) -> Result<Account, AccountError> {
        let (to, action, invite_use) = match standing.status {
            AccountStatus::Active => (AccountStatus::Active, "approve", invite_use),
            AccountStatus::Rejected => (AccountStatus::Rejected, "reject", InviteUse::None),
            AccountStatus::Pending | AccountStatus::Suspended | AccountStatus::Deleted => {
                return Ok(account.clone());
            }
        };
        let change = StatusChange {
            user_id: account.user_id,
            from: [AccountStatus::Pending, AccountStatus::Pending],
            to,
            invite_use,
            audit: NewAuditEntry {
                at: Timestamp::now(),
                actor_id: None,
                action,
                target_id: Some(account.user_id),
                reason: refusal(decision).map(|it| it.reason),
                detail: Some(admin::by_policy(
                    standing.plugin.as_deref(),
                    decision.decision_id,
                )),
            },
        };
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        to_its_end(admin::change_status(store, delivery, change)).await
    }

    async fn invite_of(&self, registration: &Registration) -> Result<Option<Invite>, AccountError> {
        let code = registration.invite.as_deref().map(str::trim);
        let Some(code) = code.filter(|it| !it.is_empty()) else {
            return match self.registration_mode {
                RegistrationMode::Closed => Err(AccountError::RegistrationClosed),
                RegistrationMode::Open | RegistrationMode::Approval => Ok(None),
            };
        };
        let found = match code.contains('\0') {
            true => None,
            false => self.store.valid_invite(code, Timestamp::now()).await?,
        };
        found.map(Some).ok_or(AccountError::InvalidInvite)
    }

    async fn ask(&self, newcomer: &Newcomer) -> Result<Decision, AccountError> {
        /// Chosen, not standard: plugins that are busy are mostly done by then.
        const RETRY_AFTER_MS: u64 = 250;
        let asking = self.policies.registration(newcomer).await;
        asking.map_err(|_| AccountError::Overloaded {
            retry_after_ms: RETRY_AFTER_MS,
        })
    }

    fn standing(&self, decision: &Decision) -> Standing {
        let is_open = self.registration_mode == RegistrationMode::Open;
        let (status, hold) = match &decision.verdict {
            Verdict::Allow if is_open || decision.judged => {
                (AccountStatus::Active, Hold::default())
            }
            Verdict::Hold(hold) => (AccountStatus::Pending, hold.clone()),
            Verdict::Reject(_) => (AccountStatus::Rejected, Hold::default()),
            Verdict::Allow | Verdict::Modify { .. } => (AccountStatus::Pending, Hold::default()),
        };
        Standing {
            status,
            plugin: decision.plugin.as_ref().map(ToString::to_string),
            hold,
        }
    }
}

fn refusal(decision: &Decision) -> Option<Refusal> {
    match &decision.verdict {
        Verdict::Reject(rejection) => Some(Refusal {
            code: rejection.code.clone(),
            reason: rejection.reason.clone(),
            plugin: decision.plugin.as_ref().map(ToString::to_string),
            decision_id: decision.decision_id,
        }),
        _ => None,
    }
}

/// Every answer belongs to a question, every required question has one, and a choice is one of its options.
fn check_answers(questions: &[Question], answers: &[NewcomerAnswer]) -> Result<(), AccountError> {
    let invalid = |rule: String| AccountError::Invalid {
        field: "answers",
        rule,
    };
    if answers.len() > ANSWERS {
        return Err(invalid(format!("are {}, limit {ANSWERS}", answers.len())));
    }
    for answer in answers {
        let id = &answer.question_id;
        let asked = questions.iter().find(|it| it.id == *id);
        let asked = asked.ok_or_else(|| invalid(format!("nobody asked {id:?}")))?;
        if answer.text.len() > ANSWER_BYTES || answer.text.contains('\0') {
            let rule = format!("{id}: at most {ANSWER_BYTES} bytes, without NUL");
            return Err(invalid(rule));
        }
        let mut options = asked.attrs.iter().filter(|it| it.name == "option");
        if asked.kind == "choice" && !options.any(|it| it.value == answer.text) {
            return Err(invalid(format!("{id}: not one of the options")));
        }
    }
    let is_answered = |question: &&Question| {
        let mut of_it = answers.iter().filter(|it| it.question_id == question.id);
        of_it.any(|it| !it.text.trim().is_empty())
    };
    let mut required = questions.iter().filter(|it| it.required);
    match required.find(|it| !is_answered(it)) {
        Some(left_out) => Err(invalid(format!("{} must be answered", left_out.id))),
        None => Ok(()),
    }
}

pub(super) fn checked_email(email: Option<String>) -> Result<Option<String>, AccountError> {
    let email = email.map(|it| it.trim().to_owned());
    let email = email.filter(|it| !it.is_empty());
    let fits =
        |it: &String| it.len() <= EMAIL_BYTES && it.contains('@') && !it.contains(char::is_control);
    if email.as_ref().is_some_and(|it| !fits(it)) {
        return Err(AccountError::Invalid {
            field: "email",
            rule: format!("must be an address of at most {EMAIL_BYTES} bytes"),
        });
    }
    Ok(email)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, AccountError> {
    serde_json::to_string(value).map_err(|error| AccountError::Internal(error.to_string()))
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, AccountError> {
    serde_json::from_str(text).map_err(|error| AccountError::Internal(error.to_string()))
}
