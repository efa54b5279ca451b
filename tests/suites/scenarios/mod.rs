//! What people do, by every client program: one table of scenarios, run on each transport. No cell is skipped.
//!
//! Rule: a scenario knows people, sockets and REST; which client program carries it stays in `natter_tests::client`.

mod accounts;
mod blocks;
mod devices;
mod expiry;
mod groups;
mod history;
mod letters;
mod messages;
mod moderation;
mod receipts;
mod resync;
mod sockets;
mod stage;
mod story;

use std::time::Instant;

use anyhow::{Result, ensure};
use futures_util::future::BoxFuture;
use natter_tests::client::Transport;
use natter_tests::server::Storage;

use stage::Stage;

/// A row of the table.
type Scenario = (
    &'static str,
    for<'a> fn(&'a Stage) -> BoxFuture<'a, Result<()>>,
);

/// One row per line: the name is the function's.
macro_rules! rows {
    ($($module:ident :: $scenario:ident),* $(,)?) => {
        &[$((stringify!($scenario), |stage| Box::pin($module::$scenario(stage)))),*]
    };
}

const SCENARIOS: &[Scenario] = rows![
    story::from_registration_to_resync,
    sockets::the_transport_is_the_one_asked_for,
    sockets::nothing_works_before_register_user,
    sockets::the_handshake_may_carry_the_token,
    sockets::events_of_a_socket_are_handled_in_their_order,
    accounts::pending_people_hear_of_their_approval_and_may_do_nothing_before,
    accounts::pending_people_may_log_out,
    accounts::rejected_people_are_cut_and_told_why,
    accounts::suspended_people_are_cut_until_reinstated,
    accounts::a_token_is_renewed_in_band_but_not_for_somebody_else,
    accounts::logging_out_ends_the_sockets_of_that_device,
    messages::a_retry_is_answered_with_the_first_outcome,
    messages::the_same_client_id_with_another_content_is_a_conflict,
    messages::a_reply_names_its_message,
    messages::two_first_messages_make_one_direct_room,
    messages::what_is_nobodys_or_somebody_elses_is_refused_as_not_found,
    messages::what_is_too_large_or_empty_is_refused_by_code,
    messages::typing_is_told_to_the_others,
    devices::a_senders_other_device_sees_the_message_with_its_client_id,
    devices::a_readers_other_device_hears_what_was_read,
    devices::a_revoked_device_is_cut_and_the_others_stay,
    accounts::a_new_password_cuts_the_other_devices,
    accounts::an_admins_link_gives_a_new_password_once,
    accounts::a_deleted_account_leaves_its_words,
    accounts::ones_data_can_be_taken_along,
    moderation::a_deleted_message_leaves_its_place,
    moderation::what_is_reported_is_decided_by_an_admin,
    moderation::who_is_banned_cannot_be_added,
    blocks::who_is_blocked_cannot_tell,
    blocks::who_hides_reads_sees_none,
    receipts::read_implies_delivered,
    receipts::watermarks_never_go_back,
    receipts::delivered_never_arrives_after_read,
    receipts::a_group_hears_when_all_have_read,
    groups::roles_decide_who_may_do_what,
    groups::members_hear_of_joins_renames_and_removals,
    groups::who_is_added_sees_history_only_if_granted,
    groups::who_left_keeps_reading_up_to_then,
    history::pages_go_both_ways_without_gaps,
    history::unread_counts_others_messages_after_the_read_watermark,
    resync::changes_come_by_rev_in_pages,
    resync::cursors_of_no_use_are_reset_or_refused,
    resync::a_room_left_and_joined_anew_is_reset,
    resync::gained_and_lost_rooms_are_told,
    resync::the_largest_messages_are_synced_in_several_answers,
];

async fn run_all(transport: Transport, storage: Storage) -> Result<()> {
    let mut stage = Stage::open(transport, storage).await?;
    let mut failures = Vec::new();
    for (name, scenario) in SCENARIOS {
        let started_at = Instant::now();
        let outcome = scenario(&stage).await;
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!(
            "{transport:?} {storage:?} {name}: {verdict} in {} ms",
            started_at.elapsed().as_millis()
        );
        failures.extend(outcome.err().map(|error| format!("{name}: {error:#}")));
    }
    let health = stage.close().await;
    let count = failures.len();
    ensure!(
        failures.is_empty(),
        "{count} of {} scenarios failed:\n{}",
        SCENARIOS.len(),
        failures.join("\n")
    );
    health
}

/// One test per column; `Transport::ALL` must have as many.
macro_rules! columns {
    ($($name:ident: $transport:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() -> Result<()> {
                run_all(Transport::$transport, Storage::Sqlite).await
            }
        )*

        #[test]
        fn every_transport_is_a_column() {
            let columns = [$(Transport::$transport),*];
            assert_eq!(columns, Transport::ALL);
        }
    };
}

columns! {
    by_plain_websocket: PlainWebSocket,
    by_socket_io_client_polling: JsPolling,
    by_socket_io_client_websocket: JsWebSocket,
    by_socket_io_client_upgrade: JsUpgrade,
    by_python_socketio_polling: PythonPolling,
    by_python_socketio_websocket: PythonWebSocket,
    by_python_socketio_upgrade: PythonUpgrade,
}

/// The database is beneath all transports, so one column tells.
#[tokio::test(flavor = "multi_thread")]
async fn by_plain_websocket_on_postgres() -> Result<()> {
    run_all(Transport::PlainWebSocket, Storage::Postgres).await
}
