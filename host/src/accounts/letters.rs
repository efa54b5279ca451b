//! Letters to people's addresses, by SMTP.
//!
//! Rule: nobody waits for a letter, so that an answer tells nothing about it; what could not be sent is logged, without the address.

use std::sync::Arc;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::Address,
    message::{Mailbox, header::ContentType},
    transport::smtp,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::AccountError;

/// Letters on their way at once, to strangers and to owners each; more are left out. Chosen, not standard.
const AT_ONCE: usize = 16;

/// Where letters go out.
#[derive(Clone, Debug)]
pub struct MailOptions {
    /// `smtps://USER:PASSWORD@HOST`, or `smtp://…?tls=required`.
    pub url: String,
    /// Who they come from.
    pub from: String,
    /// The address of this server's pages, for links.
    pub public_url: String,
}

/// The way out.
#[derive(Clone)]
pub(super) struct Letters {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    public_url: Arc<str>,
    to_strangers: Arc<Semaphore>,
    to_owners: Arc<Semaphore>,
}

/// Who a letter goes to. Strangers can be written to by whoever names their address here, so they do not take owners' places.
#[derive(Clone, Copy, Debug)]
pub(super) enum Recipient {
    /// They have yet to prove that the address is theirs.
    Stranger,
    /// They have proven it.
    Owner,
}

/// What a letter says.
#[derive(Clone, Copy)]
pub(super) enum Letter<'a> {
    /// How to prove this address, with a link's secret.
    Verify(&'a str),
    /// How to get a new password, with a link's secret.
    Reset(&'a str),
    /// That another address is to take this one's place.
    AddressChange,
}

/// Room for a letter among those on their way.
pub(super) struct Place {
    letters: Letters,
    permit: OwnedSemaphorePermit,
}

impl Letters {
    /// Connects to nobody yet.
    pub(super) fn new(options: &MailOptions) -> Result<Self, AccountError> {
        let wrong = |what: &str| AccountError::Internal(format!("{what} cannot be used"));
        // The address is not repeated: it may hold a password.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&options.url)
            .map_err(|_| wrong("smtp.url"))?;
        Ok(Self {
            transport: transport.build(),
            from: options.from.parse().map_err(|_| wrong("smtp.from"))?,
            public_url: options.public_url.as_str().into(),
            to_strangers: Arc::new(Semaphore::new(AT_ONCE)),
            to_owners: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Room for one more letter. Ask for it before anything is stored that says that a letter went out.
    pub(super) fn place(&self, recipient: Recipient) -> Option<Place> {
        let places = match recipient {
            Recipient::Stranger => &self.to_strangers,
            Recipient::Owner => &self.to_owners,
        };
        let permit = Arc::clone(places).try_acquire_owned();
        if permit.is_err() {
            tracing::warn!(
                ?recipient,
                "a letter was left out: too many are on their way"
            );
        }
        Some(Place {
            letters: self.clone(),
            permit: permit.ok()?,
        })
    }

    fn written(&self, letter: Letter<'_>, to: &str) -> Result<Message, lettre::error::Error> {
        let server = &self.public_url;
        let (subject, body) = match letter {
            Letter::Verify(token) => (
                "Confirm your address",
                format!(
                    "Open this link to confirm that this is your address:\n\n{server}/#/verify/{token}\n\n\
                     It works once, for a day. If you did not ask for it, do nothing.\n"
                ),
            ),
            Letter::Reset(token) => (
                "A new password",
                format!(
                    "Open this link to choose a new password:\n\n{server}/#/reset/{token}\n\n\
                     It works once, for an hour, and logs all your devices out. If you did not ask for it, do nothing.\n"
                ),
            ),
            Letter::AddressChange => (
                "Another address for your account",
                format!(
                    "Somebody who knows your password asked that letters go to another address from now on. They will, once that \
                     address is confirmed.\n\nIf it was not you, change your password at once, which ends that:\n\n{server}/\n"
                ),
            ),
        };
        let to: Address = to.parse().map_err(|_| lettre::error::Error::MissingTo)?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(body)
    }
}

impl Place {
    /// Sends a letter in the background.
    pub(super) fn send(self, letter: Letter<'_>, to: &str) {
        let Self { letters, permit } = self;
        let message = match letters.written(letter, to) {
            Ok(message) => message,
            Err(error) => return tracing::error!(%error, "a letter cannot be written"),
        };
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = letters.transport.send(message).await {
                tracing::error!(why = reason(&error), "a letter could not be sent");
            }
        });
    }
}

/// Why a letter was not taken, without what the other server said: that often repeats the address.
fn reason(error: &smtp::Error) -> String {
    if let Some(code) = error.status() {
        return format!("the mail server answered {code}");
    }
    let kind = if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_tls() {
        "no TLS with it"
    } else if error.is_response() || error.is_client() {
        "it was not understood"
    } else {
        "it cannot be reached"
    };
    kind.to_owned()
}
