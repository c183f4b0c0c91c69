//! The version of the library and of its binary interface.

use std::ffi::{CStr, c_char};

/// The number of the binary interface that this header describes. The interface of one number changes by additions
/// only. `voice_abi_version` returns the number of the loaded library.
pub const VOICE_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("checked at compile time: the version holds no NUL"),
};

/// The version of the library, such as "1.2.3".
///
/// Ownership: the text is static; do not free it.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The number of the binary interface of the loaded library; compare it with `VOICE_ABI_VERSION`.
///
/// Ownership: nothing to free.
/// Threads: any thread, at once.
/// Errors: none.
#[unsafe(no_mangle)]
pub extern "C" fn voice_abi_version() -> u32 {
    VOICE_ABI_VERSION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_match_package_and_header() {
        assert_eq!(VERSION.to_str(), Ok(env!("CARGO_PKG_VERSION")));
        assert_eq!(voice_version(), VERSION.as_ptr());
        assert_eq!(voice_abi_version(), VOICE_ABI_VERSION);
    }
}
