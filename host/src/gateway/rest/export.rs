//! Writes what is known of one person, page by page, no faster than they take it.
//!
//! Rule: one export of an account at a time, a few of all; and who does not read theirs loses it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use serde::Serialize;
use tokio::{sync::mpsc, time::timeout};

use crate::{
    chat::{Chat, ChatError},
    model::{Cursor, ReceiptStatus, UserId},
};

/// Exports at once; more are told to come later. Chosen, not standard.
const AT_ONCE: usize = 4;
/// Rows that are read at once: of the largest messages some megabytes.
const PAGE: i64 = 64;
/// How long a client may take for such a page. Chosen, not standard: the largest at 0.5 Mbit/s.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose exports are under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Exports {
    running: Arc<Mutex<HashSet<UserId>>>,
}

/// The place of one; it ends with this.
#[derive(Debug)]
pub(super) struct Place {
    exports: Exports,
    user_id: UserId,
}

impl Exports {
    /// A place for this person's; none while they have one, or too many others do.
    pub(super) fn place(&self, user_id: UserId) -> Option<Place> {
        let mut running = self.lock();
        if running.len() >= AT_ONCE || !running.insert(user_id) {
            return None;
        }
        Some(Place {
            exports: self.clone(),
            user_id,
        })
    }

    // A panic under this lock leaves the set whole, so poisoning carries no news.
    fn lock(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.exports.lock().remove(&self.user_id);
    }
}

/// An export on its way.
pub(super) struct Export {
    pub(super) chat: Arc<Chat>,
    pub(super) user_id: UserId,
    pub(super) chunks: mpsc::Sender<Result<Bytes, std::io::Error>>,
    pub(super) place: Place,
}

/// Why an export broke off.
enum Broken {
    /// The client went away, or takes nothing.
    Unread,
    /// We failed; the client sees a body that ends too early.
    Failed(ChatError),
}

impl Export {
    /// Sends it to its end. `head` is the beginning of a JSON object, up to the next name.
    pub(super) async fn run(self, head: String) {
        match self.write(head).await {
            Ok(()) => {}
            Err(Broken::Unread) => tracing::debug!("an export was not read to its end"),
            Err(Broken::Failed(error)) => {
                tracing::error!(%error, "an export broke off");
                let broken = std::io::Error::other("the export broke off");
                // Whoever went away needs to know nothing.
                drop(timeout(PATIENCE, self.chunks.send(Err(broken))).await);
            }
        }
        drop(self.place);
    }

    async fn write(&self, head: String) -> Result<(), Broken> {
        self.send(head + "\"messages\":[").await?;
        self.messages().await?;
        self.send("],\n\"held_messages\":[".to_owned()).await?;
        self.held_messages().await?;
        self.send("],\n\"receipts\":[".to_owned()).await?;
        self.receipts().await?;
        self.send("],\n\"reports\":[".to_owned()).await?;
        self.reports().await?;
        self.send("]}\n".to_owned()).await
    }

    async fn messages(&self) -> Result<(), Broken> {
        let mut after = String::new();
        loop {
            let page = self.chat.own_messages(self.user_id, &after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            let is_first = after.is_empty();
            after.clone_from(&last.client_msg_id);
            self.send(rows(&page, is_first)).await?;
        }
    }

    async fn held_messages(&self) -> Result<(), Broken> {
        let mut after = String::new();
        loop {
            let page = self
                .chat
                .own_held_messages(self.user_id, &after, PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            let is_first = after.is_empty();
            after.clone_from(&last.client_msg_id);
            self.send(rows(&page, is_first)).await?;
        }
    }

    async fn receipts(&self) -> Result<(), Broken> {
        let mut is_first = true;
        for room in self.chat.own_rooms(self.user_id).await? {
            let mut after = (ReceiptStatus::Delivered, 0);
            loop {
                let page = self
                    .chat
                    .own_receipts(self.user_id, room.room_id, after, PAGE)
                    .await?;
                let Some(last) = page.last() else {
                    break;
                };
                after = (last.status, last.to_seq);
                self.send(rows(&page, is_first)).await?;
                is_first = false;
            }
        }
        Ok(())
    }

    async fn reports(&self) -> Result<(), Broken> {
        let mut after = Cursor::FIRST;
        loop {
            let page = self.chat.own_reports(self.user_id, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            let is_first = after == Cursor::FIRST;
            after = Cursor {
                at: last.created_at,
                id: last.report_id,
            };
            self.send(rows(&page, is_first)).await?;
        }
    }

    async fn send(&self, text: String) -> Result<(), Broken> {
        let sending = timeout(PATIENCE, self.chunks.send(Ok(Bytes::from(text))));
        match sending.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Broken::Unread),
        }
    }
}

impl From<ChatError> for Broken {
    fn from(error: ChatError) -> Self {
        Self::Failed(error)
    }
}

/// Objects with commas between, and one before unless they are the first.
fn rows<T: Serialize>(page: &[T], is_first: bool) -> String {
    let mut text = String::new();
    for (nth, row) in page.iter().enumerate() {
        text.push_str(if nth == 0 && is_first { "\n" } else { ",\n" });
        // Serialising plain data to memory cannot fail.
        text.push_str(&serde_json::to_string(row).unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn one_account_has_one_export_and_all_have_a_few() {
        let exports = Exports::default();
        let ann = UserId::generate();
        let anns = exports.place(ann).unwrap();
        assert!(exports.place(ann).is_none());
        let mut others: Vec<_> = (1..AT_ONCE)
            .map(|_| exports.place(UserId::generate()).unwrap())
            .collect();
        assert!(exports.place(UserId::generate()).is_none());
        others.pop();
        assert!(exports.place(ann).is_none());
        drop(anns);
        assert!(exports.place(ann).is_some());
    }
}
