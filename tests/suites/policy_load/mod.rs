//! Plugins under load: they are swapped, and they misbehave, while people write.
//!
//! Rule: what must hold is checked in every run; times are printed, and held to their bars only in the long one (`cargo xtask soak`), which
//! has the machine for itself.

mod hostile;
mod swaps;
mod traffic;
