//! The architecture as tables.

/// Every module of the server, and the other modules that it may use. `main` is the binary; it names them by `natter::`.
pub(super) const EDGES: &[(&str, &[&str])] = &[
    ("main", &["config", "logging", "server"]),
    ("lib", &[]),
    (
        "server",
        &[
            "accounts", "chat", "config", "delivery", "gateway", "metrics", "model", "store",
        ],
    ),
    // `server` hands each module its own options: none of them knows the settings.
    (
        "gateway",
        &["accounts", "chat", "delivery", "metrics", "model"],
    ),
    ("chat", &["delivery", "metrics", "model", "store"]),
    ("accounts", &["delivery", "model", "store"]),
    ("delivery", &["metrics", "model", "store"]),
    ("store", &["model"]),
    ("logging", &["config"]),
    ("config", &[]),
    ("metrics", &[]),
    ("model", &[]),
];

/// Single files that may use one module more, and why.
pub(super) const EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Crates that only some modules may name. Others are free for all.
pub(super) const CRATES: &[(&str, &[&str])] = &[
    ("argon2", &["accounts"]),
    ("axum", &["gateway"]),
    ("clap", &["main"]),
    ("ed25519_dalek", &["accounts"]),
    ("hyper", &["gateway"]),
    ("hyper_util", &["gateway"]),
    ("jsonwebtoken", &["accounts"]),
    ("nix", &["main"]),
    ("prometheus_client", &["metrics"]),
    ("serde", &["accounts", "gateway", "model"]),
    ("serde_json", &["gateway"]),
    ("serde_path_to_error", &["gateway"]),
    ("socket2", &["gateway"]),
    ("sqlx", &["store"]),
    ("toml", &["config"]),
    ("tokio_tungstenite", &["gateway"]),
    ("tower", &["gateway"]),
    ("tower_http", &["gateway"]),
    ("tracing_subscriber", &["config", "logging"]),
    ("utoipa", &["gateway", "model"]),
    ("utoipa_axum", &["gateway"]),
    ("utoipa_swagger_ui", &["gateway"]),
];

/// The direct dependencies of each package.
pub(super) const DEPENDENCIES: &[(&str, &[&str])] = &[
    (
        "host",
        &[
            "anyhow",
            "argon2",
            "axum",
            "base64",
            "bytes",
            "clap",
            "ed25519-dalek",
            "futures-util",
            "hyper",
            "hyper-util",
            "jiff",
            "jsonwebtoken",
            "nix",
            "prometheus-client",
            "rand",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "sha2",
            "socket2",
            "sqlx",
            "subtle",
            "tempfile",
            "thiserror",
            "tokio",
            "tokio-tungstenite",
            "tokio-util",
            "toml",
            "tower",
            "tower-http",
            "tracing",
            "tracing-subscriber",
            "utoipa",
            "utoipa-axum",
            "utoipa-swagger-ui",
            "uuid",
        ],
    ),
    (
        "tests",
        &[
            "anyhow",
            "axum",
            "bytes",
            "futures-util",
            "natter",
            "nix",
            "proc-macro2",
            "rand",
            "reqwest",
            "rusqlite",
            "serde",
            "serde_json",
            "syn",
            "tempfile",
            "tokio",
            "tokio-tungstenite",
            "uuid",
        ],
    ),
    ("xtask", &["anyhow", "clap"]),
];
