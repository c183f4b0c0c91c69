//! Results that the host owns: a C struct, and the storage that its pointers refer to.

use voice_core::{TrapsMasked, catch};

/// The allocation given to the host, which sees the first field only.
#[repr(C)]
pub(crate) struct Owned<V, S> {
    view: V,
    /// Keeps alive what `view` points to.
    _store: S,
}

impl<V, S> Owned<V, S> {
    /// Passes ownership to the host, until [`free`](Self::free).
    pub(crate) fn give(view: V, store: S) -> *mut V {
        Box::into_raw(Box::new(Self { view, _store: store })).cast()
    }

    /// Frees a view; NULL is allowed.
    ///
    /// # Safety `view` is NULL or came from [`give`](Self::give) of the same types, and was not freed.
    pub(crate) unsafe fn free(view: *mut V) {
        if !view.is_null() {
            // SAFETY: `give` made it from a box of `Self`, whose first field is `view`.
            free(Some(unsafe { Box::from_raw(view.cast::<Self>()) }));
        }
    }
}

/// An array as a C pointer and length; NULL if it is empty.
pub(crate) fn raw_parts<T>(items: &[T]) -> (*const T, usize) {
    (if items.is_empty() { std::ptr::null() } else { items.as_ptr() }, items.len())
}

/// Frees `object`; a panic in its destructor is caught.
pub(crate) fn free<T>(object: Option<Box<T>>) {
    let _traps = TrapsMasked::new();
    let _ = catch(|| drop(object));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panicking_destructor_is_caught() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("injected");
            }
        }
        free(Some(Box::new(Bomb)));
    }
}
