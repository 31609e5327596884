//! What it costs to cross a border: computed from the same work on both sides of it.

use super::measurement::Samples;
use super::rows::{AT_BORDER, IN_ADDON, IN_NODE};

/// KiB of what the large contenders hash.
const LARGE_KIB: f64 = 64.0;

/// A border, and what is measured behind it and before it: SHA-256 of 64 bytes, and of 64 KiB.
struct Border {
    name: &'static str,
    /// Before the names of the binding's contenders, `crossing64b` and `crossing64k`.
    binding: &'static str,
    /// Before the names of the core's, `core_crossing64b` and `core_crossing64k`, in a process that is comparable.
    core: &'static str,
}

/// One line for each binding. One whose contenders are not measured is left out with its rows. Another binding needs a
/// process that prints samples as `benches/src/main.rs` does, a line here, and two rows. (Python and Kotlin have
/// `cargo xtask uniffi --borders`; a call from C is a direct call.)
const BORDERS: [Border; 2] =
    [Border { name: "wasm", binding: IN_NODE, core: IN_NODE }, Border { name: "addon", binding: IN_ADDON, core: "" }];

/// For each border and round: what a call costs, and what each KiB that goes along costs beyond it.
pub(crate) fn borders(samples: &Samples) -> Samples {
    let mut costs = Samples::new();
    for Border { name, binding, core } in BORDERS {
        let of = |prefix: &str, name: &str| samples.get(&format!("{prefix}{name}"));
        let small = of(binding, "crossing64b").zip(of(core, "core_crossing64b"));
        let large = of(binding, "crossing64k").zip(of(core, "core_crossing64k"));
        let Some((small, large)) = small.zip(large) else { continue };
        let call: Vec<f64> = over(small);
        let kib = over(large).iter().zip(&call).map(|(large, call)| (large - call) / LARGE_KIB).collect();
        costs.insert(format!("{AT_BORDER}{name}_call"), call);
        costs.insert(format!("{AT_BORDER}{name}_kib"), kib);
    }
    costs
}

/// What the first takes longer, round by round.
fn over((ours, core): (&Vec<f64>, &Vec<f64>)) -> Vec<f64> {
    ours.iter().zip(core).map(|(ours, core)| ours - core).collect()
}

#[cfg(test)]
mod tests {
    use super::{Samples, borders};

    #[test]
    fn a_call_costs_what_is_over_and_a_kib_what_is_over_that() {
        let names = ["node:crossing64b", "node:core_crossing64b", "node:crossing64k", "node:core_crossing64k"];
        let values = [500.0, 100.0, 75_000.0, 68_200.0];
        let samples: Samples =
            names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), vec![value])).collect();
        let costs = borders(&samples);
        assert_eq!(costs["border:wasm_call"], [400.0]);
        assert_eq!(costs["border:wasm_kib"], [100.0]);
        assert_eq!(costs.len(), 2, "what was not measured is left out");
    }
}
