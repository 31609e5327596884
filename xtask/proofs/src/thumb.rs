//! As much of the Thumb-2 instruction set (Armv7-M Architecture Reference Manual, A7.7) as calls and stack frames need.

/// What an instruction does that matters here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// Takes this many bytes of stack.
    Pushes(u64),
    /// Goes to this address, and may come back.
    Calls(u32),
    /// Goes to this address for good: a jump, or a call at the end.
    Jumps(u32),
    /// Goes where a register says.
    CallsRegister,
    /// Moves the stack pointer to where a register says.
    MovesStack,
    /// Clears so many low bits of a register: how a stack pointer is aligned, before it is moved.
    Aligns(u32),
}

/// The effects of a piece of code that begins at `address`.
pub(super) fn effects(address: u32, code: &[u8]) -> Vec<Effect> {
    let mut effects = Vec::new();
    let (halves, _) = code.as_chunks::<2>();
    let mut halves = halves.iter().map(|half| u16::from_le_bytes(*half));
    let mut at = address;
    while let Some(first) = halves.next() {
        if first >> 11 < 0b11101 {
            effects.extend(narrow(at, first));
            at += 2;
        } else if let Some(second) = halves.next() {
            effects.extend(wide(at, first, second));
            at += 4;
        }
    }
    effects
}

fn narrow(at: u32, half: u16) -> Option<Effect> {
    match half {
        // PUSH {registers, LR}
        _ if half & 0xfe00 == 0xb400 => Some(Effect::Pushes(4 * u64::from((half & 0x1ff).count_ones()))),
        // SUB SP, #immediate
        _ if half & 0xff80 == 0xb080 => Some(Effect::Pushes(4 * u64::from(half & 0x7f))),
        // BLX register
        _ if half & 0xff87 == 0x4780 => Some(Effect::CallsRegister),
        // BX register, unless it is LR, which is the return
        _ if half & 0xff87 == 0x4700 && half != 0x4770 => Some(Effect::CallsRegister),
        // MOV PC, register
        _ if half & 0xff87 == 0x4687 => Some(Effect::CallsRegister),
        // B under a condition; 14 and 15 are other instructions
        _ if half & 0xf000 == 0xd000 && half >> 8 & 0xf < 0xe => {
            let offset = u32::from(half & 0xff) << 1;
            let extended = offset | if offset & 0x100 == 0 { 0 } else { 0xffff_fe00 };
            Some(Effect::Jumps(at.wrapping_add(4).wrapping_add(extended)))
        }
        // CBZ, CBNZ
        _ if half & 0xf500 == 0xb100 => {
            let offset = u32::from(half >> 9 & 1) << 6 | u32::from(half >> 3 & 0x1f) << 1;
            Some(Effect::Jumps(at.wrapping_add(4).wrapping_add(offset)))
        }
        // B, unconditional
        _ if half & 0xf800 == 0xe000 => {
            let offset = u32::from(half & 0x7ff) << 1;
            let extended = offset | if offset & 0x800 == 0 { 0 } else { 0xffff_f000 };
            Some(Effect::Jumps(at.wrapping_add(4).wrapping_add(extended)))
        }
        // MOV SP, register: the frame pointer comes back, or the frame has a size that is not known
        _ if half & 0xff87 == 0x4685 => Some(Effect::MovesStack),
        _ => None,
    }
}

fn wide(at: u32, first: u16, second: u16) -> Option<Effect> {
    let pair = u32::from(first) << 16 | u32::from(second);
    match pair {
        // PUSH.W {registers}, and STMDB SP!
        _ if first == 0xe92d => Some(Effect::Pushes(4 * u64::from(second.count_ones()))),
        // STR register, [SP, #-immediate]!
        _ if pair & 0xffff_0f00 == 0xf84d_0d00 => Some(Effect::Pushes(u64::from(second & 0xff))),
        // BFC register, #0, #width
        _ if first == 0xf36f && second & 0x70e0 == 0 && second & 0x00c0 == 0 => {
            Some(Effect::Aligns(u32::from(second & 0x1f) + 1))
        }
        // STRD registers, [SP, #-immediate]!
        _ if first == 0xe96d => Some(Effect::Pushes(4 * u64::from(second & 0xff))),
        // VPUSH
        _ if first & 0xffbf == 0xed2d && second & 0x0e00 == 0x0a00 => {
            Some(Effect::Pushes(4 * u64::from(second & 0xff)))
        }
        // SUB.W SP, SP, #modified immediate
        _ if first & 0xfbef == 0xf1ad && second & 0x8f00 == 0x0d00 => Some(Effect::Pushes(modified(first, second))),
        // SUBW SP, SP, #immediate
        _ if first & 0xfbff == 0xf2ad && second & 0x8f00 == 0x0d00 => Some(Effect::Pushes(plain(first, second))),
        // SUB.W SP, SP, register
        _ if first == 0xebad && second & 0x0f00 == 0x0d00 => Some(Effect::MovesStack),
        // LDR PC, unless it is POP {PC}, which is the return
        _ if first & 0xff70 == 0xf850 && second >> 12 == 0xf && pair != 0xf85d_fb04 => Some(Effect::CallsRegister),
        // B.W under a condition
        _ if first & 0xf800 == 0xf000 && second & 0xd000 == 0x8000 && first >> 6 & 0xf < 0xe => {
            Some(Effect::Jumps(conditional_branch(at, first, second)))
        }
        // BL, and B.W in its longest form
        _ if first & 0xf800 == 0xf000 && second & 0xd000 == 0xd000 => Some(Effect::Calls(branch(at, first, second))),
        _ if first & 0xf800 == 0xf000 && second & 0xd000 == 0x9000 => Some(Effect::Jumps(branch(at, first, second))),
        _ => None,
    }
}

/// Twelve bits.
fn plain(first: u16, second: u16) -> u64 {
    u64::from(first >> 10 & 1) << 11 | u64::from(second >> 12 & 7) << 8 | u64::from(second & 0xff)
}

/// A modified immediate (A5.3.2): a byte in several places, or one that is rotated.
fn modified(first: u16, second: u16) -> u64 {
    let code = plain(first, second);
    let byte = code & 0xff;
    match code >> 8 {
        0 => byte,
        1 => byte << 16 | byte,
        2 => byte << 24 | byte << 8,
        3 => byte * 0x0101_0101,
        _ => {
            let rotation = u32::try_from(code >> 7).unwrap_or(0);
            u64::from(u32::try_from(code & 0x7f | 0x80).unwrap_or(0).rotate_right(rotation))
        }
    }
}

/// Where BL and B.W lead: 25 bits, the two below the sign inverted by it.
fn branch(at: u32, first: u16, second: u16) -> u32 {
    let sign = u32::from(first >> 10 & 1);
    let bit = |place: u16| !(u32::from(second >> place & 1) ^ sign) & 1;
    let high = sign << 24 | bit(13) << 23 | bit(11) << 22;
    let offset = high | u32::from(first & 0x3ff) << 12 | u32::from(second & 0x7ff) << 1;
    let extended = offset | if sign == 1 { 0xfe00_0000 } else { 0 };
    at.wrapping_add(4).wrapping_add(extended)
}

/// Where B.W under a condition leads: 21 bits.
fn conditional_branch(at: u32, first: u16, second: u16) -> u32 {
    let bit = |half: u16, place: u16| u32::from(half >> place & 1);
    let high = bit(first, 10) << 20 | bit(second, 11) << 19 | bit(second, 13) << 18;
    let offset = high | u32::from(first & 0x3f) << 12 | u32::from(second & 0x7ff) << 1;
    let extended = offset | if bit(first, 10) == 1 { 0xffe0_0000 } else { 0 };
    at.wrapping_add(4).wrapping_add(extended)
}

#[cfg(test)]
mod tests {
    use super::{Effect, effects};

    fn one(halves: &[u16]) -> Vec<Effect> {
        effects(0x1000, &halves.iter().flat_map(|half| half.to_le_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn instructions_as_an_assembler_writes_them() {
        // As `arm-none-eabi-as` encodes them.
        for (halves, expected) in [
            (&[0xb5f0][..], vec![Effect::Pushes(20)]),        // push {r4-r7, lr}
            (&[0xb098], vec![Effect::Pushes(96)]),            // sub sp, #96
            (&[0xe92d, 0x0f00], vec![Effect::Pushes(16)]),    // push.w {r8-r11}
            (&[0xf84d, 0xbd04], vec![Effect::Pushes(4)]),     // push.w {r11}
            (&[0xed2d, 0x8b04], vec![Effect::Pushes(16)]),    // vpush {d8, d9}
            (&[0xf5ad, 0x7d00], vec![Effect::Pushes(512)]),   // sub.w sp, sp, #512
            (&[0xf5ad, 0x6d91], vec![Effect::Pushes(1160)]),  // sub.w sp, sp, #1160
            (&[0xf2ad, 0x4d44], vec![Effect::Pushes(1092)]),  // subw sp, sp, #1092
            (&[0x4798], vec![Effect::CallsRegister]),         // blx r3
            (&[0x4718], vec![Effect::CallsRegister]),         // bx r3
            (&[0x4770], vec![]),                              // bx lr
            (&[0xf000, 0xf800], vec![Effect::Calls(0x1004)]), // bl .+4
            (&[0xf7ff, 0xfffe], vec![Effect::Calls(0x1000)]), // bl .
            (&[0xf000, 0xb802], vec![Effect::Jumps(0x1008)]), // b.w .+8
            (&[0x46bd], vec![Effect::MovesStack]),            // mov sp, r7
            (&[0x469f], vec![Effect::CallsRegister]),         // mov pc, r3
            (&[0xf8d3, 0xf004], vec![Effect::CallsRegister]), // ldr.w pc, [r3, #4]
            (&[0xf85d, 0xfb04], vec![]),                      // pop.w {pc}
            (&[0xf36f, 0x0405], vec![Effect::Aligns(6)]),     // bfc r4, #0, #6
            (&[0xf84d, 0xed08], vec![Effect::Pushes(8)]),     // str lr, [sp, #-8]!
            (&[0xd0fe], vec![Effect::Jumps(0x1000)]),         // beq.n .
            (&[0xd102], vec![Effect::Jumps(0x1008)]),         // bne.n .+8
            (&[0xb108], vec![Effect::Jumps(0x1006)]),         // cbz r0, .+6
            (&[0xbb08], vec![Effect::Jumps(0x1046)]),         // cbnz r0, .+70
            (&[0xe7fe], vec![Effect::Jumps(0x1000)]),         // b.n .
            (&[0xe002], vec![Effect::Jumps(0x1008)]),         // b.n .+8
            (&[0xf43f, 0xaffe], vec![Effect::Jumps(0x1000)]), // beq.w .
            (&[0xf040, 0x8002], vec![Effect::Jumps(0x1008)]), // bne.w .+8
        ] {
            assert_eq!(one(halves), expected, "{halves:x?}");
        }
    }
}
