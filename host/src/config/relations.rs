//! What one setting's range cannot say: the forms of addresses, and what must hold between two settings.

use std::{collections::BTreeMap, net::IpAddr};

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use super::{Config, Problem};

/// What a client wraps around a body: event, ids, quotes. Chosen, with room to spare.
const FRAME_OVERHEAD_BYTES: usize = 4096;

/// All that is wrong; `origins` says where each value came from.
pub(super) fn check(config: &Config, origins: &BTreeMap<String, String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |key: &str, what: String| {
        let source = origins
            .get(key)
            .map_or("default", String::as_str)
            .to_owned();
        problems.push(Problem {
            key: key.to_owned(),
            source,
            what,
        });
    };
    check_addresses(config, &mut refuse);
    check_turn(config, &mut refuse);
    check_media(config, &mut refuse);
    check_sizes(config, &mut refuse);
    check_mail(config, &mut refuse);
    if let Err(error) = EnvFilter::builder().parse(&config.log.filter) {
        refuse("log.filter", format!("is `{}`: {error}", config.log.filter));
    }
    problems
}

fn check_addresses(config: &Config, refuse: &mut impl FnMut(&str, String)) {
    let is_web = |url: &str| {
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|host| !host.is_empty() && !host.contains('/'))
    };
    let web = "allowed is `https://` or `http://` and a host, without a path";
    if let Some(url) = config
        .server
        .public_url
        .as_deref()
        .filter(|url| !is_web(url))
    {
        refuse("server.public_url", format!("is `{url}`; {web}"));
    }
    for origin in config
        .server
        .allowed_origins
        .iter()
        .filter(|url| !is_web(url))
    {
        refuse("server.allowed_origins", format!("has `{origin}`; {web}"));
    }
    let tls = &config.tls;
    if tls.cert.is_some() != tls.key.is_some() {
        let missing = if tls.cert.is_some() {
            "tls.key"
        } else {
            "tls.cert"
        };
        refuse(
            missing,
            "is not set; certificate and key go together".to_owned(),
        );
    }
    if tls.self_signed && tls.cert.is_some() {
        let what = "is true; with tls.cert there is nothing to sign";
        refuse("tls.self_signed", what.to_owned());
    }
    let trusted = config.proxy.trusted.iter();
    for text in trusted.filter(|text| network(text).is_none()) {
        let what = format!("has `{text}`; allowed are `10.0.0.5` and `10.0.0.0/8`");
        refuse("proxy.trusted", what);
    }
    let url = config.database_url();
    // The address is not repeated: it may hold a password.
    if !["sqlite://", "postgres://", "postgresql://"]
        .iter()
        .any(|form| url.starts_with(form))
    {
        refuse(
            "database.url",
            "allowed is `sqlite://PATH` or `postgres://…`".to_owned(),
        );
    }
}

fn check_turn(config: &Config, refuse: &mut impl FnMut(&str, String)) {
    let is_known = |url: &&String| {
        ["stun:", "stuns:", "turn:", "turns:"]
            .iter()
            .any(|it| url.starts_with(it))
    };
    for url in config.calls.turn_urls.iter().filter(|it| !is_known(it)) {
        let rule = "allowed are `stun:`, `stuns:`, `turn:` and `turns:` addresses";
        refuse("calls.turn_urls", format!("has `{url}`; {rule}"));
    }
}

fn check_media(config: &Config, refuse: &mut impl FnMut(&str, String)) {
    let bound = &config.media.bind_addresses;
    let families = [true, false].map(|v4| bound.iter().filter(|it| it.is_ipv4() == v4).count());
    if bound.is_empty() || families.iter().any(|count| *count > 1) {
        refuse(
            "media.bind_addresses",
            format!(
                "has {} addresses; allowed is one IPv4, one IPv6, or both",
                bound.len()
            ),
        );
    }
    let advertised = &config.media.advertised_addresses;
    if let Some(address) = advertised.iter().find(|address| address.is_unspecified()) {
        refuse(
            "media.advertised_addresses",
            format!("has `{address}`, which nobody can reach"),
        );
    }
}

fn check_mail(config: &Config, refuse: &mut impl FnMut(&str, String)) {
    let Some(url) = &config.smtp.url else {
        return;
    };
    // The address is not repeated: it may hold a password.
    if !(url.starts_with("smtp://") || url.starts_with("smtps://")) {
        refuse(
            "smtp.url",
            "allowed is `smtps://…` or `smtp://…`".to_owned(),
        );
    } else if !keeps_letters_secret(url) {
        let what = "sends letters, and its password, in clear; take `smtps://…`, or `smtp://…?tls=required`";
        refuse("smtp.url", what.to_owned());
    }
    for (key, is_there) in [
        ("smtp.from", config.smtp.from.is_some()),
        ("server.public_url", config.server.public_url.is_some()),
    ] {
        if !is_there {
            refuse(key, "is missing; `smtp.url` needs it".to_owned());
        }
    }
}

/// Whether nobody between us and the mail server reads along: by TLS, or because it is on this machine.
fn keeps_letters_secret(url: &str) -> bool {
    let (address, options) = url.split_once('?').unwrap_or((url, ""));
    let host = address.rsplit(['@', '/']).find(|it| !it.is_empty());
    let is_local = host.is_some_and(|host| {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let name = name.trim_matches(['[', ']']);
        name == "localhost" || name.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
    });
    url.starts_with("smtps://") || is_local || options.split('&').any(|it| it == "tls=required")
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address)
}

fn check_sizes(config: &Config, refuse: &mut impl FnMut(&str, String)) {
    let limits = &config.limits;
    let least = limits.message_body_bytes + FRAME_OVERHEAD_BYTES;
    if limits.max_frame_bytes < least {
        refuse(
            "limits.max_frame_bytes",
            format!(
                "is {}; a body of limits.message_body_bytes = {} needs at least {least}",
                limits.max_frame_bytes, limits.message_body_bytes
            ),
        );
    }
    if limits.mailbox_bytes < least {
        refuse(
            "limits.mailbox_bytes",
            format!("is {}; one message may need {least}", limits.mailbox_bytes),
        );
    }
    if limits.max_connections < limits.max_sessions {
        refuse(
            "limits.max_connections",
            format!(
                "is {}; allowed is at least limits.max_sessions = {}",
                limits.max_connections, limits.max_sessions
            ),
        );
    }
    let policies = &config.policies;
    if policies.chain_budget_ms < policies.deadline_ms {
        refuse(
            "policies.chain_budget_ms",
            format!(
                "is {}; allowed is at least policies.deadline_ms = {}",
                policies.chain_budget_ms, policies.deadline_ms
            ),
        );
    }
    let bursts = [
        (
            "burst_events",
            limits.burst_events,
            "events_per_second",
            limits.events_per_second,
        ),
        (
            "burst_requests",
            limits.burst_requests,
            "requests_per_second",
            limits.requests_per_second,
        ),
        (
            "address_burst_requests",
            limits.address_burst_requests,
            "address_requests_per_second",
            limits.address_requests_per_second,
        ),
    ];
    for (burst, actual, steady, least) in bursts {
        if actual < least {
            let what = format!("is {actual}; allowed is at least limits.{steady} = {least}");
            refuse(&format!("limits.{burst}"), what);
        }
    }
}
