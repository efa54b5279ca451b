//! The settings as each module wants them.

use std::{net::IpAddr, time::Duration};

use crate::{
    accounts::{self, AccountOptions, MailOptions, PasswordLimits, TokenOptions},
    calls::{CallOptions, TurnOptions, worker::MediaOptions},
    chat::{ChatLimits, WriterLimits},
    config::{Config, ProxyHeader, RecordDecisions, RegistrationMode, SqliteDurability},
    delivery::MailboxLimits,
    gateway::{
        Hsts,
        limits::{self, LimitOptions, Proxies, Rate},
        origin::Origins,
        session::SessionLimits,
        transport::TransportOptions,
    },
    policy::{self, BreakerOptions, KvLimits, PolicyOptions},
    store::{DbOptions, Durability},
    tls,
};

/// Jobs of one transaction of the writer. Chosen, not standard: more gains nothing that was measured.
const WRITER_BATCH_JOBS: usize = 500;
/// Jobs that wait for the writer; beyond it clients are told `overloaded`. Chosen, not standard.
const WRITER_QUEUE_JOBS: usize = 16_384;
/// Bytes of messages on their way to the writer and the publisher. Chosen, not standard: it holds 64 of the largest bodies
/// that can be set.
const WRITER_QUEUE_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn mailbox_limits(config: &Config) -> MailboxLimits {
    MailboxLimits {
        events: config.limits.mailbox_events,
        bytes: config.limits.mailbox_bytes,
    }
}

/// The database of these settings.
#[must_use]
pub fn db_options(config: &Config) -> DbOptions {
    DbOptions {
        url: config.database_url(),
        read_connections: config.database.read_connections,
        writers: writers(config),
        durability: match config.database.sqlite_durability {
            SqliteDurability::Full => Durability::Full,
            SqliteDurability::Normal => Durability::Normal,
        },
    }
}

/// SQLite has one connection that writes.
fn writers(config: &Config) -> u32 {
    if config.database_url().starts_with("postgres") {
        config.database.writers
    } else {
        1
    }
}

pub(super) fn media_options(config: &Config) -> anyhow::Result<MediaOptions> {
    let media = &config.media;
    let mut advertised = media.advertised_addresses.clone();
    if advertised.is_empty() && media.bind_addresses.iter().any(IpAddr::is_unspecified) {
        advertised = own_addresses(&media.bind_addresses)?;
    }
    Ok(MediaOptions {
        bind: media.bind_addresses.clone(),
        advertised,
        udp_port: media.udp_port,
        tcp_port: Some(media.tcp_port),
        participants_per_room: media.participants_per_call,
    })
}

/// The machine's addresses of the bound families, those of the machine alone last.
fn own_addresses(bound: &[IpAddr]) -> anyhow::Result<Vec<IpAddr>> {
    let interfaces = nix::ifaddrs::getifaddrs()?;
    let addresses = interfaces.filter_map(|interface| {
        let address = interface.address?;
        let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
    });
    let same_family = |address: &IpAddr| bound.iter().any(|it| it.is_ipv4() == address.is_ipv4());
    // A link-local address needs to know the link, which a candidate cannot say.
    let is_local =
        |address: &IpAddr| matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
    let mut own: Vec<IpAddr> = addresses
        .filter(|it| same_family(it) && !is_local(it))
        .collect();
    own.sort_by_key(IpAddr::is_loopback);
    Ok(own)
}

pub(super) fn account_options(config: &Config) -> AccountOptions {
    let seconds =
        |count: u64, unit: u64| i64::try_from(count.saturating_mul(unit)).unwrap_or(i64::MAX);
    AccountOptions {
        data_dir: config.server.data_dir.clone(),
        registration_mode: match config.registration.mode {
            RegistrationMode::Open => accounts::RegistrationMode::Open,
            RegistrationMode::Approval => accounts::RegistrationMode::Approval,
            RegistrationMode::Closed => accounts::RegistrationMode::Closed,
        },
        tokens: TokenOptions {
            issuer: config.auth.issuer.clone(),
            audience: config.auth.audience.clone(),
            access_token_seconds: seconds(config.auth.access_token_s, 1),
            refresh_token_seconds: seconds(config.auth.refresh_token_days, 86_400),
            leeway_seconds: seconds(config.auth.leeway_s, 1),
            signing_key_days: seconds(config.auth.key_rotation_days, 1),
        },
        passwords: PasswordLimits {
            at_once: config.auth.argon2_concurrency,
            waiting: 64 * config.auth.argon2_concurrency,
        },
        mail: mail_options(config),
    }
}

/// The settings were checked: with `url` there are the others.
fn mail_options(config: &Config) -> Option<MailOptions> {
    Some(MailOptions {
        url: config.smtp.url.clone()?,
        from: config.smtp.from.clone()?,
        public_url: config.server.public_url.clone()?,
    })
}

pub(super) fn chat_limits(config: &Config) -> ChatLimits {
    ChatLimits {
        body_bytes: config.limits.message_body_bytes,
        writer: WriterLimits {
            batch_jobs: WRITER_BATCH_JOBS,
            queue_jobs: WRITER_QUEUE_JOBS,
            queue_bytes: WRITER_QUEUE_BYTES,
            group_members: config.limits.group_members,
            writers: writers(config) as usize,
        },
    }
}

/// How these settings want policies run.
#[must_use]
pub fn policy_options(config: &Config) -> PolicyOptions {
    let policies = &config.policies;
    PolicyOptions {
        folder: policies.folder.clone(),
        private_folder: config.server.data_dir.join("policies"),
        threads: policies.threads,
        settle: Duration::from_millis(policies.settle_ms),
        deadline: Duration::from_millis(policies.deadline_ms),
        chain_budget: Duration::from_millis(policies.chain_budget_ms),
        instance_wait: Duration::from_millis(policies.instance_wait_ms),
        instances: policies.instances,
        memory_bytes: policies.instance_memory_bytes,
        body_bytes: config.limits.message_body_bytes,
        after_queue_events: policies.after_queue_events,
        breaker: BreakerOptions {
            failures: policies.breaker_failures,
            window: Duration::from_secs(policies.breaker_window_s),
            pause: Duration::from_secs(policies.breaker_pause_s),
        },
        kv: KvLimits {
            keys: policies.kv_keys,
            bytes: policies.kv_bytes,
        },
        record: match policies.record {
            RecordDecisions::Notable => policy::RecordDecisions::Notable,
            RecordDecisions::All => policy::RecordDecisions::All,
        },
        record_days: i64::try_from(policies.record_days).unwrap_or(i64::MAX),
    }
}

pub(super) fn call_options(config: &Config) -> CallOptions {
    let calls = &config.calls;
    let seconds = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    CallOptions {
        ring_seconds: seconds(calls.ring_timeout_s),
        grace_seconds: seconds(calls.reconnect_grace_s),
        participants: config.media.participants_per_call,
        turn: TurnOptions {
            urls: calls.turn_urls.clone(),
            secret: calls.turn_secret.clone(),
            ttl_seconds: seconds(calls.turn_credentials_s),
        },
    }
}

pub(super) fn session_limits(config: &Config) -> SessionLimits {
    SessionLimits {
        rate: Rate::per_second(config.limits.events_per_second, config.limits.burst_events),
        register_timeout: Duration::from_secs(config.limits.register_timeout_s),
        in_flight: config.limits.in_flight_sends,
        attachment_bytes: config.limits.max_frame_bytes,
        sessions: config.limits.max_sessions,
    }
}

pub(super) fn limit_options(config: &Config) -> LimitOptions {
    let limits = &config.limits;
    LimitOptions {
        account: Rate::per_second(limits.requests_per_second, limits.burst_requests),
        address: Rate::per_second(
            limits.address_requests_per_second,
            limits.address_burst_requests,
        ),
        logins: Rate::per_minute(limits.logins_per_minute, limits.burst_logins),
        proxies: Proxies {
            trusted: config.trusted_proxies(),
            header: match config.proxy.header {
                ProxyHeader::XForwardedFor => limits::ProxyHeader::XForwardedFor,
                ProxyHeader::Forwarded => limits::ProxyHeader::Forwarded,
            },
        },
    }
}

pub(super) fn transport_options(config: &Config) -> TransportOptions {
    TransportOptions {
        max_frame_bytes: config.limits.max_frame_bytes,
        ping_interval: Duration::from_millis(config.socket.ping_interval_ms),
        ping_timeout: Duration::from_millis(config.socket.ping_timeout_ms),
        max_write_buffer_bytes: config.limits.write_buffer_bytes,
        max_polling_sessions: config.limits.max_sessions,
    }
}

/// The certificate, if the server speaks TLS itself.
pub(super) fn certificate(config: &Config) -> Option<tls::Source> {
    let folder = &config.server.data_dir;
    match (&config.tls.cert, &config.tls.key) {
        (Some(cert), Some(key)) => Some(tls::Source::Files {
            cert: cert.into(),
            key: key.into(),
        }),
        _ => config.tls.self_signed.then(|| tls::Source::SelfSigned {
            folder: folder.join("tls"),
            names: names(config),
        }),
    }
}

/// The hosts and addresses under which people may come.
fn names(config: &Config) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    let listen = config.server.listen.ip();
    if !listen.is_unspecified() && !listen.is_loopback() {
        names.push(listen.to_string());
    }
    let public = config.server.public_url.as_deref().map(host_of);
    let public = public.map(str::to_owned);
    names.extend(public.filter(|it| !names.contains(it)));
    names
}

/// `chat.example` of `https://chat.example:8443`.
fn host_of(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, _)) => address,
        None => authority
            .split_once(':')
            .map_or(authority, |(host, _)| host),
    }
}

/// Whether browsers are to insist on TLS from now on: where it is there, and with a certificate that they believe.
pub(super) fn hsts(config: &Config) -> Hsts {
    let public = config.server.public_url.as_deref().unwrap_or_default();
    let is_believed = config.tls.cert.is_some() || public.starts_with("https://");
    if is_believed && !config.tls.self_signed {
        Hsts::Insist
    } else {
        Hsts::Silent
    }
}

/// Warns of an address under which browsers withhold the microphone, and everybody in between reads along.
pub(super) fn warn_of_plain_http(url: &str) {
    let host = host_of(url);
    let is_local = host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
    if url.starts_with("http://") && !is_local {
        tracing::warn!(
            url,
            "people reach this server without TLS: everybody on their way can read along, and browsers refuse them the \
             microphone and the camera; see tls.cert, tls.self_signed, or server.public_url where a proxy does TLS"
        );
    }
}

/// Other pages that may use the server.
pub(super) fn origins(config: &Config) -> Origins {
    let mut allowed = config.server.allowed_origins.clone();
    allowed.extend(config.server.public_url.clone());
    Origins {
        allowed,
        by_tls_only: certificate(config).is_some(),
    }
}
