//! What is compared with what, and the bars: the one list that table, JSON, documents and chart are made of.

/// What a row has to reach.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// Nothing: the row is there to be read.
    None,
    /// A ratio, ours to the peer's, and a better one to strive for.
    Ratio { bar: f64, stretch: f64 },
    /// A time of ours, whatever the peer's.
    Nanoseconds(f64),
}

/// One comparison.
pub(crate) struct Row {
    /// The key in the JSON file.
    pub(crate) name: &'static str,
    /// What is done, for people.
    pub(crate) what: &'static str,
    /// Who else does it, for people.
    pub(crate) peer: &'static str,
    /// The contenders whose times are compared, as `benches` names them: ours, and the peer's.
    pub(crate) contenders: (&'static str, &'static str),
    pub(crate) bar: Bar,
}

/// Before the names of contenders in Node.
pub(crate) const IN_NODE: &str = "node:";
/// Before the names of contenders under QEMU, whose instructions are counted.
pub(crate) const IN_QEMU: &str = "qemu:";

/// What not every machine can run: the system's OpenSSL, what needs certain CPUs, and QEMU.
pub(crate) const MAY_BE_MISSING: [&str; 3] = ["openssl", "graviola", "p256 on Cortex-M4"];

const fn ratio(bar: f64, stretch: f64) -> Bar {
    Bar::Ratio { bar, stretch }
}

macro_rules! rows {
    ($($name:literal: $what:literal, $peer:literal, $ours:literal / $theirs:literal, $bar:expr;)*) => {
        &[$(Row { name: $name, what: $what, peer: $peer, contenders: ($ours, $theirs), bar: $bar }),*]
    };
}

/// Those with a bar first: they are the ones in the README and in the chart.
pub(crate) const ROWS: &[Row] = rows! {
    "verify_oneshot_vs_awslc": "verify once", "aws-lc-rs", "oneshot" / "awslc", ratio(1.30, 1.10);
    "verify_prepared64_vs_awslc": "prepared key, 64 KiB", "aws-lc-rs", "prepared64" / "awslc", ratio(0.35, 0.30);
    "verify_prepared300_vs_awslc": "prepared key, 300 KiB", "aws-lc-rs", "prepared300" / "awslc", ratio(0.28, 0.22);
    "wasm_oneshot_vs_p256": "verify once, WASM", "p256 in WASM", "node:oneshot" / "node:p256", ratio(0.40, 0.25);
    "wasm_prepared_vs_subtle": "prepared key, WASM", "crypto.subtle", "node:prepared" / "node:subtle", ratio(0.75, 0.50);
    "wasm_prepare1k_vs_noble": "COSE prepare 1 KiB, WASM", "@noble/hashes", "node:prepare1k" / "node:noble1k", ratio(0.60, 0.40);
    "wasm_prepare4k_vs_noble": "COSE prepare 4 KiB, WASM", "@noble/hashes", "node:prepare4k" / "node:noble4k", ratio(0.60, 0.40);
    "wasm_prepare16k_vs_noble": "COSE prepare 16 KiB, WASM", "@noble/hashes", "node:prepare16k" / "node:noble16k", ratio(0.60, 0.40);
    "sha256_vs_ring": "SHA-256, 16 KiB", "ring", "sha256_16k" / "sha256_16k_ring", ratio(1.05, 1.00);
    "thumb_verify_vs_p256": "verify once, Cortex-M4", "p256 on Cortex-M4", "qemu:verify" / "qemu:p256", ratio(0.50, 0.25);
    "table_build_32k": "prepare a key, 32 KiB", "one verification by aws-lc-rs", "table_build_32k" / "awslc", Bar::Nanoseconds(300_000.0);

    "verify_batch_vs_awslc": "batch of 64", "aws-lc-rs", "batch" / "awslc", Bar::None;
    "verify_batch_prepared300_vs_awslc": "batch of 64, prepared key, 300 KiB", "aws-lc-rs", "batch_prepared300" / "awslc", Bar::None;
    "verify_oneshot_8_keys_vs_awslc": "verify once, 8 keys in turn", "aws-lc-rs", "oneshot_8_keys" / "awslc_8_keys", Bar::None;
    "verify_prepared64_8_keys_vs_awslc": "8 prepared keys in turn, 64 KiB each", "aws-lc-rs", "prepared64_8_keys" / "awslc_8_keys", Bar::None;
    "verify_prepared300_8_keys_vs_awslc": "8 prepared keys in turn, 300 KiB each", "aws-lc-rs", "prepared300_8_keys" / "awslc_8_keys", Bar::None;
    "verify_batch_8_keys_vs_awslc": "batch of 64, 8 keys in turn", "aws-lc-rs", "batch_8_keys" / "awslc_8_keys", Bar::None;
    "verify_message_vs_awslc": "message and SEC 1 key, verify once", "aws-lc-rs", "oneshot_message" / "awslc_message", Bar::None;
    "verify_oneshot_vs_ring": "message and SEC 1 key, verify once", "ring", "oneshot_message" / "ring_message", Bar::None;
    "verify_oneshot_vs_graviola": "message and SEC 1 key, verify once", "graviola", "oneshot_message" / "graviola_message", Bar::None;
    "verify_oneshot_vs_openssl": "verify once", "openssl", "oneshot" / "openssl", Bar::None;
    "verify_oneshot_vs_p256": "verify once", "p256", "oneshot" / "p256", Bar::None;
    "verify_prepared64_vs_ring": "message, prepared key, 64 KiB", "ring", "prepared64_message" / "ring_message", Bar::None;
    "verify_prepared64_vs_graviola": "message, prepared key, 64 KiB", "graviola", "prepared64_message" / "graviola_message", Bar::None;
    "verify_prepared64_vs_openssl": "prepared key, 64 KiB", "openssl", "prepared64" / "openssl", Bar::None;
    "verify_prepared64_vs_p256": "prepared key, 64 KiB", "p256", "prepared64" / "p256", Bar::None;
    "table_build_64k": "prepare a key, 64 KiB", "one verification by aws-lc-rs", "table_build_64k" / "awslc", Bar::None;
    "table_build_300k": "prepare a key, 300 KiB", "one verification by aws-lc-rs", "table_build_300k" / "awslc", Bar::None;
    "sha256_64b_vs_ring": "SHA-256, 64 B", "ring", "sha256_64b" / "sha256_64b_ring", Bar::None;
    "sha256_1k_vs_ring": "SHA-256, 1 KiB", "ring", "sha256_1k" / "sha256_1k_ring", Bar::None;
    "sha256_64b_vs_awslc": "SHA-256, 64 B", "aws-lc-rs", "sha256_64b" / "sha256_64b_awslc", Bar::None;
    "sha256_1k_vs_awslc": "SHA-256, 1 KiB", "aws-lc-rs", "sha256_1k" / "sha256_1k_awslc", Bar::None;
    "sha256_16k_vs_awslc": "SHA-256, 16 KiB", "aws-lc-rs", "sha256_16k" / "sha256_16k_awslc", Bar::None;
    "wasm_core_oneshot_vs_p256": "verify once, WASM without glue", "p256 in WASM", "node:core_oneshot" / "node:p256", Bar::None;
    "wasm_oneshot_vs_noble": "verify once, WASM", "@noble/curves", "node:oneshot" / "node:noble_curves", Bar::None;
    "wasm_prepared_vs_subtle_concurrent": "prepared key, WASM", "crypto.subtle, 64 at once", "node:prepared" / "node:subtle_concurrent", Bar::None;
    "wasm_prepared_vs_node_crypto": "prepared key, WASM", "node:crypto", "node:prepared" / "node:node_crypto", Bar::None;
};
