//! How many instructions a call takes, and how much stack.

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::register::msp;

/// With `-icount shift=0` QEMU advances its clock by a nanosecond with each instruction, and SysTick runs at 25 MHz.
const INSTRUCTIONS_A_TICK: u32 = 40;
/// SysTick counts down through 24 bits.
const TICKS: u32 = 0x00ff_ffff;

/// Bytes of stack that are looked at: more than any operation may take.
const PAINTED_BYTES: u32 = 64 * 1024;
const PAINT: u32 = 0xa5a5_5a5a;

/// What a call took.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Instructions, in steps of forty.
    pub instructions: u32,
    /// Bytes of stack below the caller.
    pub stack: u32,
}

/// Counts instructions and stack.
#[derive(Debug)]
pub struct Meter;

impl Meter {
    /// Starts the timer.
    #[must_use]
    pub fn new(mut timer: SYST) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(TICKS);
        timer.clear_current();
        timer.enable_counter();
        Self
    }

    /// Runs a function, and says what it took.
    #[inline(never)]
    pub fn measure<T>(&self, run: impl FnOnce() -> T) -> (T, Taken) {
        let top = msp::read();
        paint(top);
        let start = SYST::get_current();
        let result = run();
        let ticks = start.wrapping_sub(SYST::get_current()) & TICKS;
        (result, Taken { instructions: ticks * INSTRUCTIONS_A_TICK, stack: depth(top) })
    }
}

/// Words below `top`, farthest first.
fn words(top: u32) -> impl Iterator<Item = *mut u32> {
    let bottom = top.saturating_sub(PAINTED_BYTES) & !3;
    (bottom..top & !3).step_by(4).map(|address| core::ptr::with_exposed_provenance_mut(address as usize))
}

/// Writes a pattern to everything below the stack pointer.
#[inline(always)]
#[expect(unsafe_code, reason = "whoever looks at the stack looks at raw memory")]
fn paint(top: u32) {
    for word in words(top) {
        // SAFETY: inlined, so that no frame lies below `top`; no interrupt is enabled; the board has four megabytes
        // of RAM, whose upper end the stack grows down from, and nothing else lies in its upper half.
        unsafe { word.write_volatile(PAINT) };
    }
}

/// How far down the pattern is gone.
#[inline(always)]
#[expect(unsafe_code, reason = "whoever looks at the stack looks at raw memory")]
fn depth(top: u32) -> u32 {
    for word in words(top) {
        // SAFETY: as above, and only read.
        if unsafe { word.read_volatile() } != PAINT {
            return top.saturating_sub(u32::try_from(word.addr()).unwrap_or(0));
        }
    }
    0
}
