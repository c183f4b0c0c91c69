//! The locale and the floating-point traps of a host's thread, which native libraries do not expect.
//!
//! libvosk prints and reads numbers by the process's locale, many of which use a decimal comma. The arithmetic of
//! libvosk and ONNX Runtime raises floating-point exceptions, which must not be trapped.

#![expect(unsafe_code, reason = "registers and the locale of a thread are read and set here")]

/// A guard: while it lives, this thread's locale is "C" and no floating-point exception is trapped. Entering and
/// leaving takes some nanoseconds. It must not be held while waiting or while calling a function of the host.
#[cfg(any(feature = "onnx", feature = "vosk"))]
pub(crate) struct CallEnvironment {
    _traps: TrapsMasked,
    #[cfg(unix)]
    locale: libc::locale_t,
}

#[cfg(any(feature = "onnx", feature = "vosk"))]
impl CallEnvironment {
    pub(crate) fn enter() -> Self {
        #[cfg(unix)]
        {
            // A `locale_t` that is never freed; 0 if it cannot be made, and then the thread keeps its own.
            static C: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
            // SAFETY: the mask and the name are valid, and there is no base.
            let make = || unsafe { libc::newlocale(libc::LC_ALL_MASK, c"C".as_ptr(), std::ptr::null_mut()) };
            let c = *C.get_or_init(|| make() as usize) as libc::locale_t;
            // SAFETY: a locale that lives for ever, or null, which changes nothing.
            Self { _traps: TrapsMasked::new(), locale: unsafe { libc::uselocale(c) } }
        }
        #[cfg(not(unix))]
        Self { _traps: TrapsMasked::new() }
    }
}

#[cfg(all(unix, any(feature = "onnx", feature = "vosk")))]
impl Drop for CallEnvironment {
    fn drop(&mut self) {
        // SAFETY: the locale that this thread had before.
        unsafe { libc::uselocale(self.locale) };
    }
}

/// A guard: while it lives, floating-point exceptions of this thread only set their flags, which is the default of
/// every program. Rounding and the treatment of subnormal numbers stay as the host has set them.
#[doc(hidden)]
pub struct TrapsMasked {
    /// The values of the registers, if exceptions were trapped.
    host: Option<Control>,
    /// Not `Send`: the registers belong to the thread.
    _thread: std::marker::PhantomData<*const ()>,
}

impl TrapsMasked {
    #[doc(hidden)]
    pub fn new() -> Self {
        let host = Some(Control::read()).filter(Control::traps);
        if let Some(host) = &host {
            host.masked().write();
        }
        Self { host, _thread: std::marker::PhantomData }
    }
}

impl Drop for TrapsMasked {
    fn drop(&mut self) {
        if let Some(host) = &self.host {
            host.write();
        }
    }
}

/// The registers that select the trapped exceptions: MXCSR for SSE, and the control word of the x87.
#[cfg(target_arch = "x86_64")]
struct Control {
    sse: u32,
    x87: u16,
}

#[cfg(target_arch = "x86_64")]
impl Control {
    const SSE_MASKS: u32 = 0x1F80;
    const X87_MASKS: u16 = 0x3F;

    fn read() -> Self {
        let (mut sse, mut x87) = (0u32, 0u16);
        // SAFETY: each stores a register to a variable of its size.
        unsafe {
            std::arch::asm!(
                "stmxcsr [{sse}]",
                "fnstcw [{x87}]",
                sse = in(reg) &raw mut sse,
                x87 = in(reg) &raw mut x87,
                options(nostack, preserves_flags)
            );
        }
        Self { sse, x87 }
    }

    fn traps(&self) -> bool {
        self.sse & Self::SSE_MASKS != Self::SSE_MASKS || self.x87 & Self::X87_MASKS != Self::X87_MASKS
    }

    fn masked(&self) -> Self {
        Self { sse: self.sse | Self::SSE_MASKS, x87: self.x87 | Self::X87_MASKS }
    }

    /// Also clears the x87's pending exceptions, which its next instruction would trap.
    fn write(&self) {
        // SAFETY: each loads a register with a value that was read from it, except for the mask bits.
        unsafe {
            std::arch::asm!(
                "fnclex",
                "fldcw [{x87}]",
                "ldmxcsr [{sse}]",
                sse = in(reg) &raw const self.sse,
                x87 = in(reg) &raw const self.x87,
                options(nostack)
            );
        }
    }
}

/// The register FPCR. On processors that cannot trap, its bits stay zero.
#[cfg(target_arch = "aarch64")]
struct Control(u64);

#[cfg(target_arch = "aarch64")]
impl Control {
    const TRAPS: u64 = 0x9F00;

    fn read() -> Self {
        let mut value = 0;
        // SAFETY: reads a register that every program may read.
        unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) value, options(nomem, nostack, preserves_flags)) };
        Self(value)
    }

    fn traps(&self) -> bool {
        self.0 & Self::TRAPS != 0
    }

    fn masked(&self) -> Self {
        Self(self.0 & !Self::TRAPS)
    }

    fn write(&self) {
        // SAFETY: writes a value that was read from the register, except for the trap bits.
        unsafe { std::arch::asm!("msr fpcr, {}", in(reg) self.0, options(nomem, nostack, preserves_flags)) };
    }
}

/// On other processors traps are not changed.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
struct Control;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl Control {
    fn read() -> Self {
        Self
    }

    fn traps(&self) -> bool {
        false
    }

    fn masked(&self) -> Self {
        Self
    }

    fn write(&self) {}
}

/// The decimal point of the thread's locale, outside of a [`CallEnvironment`].
#[cfg(all(unix, feature = "vosk"))]
pub(crate) fn decimal_point() -> String {
    // SAFETY: a valid constant; the result is a string that lives until the locale is changed.
    let point = unsafe { std::ffi::CStr::from_ptr(libc::nl_langinfo(libc::RADIXCHAR)) };
    point.to_string_lossy().into_owned()
}

#[cfg(all(not(unix), feature = "vosk"))]
pub(crate) fn decimal_point() -> String {
    ".".to_owned()
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn host_traps_are_masked_and_restored() {
        let host = Control::read();
        // Division by zero, invalid operation and overflow, as `feenableexcept` sets them.
        Control { sse: host.sse & !0x680, x87: host.x87 & !0xD }.write();
        {
            let _traps = TrapsMasked::new();
            assert!(!Control::read().traps());
            // Each of these would end the process if it were trapped.
            let zero = std::hint::black_box(0.0f32);
            assert!((1.0 / zero).is_infinite() && (zero / zero).is_nan());
        }
        let after = Control::read();
        host.write();
        assert_eq!((after.sse & Control::SSE_MASKS, after.x87 & Control::X87_MASKS), (0x1900, 0x32));
    }
}
