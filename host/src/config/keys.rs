//! Every setting, declared.
//!
//! Rule: a doc comment here is what operators read in the example file: what it does, why one would change it.
//! A number that no standard gives is chosen; it says so where the choice is not obvious.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use super::{
    choice::{LogFormat, ProxyHeader, RecordDecisions, RegistrationMode, SqliteDurability},
    declare::settings,
};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

settings! {
    /// Where the server listens, where its data lies, how it stops.
    server: Server {
        /// The address and port for HTTP and WebSocket. Port 0 takes a free one.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080));
        /// The address that people type, if a proxy stands in front. Without it: `http://` and what `listen` became.
        public_url: Option<String> = None;
        /// Web pages of other origins that may connect and read answers (CORS). The server's own origin always may, and so
        /// may programs that send no `Origin`.
        allowed_origins: Vec<String> = Vec::new();
        /// The folder of the database and the signing keys, made if it is missing. Back it up.
        data_dir: PathBuf = PathBuf::from("data");
        /// Threads that serve sockets and requests; 0 is half of the cores, but at least one. The database, password hashes
        /// and media have threads of their own, and one thread serves tens of thousands of messages a second.
        worker_threads: usize = 0, in 0..=256;
        /// How long a stop may take: clients are told, writes finish, sockets close. After that the rest is cut.
        shutdown_timeout_s: u64 = 10, in 1..=600;
        /// At a stop each client is told to come back after a random time up to this, so that they do not all come at once.
        reconnect_spread_ms: u64 = 5_000, in 0..=600_000;
    }

    /// TLS, where no proxy does it.
    tls: Tls {
        /// The certificate and its chain, in PEM. It is read again when the file changes, within some seconds; what cannot be used is told in the
        /// log, and the old one stays.
        cert: Option<String> = None;
        /// Its private key, in PEM.
        key: Option<String> = None;
        /// Instead: a certificate that the server signs itself, for a network without a certificate authority. Browsers ask about it; compare the
        /// fingerprint that the server prints. It is for `localhost`, `server.listen` and `server.public_url`.
        self_signed: bool = false;
    }

    /// Proxies in front of the server, which say from where requests come.
    proxy: Proxy {
        /// The addresses of proxies that are believed, as `10.0.0.5` or `10.0.0.0/8`. Without its proxy here, the server counts all that
        /// comes through it as one client.
        trusted: Vec<String> = vec!["127.0.0.0/8".to_owned(), "::1".to_owned()];
        /// The header in which they name the client: `x-forwarded-for` or `forwarded` (RFC 7239). They must write it themselves, for
        /// the last entries count; the other header is ignored.
        header: ProxyHeader = ProxyHeader::XForwardedFor;
    }

    /// The database.
    database: Database {
        /// `sqlite://PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE`. Without it: `natter.db` in the data folder.
        url: Option<String> = None;
        /// `full`: an acknowledged message survives a power cut. `normal`: it survives a crash, but A POWER CUT LOSES
        /// ACKNOWLEDGED MESSAGES, and it is hardly faster. SQLite only.
        sqlite_durability: SqliteDurability = SqliteDurability::Full;
        /// Connections for reading. PostgreSQL gets one for each writer and four more.
        read_connections: u32 = 4, in 1..=256;
        /// Tasks that write messages, each to rooms of its own. More of them help where a commit takes long, as on a remote
        /// PostgreSQL. SQLite has one.
        writers: u32 = 2, in 1..=32;
    }

    /// Tokens and passwords.
    auth: Auth {
        /// The `iss` claim of access tokens. Tokens of another issuer are refused.
        issuer: String = "natter".to_owned();
        /// The `aud` claim of access tokens.
        audience: String = "natter".to_owned();
        /// How long an access token is valid.
        access_token_s: u64 = 600, in 10..=86_400;
        /// How long a device stays logged in without being used.
        refresh_token_days: u64 = 60, in 1..=3_650;
        /// How far the clocks of two machines may differ when a token's times are checked.
        leeway_s: u64 = 10, in 0..=300;
        /// How old the signing key gets. The one before it stays valid for the tokens that it signed.
        key_rotation_days: u64 = 30, in 1..=3_650;
        /// Passwords hashed at the same time: each takes 19 MiB and a core for some tens of milliseconds.
        argon2_concurrency: usize = 1, in 1..=256;
    }

    /// Who may make an account.
    registration: Registration {
        /// `open`: whom no policy refuses or holds. `approval`: whom a policy lets in; others wait for an admin. `closed`: as `approval`, but only with an invite.
        mode: RegistrationMode = RegistrationMode::Approval;
    }

    /// Letters: they prove addresses and bring links for a new password. Without `url` none are sent.
    smtp: Smtp {
        /// `smtps://USER:PASSWORD@HOST` (TLS from the start), or `smtp://USER:PASSWORD@HOST:587?tls=required` (STARTTLS). It needs
        /// `from` and `server.public_url`, to which the links lead.
        url: Option<String> = None;
        /// Who letters come from: `Natter <natter@chat.example>`.
        from: Option<String> = None;
    }

    /// What one client may ask of the server. Over a limit there is a typed error or a closed socket.
    limits: Limits {
        /// The body of a message, in UTF-8.
        message_body_bytes: usize = 64 * KIB, in 1..=MIB;
        /// One frame of a socket. JSON may write one byte as six, hence more than a body.
        max_frame_bytes: usize = 256 * KIB, in 8 * KIB..=16 * MIB;
        /// The body of an HTTP request.
        http_body_bytes: usize = 256 * KIB, in 8 * KIB..=16 * MIB;
        /// Events that wait for a client that reads slowly. Over it the socket is closed; the client comes back and syncs.
        mailbox_events: usize = 4_096, in 16..=1_000_000;
        /// The same in bytes.
        mailbox_bytes: usize = MIB, in 64 * KIB..=256 * MIB;
        /// What a polling session may hold back until its next poll, besides the mailbox.
        write_buffer_bytes: usize = 128 * KIB, in 4 * KIB..=16 * MIB;
        /// What the kernel may hold back for it (SO_SNDBUF).
        socket_send_buffer_bytes: usize = 128 * KIB, in 4 * KIB..=16 * MIB;
        /// Events that one session may send in the long run, pings and pongs included. `sync` counts 10, `register_user` 5.
        events_per_second: u32 = 200, in 1..=100_000;
        /// Events that one session may send at once.
        burst_events: u32 = 400, in 1..=1_000_000;
        /// Requests of one account in the long run. A route counts for more than one where it costs the server more: a login 20, the
        /// room list 5.
        requests_per_second: u32 = 50, in 1..=1_000_000;
        /// The same at once.
        burst_requests: u32 = 500, in 1..=1_000_000;
        /// Requests of one address (IPv6: one /64) in the long run, whoever makes them. New sockets count 5.
        address_requests_per_second: u32 = 200, in 1..=1_000_000;
        /// The same at once.
        address_burst_requests: u32 = 4_000, in 1..=1_000_000;
        /// Wrong passwords from one address in the long run, and for one account from all addresses where nobody has logged in to it.
        logins_per_minute: u32 = 10, in 1..=1_000_000;
        /// The same at once.
        burst_logins: u32 = 20, in 1..=1_000_000;
        /// How long a new socket may take until its `register_user`.
        register_timeout_s: u64 = 10, in 1..=300;
        /// Members of a group.
        group_members: usize = 1_024, in 2..=10_000;
        /// Messages of one session that wait for their ack. Over it the session's next frames wait.
        in_flight_sends: usize = 64, in 1..=10_000;
        /// Live sockets altogether.
        max_sessions: usize = 10_000, in 1..=1_000_000;
        /// Open connections altogether, sockets and requests. Each takes a file descriptor of the process; over it new ones
        /// wait until one closes.
        max_connections: usize = 12_000, in 1..=1_000_000;
        /// How long a client may take to send a request's head, and then its body. A connection without a request is closed
        /// as late; a proxy in front should keep its idle ones for less.
        request_timeout_s: u64 = 30, in 1..=600;
    }

    /// Calls.
    calls: Calls {
        /// How long a call rings before it counts as missed.
        ring_timeout_s: u64 = 45, in 1..=600;
        /// How long a call waits for a participant whose socket is gone, and while it rings for the caller's.
        reconnect_grace_s: u64 = 15, in 1..=300;
        /// STUN and TURN servers that clients are told of, such as `turn:turn.example.org:3478`. None are needed where clients reach the
        /// server's media ports.
        turn_urls: Vec<String> = Vec::new();
        /// What the TURN servers share with this one (coturn: `use-auth-secret` and `static-auth-secret`). Each client then gets
        /// credentials of its own that end by themselves. Without it: the servers want none.
        turn_secret: Option<String> = None;
        /// How long such credentials are good.
        turn_credentials_s: u64 = 86_400, in 60..=604_800;
    }

    /// Plugins: `.wasm` files that decide, each perhaps with a `.toml` beside it. Over a limit a call counts as failed, and the plugin's
    /// `on_failure` decides.
    policies: Policies {
        /// The folder that is watched, made if it is missing.
        folder: PathBuf = PathBuf::from("plugins");
        /// Threads that run plugins, besides those that carry messages.
        threads: usize = 2, in 1..=64;
        /// How long a file must stand still before it is read. Longer if files are copied over a slow network.
        settle_ms: u64 = 100, in 10..=60_000;
        /// How long one call may take.
        deadline_ms: u64 = 50, in 1..=10_000;
        /// How long all plugins of one event may take together.
        chain_budget_ms: u64 = 200, in 1..=60_000;
        /// How long a call may wait for a free instance; then the client is told to try again.
        instance_wait_ms: u64 = 50, in 1..=10_000;
        /// Instances of one plugin: so many of its calls take place at once. As many again for events and ticks, if it has hooks for those.
        instances: usize = 4, in 1..=64;
        /// Memory of one instance.
        instance_memory_bytes: usize = 64 * MIB, in MIB..=1024 * MIB;
        /// A hook that fails this often …
        breaker_failures: usize = 5, in 1..=1_000;
        /// … within this time …
        breaker_window_s: u64 = 10, in 1..=3_600;
        /// … is not asked for this long. Then one call shows whether it works again.
        breaker_pause_s: u64 = 30, in 1..=3_600;
        /// Events that wait for one plugin that reacts to them. Over it events are left out.
        after_queue_events: usize = 4_096, in 16..=1_000_000;
        /// Keys that one plugin may remember, and as many counters.
        kv_keys: usize = 10_000, in 0..=1_000_000;
        /// The same in bytes. It is all kept in memory.
        kv_bytes: usize = 4 * MIB, in 0..=1024 * MIB;
        /// Admins may upload components of up to so many bytes over REST. 0: they may not; who can put files into the folder still can.
        /// Whoever may upload decides what everybody may say, so mind who is an admin.
        upload_bytes: usize = 0, in 0..=256 * MIB;
        /// Which decisions are kept for admins: `notable` (all that did not simply allow) or `all`. Never with what people wrote.
        record: RecordDecisions = RecordDecisions::Notable;
        /// How long they are kept.
        record_days: u64 = 30, in 1..=3_650;
    }

    /// Calls: where sound and pictures go in and out.
    media: Media {
        /// The addresses that the media sockets are bound to: one IPv4, one IPv6 (`::`), or both.
        bind_addresses: Vec<IpAddr> = vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)];
        /// The addresses at which people's browsers reach them: the public one, and where calls stay in the house that of the local
        /// network too. Without any the bound ones are told, of which `0.0.0.0` and `::` stand for the machine's own.
        advertised_addresses: Vec<IpAddr> = Vec::new();
        /// The port for datagrams: open it in the firewall. All calls go through it. Port 0 takes a free one.
        udp_port: u16 = 7_882, in 0..=65_535;
        /// The port for people whose network blocks datagrams; worse, and better than none. Port 0 takes a free one.
        tcp_port: u16 = 7_881, in 0..=65_535;
        /// People in one call. Each sees the others: what the server sends grows with the square.
        participants_per_call: usize = 50, in 2..=1_000;
    }

    /// Keeping sockets alive (Engine.IO's two times, and the ping of `/ws`).
    socket: Socket {
        /// How often the server asks whether a client is still there.
        ping_interval_ms: u64 = 25_000, in 100..=600_000;
        /// How long it waits for the answer.
        ping_timeout_ms: u64 = 20_000, in 100..=600_000;
    }

    /// The log, on standard error. It never holds bodies, tokens, or people's addresses.
    log: Log {
        /// What is logged: `info`, or more finely `info,natter::delivery=debug`.
        filter: String = "info".to_owned();
        /// `human`, `json`, or `auto`: `human` on a terminal and `json` otherwise.
        format: LogFormat = LogFormat::Auto;
    }
}
