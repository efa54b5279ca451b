//! What a participant's client says about its media.

use natter_sfu::{Layer, Muter, Section, Source};
use tokio::sync::oneshot;

use super::{
    CallError, Calls,
    desk::Input,
    media::{participant_of, room, track},
    person::Device,
};
use crate::model::{CallId, MediaLayer, MediaSource, OfferedSection, UserId};

impl Calls {
    /// Answers the offer of a participant's sending connection.
    ///
    /// # Errors
    /// Not in the call with this socket, or an offer that cannot be answered.
    pub async fn publish(
        &self,
        by: Device,
        call_id: CallId,
        sdp: String,
        sections: Vec<OfferedSection>,
    ) -> Result<String, CallError> {
        self.check_takes_part(by, call_id).await?;
        let sections = sections.into_iter().map(|it| Section {
            mid: it.mid,
            source: it.source.into(),
        });
        let sections: Vec<Section> = sections.collect();
        let (room, who) = (room(call_id), participant_of(by.user_id));
        self.media
            .ask(|worker| async move { worker.publish(room, who, sdp, sections).await })
            .await
    }

    /// What a participant sends from now on, of what was offered.
    ///
    /// # Errors
    /// Not in the call with this socket, or a source without a section.
    pub async fn set_sources(
        &self,
        by: Device,
        call_id: CallId,
        sources: Vec<MediaSource>,
    ) -> Result<(), CallError> {
        self.check_takes_part(by, call_id).await?;
        let sources: Vec<Source> = sources.into_iter().map(Source::from).collect();
        let (room, who) = (room(call_id), participant_of(by.user_id));
        self.media
            .ask(|worker| async move { worker.set_sources(room, who, sources).await })
            .await
    }

    /// Takes the answer to the offer of the receiving connection.
    ///
    /// # Errors
    /// Not in the call with this socket, or an answer that does not fit.
    pub async fn accept(&self, by: Device, call_id: CallId, sdp: String) -> Result<(), CallError> {
        self.check_takes_part(by, call_id).await?;
        let (room, who) = (room(call_id), participant_of(by.user_id));
        self.media
            .ask(|worker| async move { worker.accept(room, who, sdp).await })
            .await
    }

    /// How large somebody's source is shown; `None`: not at all.
    ///
    /// # Errors
    /// Not in the call with this socket, or no such track.
    pub async fn show(
        &self,
        by: Device,
        call_id: CallId,
        (of, source): (UserId, MediaSource),
        at_most: Option<MediaLayer>,
    ) -> Result<(), CallError> {
        self.check_takes_part(by, call_id).await?;
        let (room, who) = (room(call_id), participant_of(by.user_id));
        let (track, at_most) = (track(of, source), at_most.map(Layer::from));
        self.media
            .ask(|worker| async move { worker.show(room, who, track, at_most).await })
            .await
    }

    /// Mutes or unmutes a source: one's own, or as an admin of the group somebody else's, who alone unmutes it.
    ///
    /// # Errors
    /// Not in the call with this socket, or not allowed.
    pub async fn mute(
        &self,
        by: Device,
        call_id: CallId,
        (of, source): (UserId, MediaSource),
        muted: bool,
    ) -> Result<(), CallError> {
        self.check_takes_part(by, call_id).await?;
        let muter = if of == by.user_id {
            Muter::Oneself
        } else {
            self.check_may_mute(by.user_id, call_id).await?;
            Muter::Other(participant_of(by.user_id))
        };
        let (room, track) = (room(call_id), track(of, source));
        self.media
            .ask(|worker| async move { worker.mute(room, track, muted, muter).await })
            .await
    }

    async fn check_takes_part(&self, by: Device, call_id: CallId) -> Result<(), CallError> {
        let (reply, takes_part) = oneshot::channel();
        self.send(Input::TakesPart(call_id, by, reply))?;
        match takes_part.await.map_err(|_| CallError::Overloaded)? {
            true => Ok(()),
            false => Err(CallError::NotFound("call")),
        }
    }
}
