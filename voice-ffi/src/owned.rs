//! Results that the host owns: it sees a struct, which points into what is stored behind it.

use crate::boundary;

/// What is handed out; the host sees the first field only.
#[repr(C)]
pub(crate) struct Owned<V, S> {
    view: V,
    /// Keeps alive what `view` points to.
    _store: S,
}

impl<V, S> Owned<V, S> {
    /// Gives `view` to the host, until [`free`](Self::free).
    pub(crate) fn give(view: V, store: S) -> *mut V {
        Box::into_raw(Box::new(Self { view, _store: store })).cast()
    }

    /// Takes it back; NULL is allowed.
    ///
    /// # Safety
    /// `view` is NULL or came from [`give`](Self::give) of these very types, and was not freed.
    pub(crate) unsafe fn free(view: *mut V) {
        if !view.is_null() {
            // SAFETY: made from a box of `Self`, whose first field it is.
            boundary::free(Some(unsafe { Box::from_raw(view.cast::<Self>()) }));
        }
    }
}

/// An array as C sees it: NULL if there is nothing in it.
pub(crate) fn lent<T>(items: &[T]) -> (*const T, usize) {
    (if items.is_empty() { std::ptr::null() } else { items.as_ptr() }, items.len())
}
