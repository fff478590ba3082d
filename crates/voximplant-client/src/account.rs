//! The account and its money.

use crate::AccountId;

/// Millionths of the account's currency: history tells costs without naming it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Amount {
    /// Millionths.
    pub micros: i64,
}

/// Who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The number.
    pub id: AccountId,
    /// The name.
    pub name: String,
    /// The balance, where the key's role may see it.
    pub balance: Option<Amount>,
    /// `USD`, `RUR`, `EUR`, …
    pub currency: Option<String>,
    /// Calls are possible; `None` where the answer does not say.
    pub active: Option<bool>,
    /// Closed for want of money.
    pub frozen: bool,
    /// The preferred address of the API.
    pub api_address: Option<String>,
}
