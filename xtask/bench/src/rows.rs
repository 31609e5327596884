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
    /// What ours may take longer than the peer's, in nanoseconds.
    Over(f64),
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
/// Before the names of contenders in the Node process that has the native addon.
pub(crate) const IN_ADDON: &str = "addon:";
/// Before what a border costs, which is computed: see [`borders`](super::borders).
pub(crate) const AT_BORDER: &str = "border:";
/// Before the names of contenders under QEMU, whose instructions are counted.
pub(crate) const IN_QEMU: &str = "qemu:";

/// What not every machine can run: the system's OpenSSL, what needs certain CPUs, and QEMU.
const MAY_BE_MISSING: [&str; 3] = ["openssl", "graviola", "p256 on Cortex-M4"];

impl Row {
    /// Why a machine may have no numbers for this row; `None` if that would be a fault.
    pub(crate) fn may_be_missing(&self) -> Option<String> {
        let of_addon = |name: &str| name.starts_with(IN_ADDON) || name.starts_with("border:addon");
        if MAY_BE_MISSING.contains(&self.peer) {
            Some(format!("{} does not run here", self.peer))
        } else if of_addon(self.contenders.0) {
            Some("the native addon is not built".to_owned())
        } else {
            None
        }
    }
}

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
    "wasm_attach1k_over_core": "COSE prepare and attach 1 KiB, npm in WASM", "the core in WASM, without the border", "node:attach1k" / "node:core_attach1k", Bar::Over(20_000.0);
    "addon_attach1k_over_core": "COSE prepare and attach 1 KiB, npm with the addon", "the core", "addon:attach1k" / "core_attach1k", Bar::Over(5_000.0);
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
    "wasm_attach1k_over_native": "COSE prepare and attach 1 KiB, npm in WASM", "the core, native", "node:attach1k" / "core_attach1k", Bar::None;
    "border_wasm_call": "a call over the border, npm in WASM", "the core in WASM, SHA-256 of 64 B", "border:wasm_call" / "node:core_crossing64b", Bar::None;
    "border_wasm_kib": "each KiB over the border, npm in WASM", "the core in WASM, SHA-256 of 64 B", "border:wasm_kib" / "node:core_crossing64b", Bar::None;
    "border_addon_call": "a call over the border, npm with the addon", "the core, SHA-256 of 64 B", "border:addon_call" / "core_crossing64b", Bar::None;
    "border_addon_kib": "each KiB over the border, npm with the addon", "the core, SHA-256 of 64 B", "border:addon_kib" / "core_crossing64b", Bar::None;
    "wasm_digest1k_vs_node": "SHA-256 1 KiB, WASM", "node:crypto", "node:digest1k" / "node:node_digest1k", Bar::None;
    "wasm_digest1k_vs_subtle": "SHA-256 1 KiB, WASM", "crypto.subtle", "node:digest1k" / "node:subtle_digest1k", Bar::None;
    "wasm_digest4k_vs_node": "SHA-256 4 KiB, WASM", "node:crypto", "node:digest4k" / "node:node_digest4k", Bar::None;
    "wasm_digest4k_vs_subtle": "SHA-256 4 KiB, WASM", "crypto.subtle", "node:digest4k" / "node:subtle_digest4k", Bar::None;
    "wasm_digest16k_vs_node": "SHA-256 16 KiB, WASM", "node:crypto", "node:digest16k" / "node:node_digest16k", Bar::None;
    "wasm_digest16k_vs_subtle": "SHA-256 16 KiB, WASM", "crypto.subtle", "node:digest16k" / "node:subtle_digest16k", Bar::None;
    "wasm_digest64k_vs_node": "SHA-256 64 KiB, WASM", "node:crypto", "node:digest64k" / "node:node_digest64k", Bar::None;
    "wasm_digest64k_vs_subtle": "SHA-256 64 KiB, WASM", "crypto.subtle", "node:digest64k" / "node:subtle_digest64k", Bar::None;
    "wasm_verify1k_vs_node": "SHA-256 and verify, prepared key, 1 KiB, WASM", "node:crypto", "node:verify1k" / "node:node_verify1k", Bar::None;
    "wasm_verify1k_vs_subtle": "SHA-256 and verify, prepared key, 1 KiB, WASM", "crypto.subtle", "node:verify1k" / "node:subtle_verify1k", Bar::None;
    "wasm_verify4k_vs_node": "SHA-256 and verify, prepared key, 4 KiB, WASM", "node:crypto", "node:verify4k" / "node:node_verify4k", Bar::None;
    "wasm_verify4k_vs_subtle": "SHA-256 and verify, prepared key, 4 KiB, WASM", "crypto.subtle", "node:verify4k" / "node:subtle_verify4k", Bar::None;
    "wasm_verify16k_vs_node": "SHA-256 and verify, prepared key, 16 KiB, WASM", "node:crypto", "node:verify16k" / "node:node_verify16k", Bar::None;
    "wasm_verify16k_vs_subtle": "SHA-256 and verify, prepared key, 16 KiB, WASM", "crypto.subtle", "node:verify16k" / "node:subtle_verify16k", Bar::None;
    "wasm_verify64k_vs_node": "SHA-256 and verify, prepared key, 64 KiB, WASM", "node:crypto", "node:verify64k" / "node:node_verify64k", Bar::None;
    "wasm_verify64k_vs_subtle": "SHA-256 and verify, prepared key, 64 KiB, WASM", "crypto.subtle", "node:verify64k" / "node:subtle_verify64k", Bar::None;
    "addon_digest1k_vs_node": "SHA-256 1 KiB, addon", "node:crypto", "addon:digest1k" / "addon:node_digest1k", Bar::None;
    "addon_digest1k_vs_subtle": "SHA-256 1 KiB, addon", "crypto.subtle", "addon:digest1k" / "addon:subtle_digest1k", Bar::None;
    "addon_digest4k_vs_node": "SHA-256 4 KiB, addon", "node:crypto", "addon:digest4k" / "addon:node_digest4k", Bar::None;
    "addon_digest4k_vs_subtle": "SHA-256 4 KiB, addon", "crypto.subtle", "addon:digest4k" / "addon:subtle_digest4k", Bar::None;
    "addon_digest16k_vs_node": "SHA-256 16 KiB, addon", "node:crypto", "addon:digest16k" / "addon:node_digest16k", Bar::None;
    "addon_digest16k_vs_subtle": "SHA-256 16 KiB, addon", "crypto.subtle", "addon:digest16k" / "addon:subtle_digest16k", Bar::None;
    "addon_digest64k_vs_node": "SHA-256 64 KiB, addon", "node:crypto", "addon:digest64k" / "addon:node_digest64k", Bar::None;
    "addon_digest64k_vs_subtle": "SHA-256 64 KiB, addon", "crypto.subtle", "addon:digest64k" / "addon:subtle_digest64k", Bar::None;
    "addon_verify1k_vs_node": "SHA-256 and verify, prepared key, 1 KiB, addon", "node:crypto", "addon:verify1k" / "addon:node_verify1k", Bar::None;
    "addon_verify1k_vs_subtle": "SHA-256 and verify, prepared key, 1 KiB, addon", "crypto.subtle", "addon:verify1k" / "addon:subtle_verify1k", Bar::None;
    "addon_verify4k_vs_node": "SHA-256 and verify, prepared key, 4 KiB, addon", "node:crypto", "addon:verify4k" / "addon:node_verify4k", Bar::None;
    "addon_verify4k_vs_subtle": "SHA-256 and verify, prepared key, 4 KiB, addon", "crypto.subtle", "addon:verify4k" / "addon:subtle_verify4k", Bar::None;
    "addon_verify16k_vs_node": "SHA-256 and verify, prepared key, 16 KiB, addon", "node:crypto", "addon:verify16k" / "addon:node_verify16k", Bar::None;
    "addon_verify16k_vs_subtle": "SHA-256 and verify, prepared key, 16 KiB, addon", "crypto.subtle", "addon:verify16k" / "addon:subtle_verify16k", Bar::None;
    "addon_verify64k_vs_node": "SHA-256 and verify, prepared key, 64 KiB, addon", "node:crypto", "addon:verify64k" / "addon:node_verify64k", Bar::None;
    "addon_verify64k_vs_subtle": "SHA-256 and verify, prepared key, 64 KiB, addon", "crypto.subtle", "addon:verify64k" / "addon:subtle_verify64k", Bar::None;
    "from1k_vs_core": "sha256From, 1 KiB, npm in WASM with node:crypto", "the same by the core", "node:from1k" / "node:from_core1k", Bar::None;
    "from4k_vs_core": "sha256From, 4 KiB, npm in WASM with node:crypto", "the same by the core", "node:from4k" / "node:from_core4k", Bar::None;
    "from16k_vs_core": "sha256From, 16 KiB, npm in WASM with node:crypto", "the same by the core", "node:from16k" / "node:from_core16k", Bar::None;
    "from64k_vs_core": "sha256From, 64 KiB, npm in WASM with node:crypto", "the same by the core", "node:from64k" / "node:from_core64k", Bar::None;
    "from256k_vs_core": "sha256From, 256 KiB, npm in WASM with node:crypto", "the same by the core", "node:from256k" / "node:from_core256k", Bar::None;
    "subtle_copied64k_vs_core": "64 KiB copied and hashed by crypto.subtle", "sha256From by the core", "node:from_subtle64k" / "node:from_core64k", Bar::None;
    "subtle_copied256k_vs_core": "256 KiB copied and hashed by crypto.subtle", "sha256From by the core", "node:from_subtle256k" / "node:from_core256k", Bar::None;
};
