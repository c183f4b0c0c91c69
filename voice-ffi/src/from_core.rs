//! Conversions of the core's enums to those of the header.

/// Converts each variant to the one of the same name. A variant that only a newer core has becomes `$other`.
macro_rules! from_core {
    ($core:ident => $header:ident { $($variant:ident),* } else $other:ident) => {
        impl From<$core> for $header {
            fn from(value: $core) -> Self {
                match value {
                    $($core::$variant { .. } => Self::$variant,)*
                    _ => Self::$other,
                }
            }
        }
    };
}

pub(crate) use from_core;
