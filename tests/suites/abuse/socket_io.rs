//! Socket.IO over WebSocket: packets that cannot be understood.

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::within;
use natter_tests::server::Settings;

use super::raw::RawSocket;
use super::witness::Witness;

const OVERSIZE_BYTES: usize = 300 * 1024;

/// Packets to a connected namespace; each is answered, ignored, or ends the socket.
fn bad_packets() -> Vec<String> {
    let deep = format!("42[\"sync\",{}{}]", "[".repeat(50_000), "]".repeat(50_000));
    let mut packets: Vec<String> = [
        "",
        "4",
        "9",
        "x",
        "44",
        "49",
        "42",
        "42{",
        "42{}",
        "42[]",
        "42[5]",
        "42[null,{}]",
        "42[\"sync\"",
        "42[\"sync\"]",
        "42[\"sync\",{},{},{}]",
        "42[\"sync\",5]",
        "42-1[\"sync\",{}]",
        "4299999999999999999999[\"sync\",{}]",
        "42/elsewhere,[\"sync\",{}]",
        "40",
        "40/elsewhere,",
        "41/elsewhere,",
        "43[]",
        "430[{}]",
        "439999[{\"ok\":true}]",
        "451-[\"sync\",{\"_placeholder\":true,\"num\":0}]",
        "45999999999-[\"sync\"]",
        "46",
        "42[\"connect\",{}]",
        "42[\"disconnect\",{}]",
        "42[\"connect_error\",{}]",
        "42[\"registered\",{}]",
        "2probe",
        "5",
        "6",
        "3",
    ]
    .map(str::to_owned)
    .to_vec();
    packets.extend([
        deep,
        format!("42[\"sync\",\"{}\"]", "x".repeat(OVERSIZE_BYTES)),
    ]);
    packets
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_that_cannot_be_understood_harm_nobody_else() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let mut closed = 0;
    let packets = bad_packets();
    for packet in &packets {
        let shown: String = packet.chars().take(100).collect();
        let mut socket = RawSocket::socket_io(&witness.server, &witness.ann.token).await?;
        socket.send(packet).await?;
        // A fence: either the socket still answers, or it was closed.
        let fenced = socket
            .send("42777[\"sync\",{\"user_rev\":0,\"rooms\":[]}]")
            .await;
        closed += usize::from(fenced.is_err() || is_closed(&mut socket).await.context(shown)?);
    }
    println!(
        "{} bad packets, {closed} of them closed their socket",
        packets.len()
    );
    ensure!(closed < packets.len(), "not every mistake may end a socket");
    witness.testify().await
}

/// Reads up to the fence's answer, or the end.
async fn is_closed(socket: &mut RawSocket) -> Result<bool> {
    within("the fence's answer or the end", async {
        loop {
            match socket.next().await {
                Ok(text) if text.starts_with("43777") => return false,
                Ok(_) => {}
                Err(_) => return true,
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn binary_and_invalid_text_are_refused() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let mut socket = RawSocket::socket_io(&witness.server, &witness.ann.token).await?;
    socket.send_binary(vec![0, 1, 2]).await?;
    let _ = socket
        .send("42777[\"sync\",{\"user_rev\":0,\"rooms\":[]}]")
        .await;
    is_closed(&mut socket).await.context("a binary frame")?;
    let mut socket = RawSocket::socket_io(&witness.server, &witness.ann.token).await?;
    socket.send_as_text(vec![b'4', b'2', 0xff, 0xfe]).await?;
    socket.read_to_the_end().await.context("invalid UTF-8")?;
    witness.testify().await
}
