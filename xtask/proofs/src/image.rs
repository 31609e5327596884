//! A linked program: its functions, their sizes on the stack, and whose address is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use object::read::elf::ElfFile32;
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, RelocationTarget, SectionKind, SymbolKind};

/// A function, by its address.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// Where it ends.
    pub(super) end: u32,
    /// Its code, without constants in between.
    pub(super) code: Vec<(u32, Vec<u8>)>,
    /// Bytes of stack, as the compiler says; functions that came compiled do not have it.
    pub(super) frame: Option<u64>,
}

/// A linked program.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) text: u64,
    pub(super) rodata: u64,
    pub(super) functions: BTreeMap<u32, Function>,
    /// Functions that may be called through a pointer.
    pub(super) address_taken: BTreeSet<u32>,
}

impl Image {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        let elf: ElfFile32<'_> = ElfFile32::parse(&*bytes).with_context(|| path.display().to_string())?;
        let (mut text, mut rodata) = (0, 0);
        for section in elf.sections() {
            match section.kind() {
                SectionKind::Text => text += section.size(),
                SectionKind::ReadOnlyData | SectionKind::ReadOnlyString => rodata += section.size(),
                SectionKind::Data | SectionKind::UninitializedData => {
                    ensure!(section.size() == 0, "{}: writable data, and the core has none", path.display());
                }
                _ => {}
            }
        }
        let frames = stack_sizes(&elf)?;
        let functions = functions(&elf, &frames)?;
        let mut address_taken = BTreeSet::new();
        for section in elf.sections().filter(|s| matches!(s.kind(), SectionKind::Text | SectionKind::ReadOnlyData)) {
            // Unwinding tables name functions, and call none.
            if section.name()?.starts_with(".ARM") {
                continue;
            }
            for (_, relocation) in section.relocations() {
                let object::RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
                // Calls and jumps are read from the code.
                if matches!(
                    r_type,
                    object::elf::R_ARM_THM_PC22 | object::elf::R_ARM_THM_JUMP24 | object::elf::R_ARM_THM_JUMP19
                ) {
                    continue;
                }
                if let RelocationTarget::Symbol(index) = relocation.target() {
                    let symbol = elf.symbol_by_index(index)?;
                    let address = u32::try_from(symbol.address())? & !1;
                    if functions.contains_key(&address) {
                        address_taken.insert(address);
                    }
                }
            }
        }
        Ok(Self { text, rodata, functions, address_taken })
    }

    /// The function of a symbol.
    pub(super) fn address_of(&self, name: &str) -> Result<u32> {
        let found = self.functions.iter().find(|(_, function)| function.name == name);
        found.map(|(address, _)| *address).with_context(|| format!("there is no function {name}"))
    }
}

/// Functions by address, with the parts of them that are code: `$t` and `$d` mark where code and constants begin.
fn functions(elf: &ElfFile32<'_>, frames: &BTreeMap<u32, u64>) -> Result<BTreeMap<u32, Function>> {
    let mut marks = BTreeMap::new();
    for symbol in elf.symbols() {
        let name = symbol.name()?;
        if name == "$t" || name.starts_with("$t.") || name == "$d" || name.starts_with("$d.") {
            marks.insert(u32::try_from(symbol.address())?, name.starts_with("$t"));
        }
    }
    let mut functions = BTreeMap::new();
    for symbol in elf.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0) {
        let start = u32::try_from(symbol.address())? & !1;
        let end = start + u32::try_from(symbol.size())?;
        let section = symbol.section_index().context("a function without a section")?;
        let section = elf.section_by_index(section)?;
        let bytes = |from: u32, to: u32| -> Result<Vec<u8>> {
            let range = section.data_range(u64::from(from), u64::from(to - from))?;
            Ok(range.context("a function outside of its section")?.to_vec())
        };
        let mut code = Vec::new();
        let mut is_code = marks.range(..=start).next_back().is_none_or(|(_, is_code)| *is_code);
        let mut at = start;
        for (mark, next) in marks.range(start + 1..end).map(|(at, is_code)| (*at, *is_code)).chain([(end, false)]) {
            if is_code && mark > at {
                code.push((at, bytes(at, mark)?));
            }
            (at, is_code) = (mark, next);
        }
        let name = symbol.name()?.to_owned();
        functions.insert(start, Function { name, end, code, frame: frames.get(&start).copied() });
    }
    Ok(functions)
}

/// The section `.stack_sizes`: the address of a function, and its frame as ULEB128.
fn stack_sizes(elf: &ElfFile32<'_>) -> Result<BTreeMap<u32, u64>> {
    let mut sizes = BTreeMap::new();
    for section in elf.sections().filter(|section| section.name() == Ok(".stack_sizes")) {
        let mut rest = section.data()?;
        while let Some((address, after)) = rest.split_first_chunk::<4>() {
            let (mut frame, mut shift, mut used) = (0, 0, 0);
            for byte in after {
                frame |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                used += 1;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            sizes.insert(u32::from_le_bytes(*address) & !1, frame);
            rest = after.get(used..).unwrap_or_default();
        }
    }
    ensure!(!sizes.is_empty(), "the program has no section .stack_sizes");
    Ok(sizes)
}
