//! A mailbox that takes every letter: as much of SMTP (RFC 5321) as a client needs to hand one over.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::deadline::eventually;

/// Where letters arrive; gone with the test's runtime.
#[derive(Debug)]
pub struct Letterbox {
    url: String,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Letterbox {
    /// Opens one on a free port.
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("smtp://{}", listener.local_addr()?);
        let letters = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&letters);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                // A letter that is handed over is kept, however the client leaves.
                tokio::spawn(async move { converse(stream, &kept).await });
            }
        });
        Ok(Self { url, letters })
    }

    /// For the setting `smtp.url`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every letter so far, with its head.
    #[must_use]
    pub fn letters(&self) -> Vec<String> {
        let letters = self.letters.lock();
        letters.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for so many letters.
    pub async fn until(&self, count: usize) -> Result<()> {
        eventually(&format!("{count} letters"), async || {
            Ok((self.letters().len() >= count).then_some(()))
        })
        .await
    }

    /// The token of the newest link to a page in a letter to this address, waiting for it.
    pub async fn token(&self, to: &str, page: &str) -> Result<String> {
        let before_token = format!("/#/{page}/");
        eventually(
            &format!("a letter to {to} with a link to {page}"),
            async || {
                let letters = self.letters();
                let mut own = letters.iter().rev().filter(|it| it.contains(to));
                let found = own.find_map(|it| it.split_once(&before_token));
                Ok(found.map(|(_, rest)| {
                    let is_token = |it: &char| it.is_ascii_alphanumeric() || "-_".contains(*it);
                    rest.chars().take_while(is_token).collect()
                }))
            },
        )
        .await
    }
}

async fn converse(stream: TcpStream, kept: &Mutex<Vec<String>>) -> Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 letterbox\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line.split_whitespace().next().unwrap_or_default() {
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let letter = read_letter(&mut stream).await?;
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(letter);
                "250 kept"
            }
            "QUIT" => "221 bye",
            _ => "250 letterbox",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

/// Up to the line with a dot; soft line breaks of quoted-printable are undone.
async fn read_letter(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut letter = String::new();
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 && line.trim_end() != "." {
        letter.push_str(&std::mem::take(&mut line));
    }
    Ok(letter.replace("=\r\n", ""))
}
