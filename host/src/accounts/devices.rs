//! What people are logged in with.

use super::{AccountError, Accounts, DeviceName, Identity, to_its_end};
use crate::{
    delivery::CloseReason,
    guard::Guard,
    model::{Device, DeviceId, Timestamp},
};

impl Accounts {
    /// The devices of whoever asks, newest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn devices(&self, identity: Identity) -> Result<Vec<Device>, AccountError> {
        let mut devices = self.store.devices(identity.user_id).await?;
        let connected = self.delivery.connected_devices(identity.user_id);
        for device in &mut devices {
            device.is_connected = connected.contains(&device.device_id);
            device.is_this_one = device.device_id == identity.device_id;
        }
        Ok(devices)
    }

    /// Gives a device of one's own another name.
    ///
    /// # Errors
    /// `NotFound` unless it is one's own and logged in.
    pub async fn rename_device(
        &self,
        identity: Identity,
        device_id: DeviceId,
        name: &DeviceName,
    ) -> Result<(), AccountError> {
        let renamed = self
            .store
            .rename_device(identity.user_id, device_id, name.as_str());
        match renamed.await? {
            true => Ok(()),
            false => Err(AccountError::NoSuchDevice),
        }
    }

    /// Logs a device of one's own out: its tokens and sockets end.
    ///
    /// # Errors
    /// `NoSuchDevice` unless it is one's own and logged in.
    pub async fn revoke_device(
        &self,
        identity: Identity,
        device_id: DeviceId,
    ) -> Result<(), AccountError> {
        let own = self.store.devices(identity.user_id).await?;
        let is_own = own.iter().any(|it| it.device_id == device_id);
        if !Guard::OwnDevice.admits(is_own) {
            return Err(AccountError::NoSuchDevice);
        }
        self.log_out(Identity {
            device_id,
            ..identity
        })
        .await
    }

    /// Logs all devices out but the one that asks; how many there were.
    ///
    /// # Errors
    /// The database fails.
    pub async fn revoke_other_devices(&self, identity: Identity) -> Result<u64, AccountError> {
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        let Identity {
            user_id, device_id, ..
        } = identity;
        to_its_end(async move {
            let now = Timestamp::now();
            let revoked = store.revoke_other_devices(user_id, device_id, now).await?;
            delivery.close_other_devices(user_id, device_id, CloseReason::Revoked);
            Ok(revoked)
        })
        .await
    }
}
