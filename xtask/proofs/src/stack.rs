//! How much stack a call of an entry can need: the deepest path through the call graph.
//!
//! Frames are those that the compiler states (`.stack_sizes`), compared with what the code does; where a function came
//! compiled, what the code does is all there is. A call through a pointer may lead to every function whose address is
//! taken. Functions that can call each other in a circle count as often as the circle can be gone round.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use rustc_demangle::demangle;

use super::image::{Function, Image};
use super::thumb::{Effect, effects};

/// A function as a node of the graph.
struct Node {
    frame: u64,
    calls: BTreeSet<u32>,
}

/// Bytes: no call of `entry` needs more.
pub(super) fn bound(image: &Image, entry: &str) -> Result<u64> {
    let graph = graph(image)?;
    let mut finder = Circles { graph: &graph, order: BTreeMap::new(), path: Vec::new(), circles: Vec::new() };
    finder.visit(image.address_of(entry)?);
    // Circles come in the order in which they are left: those that a circle calls are before it.
    let mut needs: BTreeMap<u32, u64> = BTreeMap::new();
    for circle in &finder.circles {
        let inside: BTreeSet<u32> = circle.iter().copied().collect();
        let node = |address: &u32| graph.get(address).context("a call to where no function is");
        let mut beyond = 0;
        let mut frames = 0;
        let mut is_circle = inside.len() > 1;
        for address in circle {
            frames += node(address)?.frame;
            for callee in &node(address)?.calls {
                is_circle |= callee == address;
                if !inside.contains(callee) {
                    beyond = beyond.max(needs.get(callee).copied().unwrap_or(0));
                }
            }
        }
        let rounds = if is_circle { rounds(image, &inside)? } else { 1 };
        for address in circle {
            needs.insert(*address, frames * rounds + beyond);
        }
    }
    needs.get(&image.address_of(entry)?).copied().context("the entry was not reached")
}

fn graph(image: &Image) -> Result<BTreeMap<u32, Node>> {
    let mut graph = BTreeMap::new();
    for (address, function) in &image.functions {
        graph.insert(*address, node(image, *address, function)?);
    }
    Ok(graph)
}

fn node(image: &Image, address: u32, function: &Function) -> Result<Node> {
    let name = demangle(&function.name);
    let (mut pushed, mut calls, mut moves, mut aligned) = (0, BTreeSet::new(), false, None);
    for effect in function.code.iter().flat_map(|(at, code)| effects(*at, code)) {
        match effect {
            Effect::Pushes(bytes) => pushed += bytes,
            Effect::Calls(to) => drop(calls.insert(to)),
            // Out of the function: a call that does not come back here.
            Effect::Jumps(to) if !(address..function.end).contains(&to) => {
                ensure!(image.functions.contains_key(&to), "{name:#} jumps to {to:#x}, where no function begins");
                calls.insert(to);
            }
            Effect::Jumps(_) => {}
            Effect::CallsRegister => {
                ensure!(
                    !image.address_taken.is_empty(),
                    "{name:#} calls through a pointer, and there is none to a function"
                );
                calls.extend(&image.address_taken);
            }
            Effect::MovesStack => moves = true,
            Effect::Aligns(bits) => aligned = aligned.max(Some(bits)),
        }
    }
    if let Some(frame) = function.frame {
        ensure!(frame <= pushed, "{name:#}: the compiler says {frame} bytes of stack, and the code takes {pushed}");
    }
    // The stack pointer is a multiple of eight at every call (AAPCS32, 6.2.1.2). What it takes to make it a multiple of
    // more is not in the compiler's figure.
    let alignment = match (moves, aligned) {
        (false, _) => 0,
        (true, Some(bits)) => (1_u64 << bits).saturating_sub(8),
        (true, None) => bail!("{name:#} moves the stack pointer by an amount that is not known"),
    };
    Ok(Node { frame: function.frame.unwrap_or(pushed) + alignment, calls })
}

/// Strongly connected parts of the graph (Tarjan).
struct Circles<'g> {
    graph: &'g BTreeMap<u32, Node>,
    /// When a function was first seen, and the earliest on the path that it leads back to; `None` once it is in a circle.
    order: BTreeMap<u32, Option<usize>>,
    path: Vec<u32>,
    circles: Vec<Vec<u32>>,
}

impl Circles<'_> {
    /// The earliest function on the path that this one leads back to.
    fn visit(&mut self, address: u32) -> usize {
        let place = self.path.len();
        self.path.push(address);
        self.order.insert(address, Some(place));
        let mut earliest = place;
        for callee in self.graph.get(&address).map(|node| node.calls.clone()).unwrap_or_default() {
            match self.order.get(&callee) {
                None => earliest = earliest.min(self.visit(callee)),
                Some(Some(seen)) => earliest = earliest.min(*seen),
                Some(None) => {}
            }
        }
        if earliest == place {
            let circle = self.path.split_off(place);
            for address in &circle {
                self.order.insert(*address, None);
            }
            self.circles.push(circle);
        } else if let Some(seen) = self.order.get_mut(&address) {
            *seen = Some(earliest);
        }
        earliest
    }
}

/// Circles in the graph, by a function of theirs: how often one can be gone round, and why.
const ROUNDS: &[(&str, u64, &str)] = &[
    (
        "json::Reader>::array",
        2,
        "what is read has lists in objects, and those have objects once more: signatures of DSSE",
    ),
    ("base64::Encoder", 2, "base64 is in base64 once: certificates in the header of a JWS"),
];

/// How often a circle can be gone round.
fn rounds(image: &Image, circle: &BTreeSet<u32>) -> Result<u64> {
    let name = |address| image.functions.get(address).map(|function| format!("{:#}", demangle(&function.name)));
    let names: Vec<String> = circle.iter().filter_map(name).collect();
    let known = ROUNDS.iter().find(|(known, _, _)| names.iter().any(|name| name.contains(known)));
    match known {
        Some((_, rounds, _)) => Ok(*rounds),
        None => bail!(
            "functions that call each other in a circle, and nobody says how often (ROUNDS in xtask/src/proofs/stack.rs):\n    {}",
            names.join("\n    ")
        ),
    }
}

/// The functions that call what panics.
pub(super) fn callers_of_panics(image: &Image) -> Result<BTreeSet<String>> {
    let name =
        |address: &u32| image.functions.get(address).map_or_else(String::new, |f| format!("{:#}", demangle(&f.name)));
    let is_panic = |name: &str| {
        name.starts_with("core::panicking") || name.contains("_fail") || name.starts_with("core::option::")
    };
    let mut callers = BTreeSet::new();
    for (address, node) in graph(image)? {
        let caller = name(&address);
        for callee in node.calls.iter().map(name).filter(|callee| is_panic(callee) && !is_panic(&caller)) {
            callers.insert(format!("{caller} → {callee}"));
        }
    }
    Ok(callers)
}
