//! AI telephone calls: what a robot says, and when.
//!
//! ```
//! assert_eq!(
//!     voice_agent::speakable("Итого около 1 200 ₽, приедем 15.03 в 14:30."),
//!     "Итого около тысячи двухсот рублей, приедем пятнадцатого марта в четырнадцать тридцать."
//! );
//! ```
//!
//! Place: above `store` and the providers' traits, below `app`.

mod spoken;

pub use spoken::speakable;
