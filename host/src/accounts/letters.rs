//! Letters to people's addresses, by SMTP.
//!
//! Rule: nobody waits for a letter, so that an answer tells nothing about it; what could not be sent is logged, without the address.

use std::sync::Arc;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::Address,
    message::{Mailbox, header::ContentType},
};
use tokio::sync::Semaphore;

use super::AccountError;

/// Letters on their way at once; more are left out. Chosen, not standard.
const AT_ONCE: usize = 32;

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
    places: Arc<Semaphore>,
}

/// What a letter is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Letter {
    /// Proving an address.
    Verify,
    /// A new password.
    Reset,
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
            places: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Sends a letter in the background.
    pub(super) fn send(&self, letter: Letter, to: &str, token: &str) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return tracing::warn!(?letter, "a letter was left out: too many are on their way");
        };
        let message = match self.written(letter, to, token) {
            Ok(message) => message,
            Err(error) => return tracing::error!(%error, ?letter, "a letter cannot be written"),
        };
        let transport = self.transport.clone();
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = transport.send(message).await {
                tracing::error!(%error, ?letter, "a letter could not be sent");
            }
        });
    }

    fn written(
        &self,
        letter: Letter,
        to: &str,
        token: &str,
    ) -> Result<Message, lettre::error::Error> {
        let server = &self.public_url;
        let (subject, body) = match letter {
            Letter::Verify => (
                "Confirm your address",
                format!(
                    "Open this link to confirm that this is your address:\n\n{server}/#/verify/{token}\n\n\
                     It works once, for a day. If you did not ask for it, do nothing.\n"
                ),
            ),
            Letter::Reset => (
                "A new password",
                format!(
                    "Open this link to choose a new password:\n\n{server}/#/reset/{token}\n\n\
                     It works once, for an hour, and logs all your devices out. If you did not ask for it, do nothing.\n"
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
