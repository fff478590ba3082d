//! What Google itself can refuse or spoil, and what people do to the sheet.

use serde_json::{Value, json};
use sheets_sink::testing::{FakeGoogle, GoogleFault, On, Share};

use crate::Operation;
use crate::switches::Switches;

/// The clock of `clock_skew` where the order names no `seconds`.
const DEFAULT_SKEW_S: i64 = 3_600;

pub(super) struct GoogleSwitches {
    fake: FakeGoogle,
    sheet_id: &'static str,
    account: &'static str,
}

const KINDS: &[&str] = &[
    "google_key_revoked",
    "expired_token",
    "token_refused",
    "scope_missing",
    "api_disabled",
    "clock_skew",
    "sheet_unshared",
    "sheet_read_only",
    "sheet_office_file",
    "sheet_localized",
    "sheet_full",
    "row_refused",
    "google_quota",
    "write_unavailable",
    "write_unavailable_after",
    "write_lost_before",
    "write_lost_after",
    "write_cut",
    "write_late",
    "tab_renamed",
    "tab_deleted",
    "column_inserted",
    "column_moved",
    "column_protected",
    "row_edited",
    "row_deleted",
    "row_copied",
    "rows_sorted",
];

impl GoogleSwitches {
    pub(super) fn new(fake: FakeGoogle, sheet_id: &'static str, account: &'static str) -> Self {
        Self { fake, sheet_id, account }
    }

    /// What hits the next requests, one each.
    fn passing(&self, kind: &str, times: Option<u32>) -> bool {
        let fault = match kind {
            "token_refused" => GoogleFault::Unauthorized,
            "google_quota" => GoogleFault::Quota,
            "write_unavailable" => GoogleFault::Unavailable,
            "write_unavailable_after" => GoogleFault::UnavailableAfter,
            "write_lost_before" => GoogleFault::LostBefore,
            "write_lost_after" => GoogleFault::LostAfter,
            "write_cut" => GoogleFault::Cut,
            "write_late" => GoogleFault::Late,
            _ => return false,
        };
        let on = if matches!(kind, "token_refused" | "google_quota") { On::Any } else { On::Write };
        // without a number one is meant: an endless list of orders could never be worked off
        for _ in 0..times.unwrap_or(1).min(1_000) {
            self.fake.fail_next(on, fault);
        }
        true
    }

    /// What lasts until it is mended.
    fn lasting(&self, kind: &str, order: &Value) -> bool {
        let fake = &self.fake;
        match kind {
            "google_key_revoked" => {
                fake.set(|state| state.key_revoked = true);
                fake.expire_tokens();
            }
            "expired_token" => fake.expire_tokens(),
            "scope_missing" => fake.set(|state| state.scope_missing = true),
            "api_disabled" => fake.set(|state| state.api_disabled = true),
            "clock_skew" => {
                let seconds = order.get("seconds").and_then(Value::as_i64).unwrap_or(DEFAULT_SKEW_S);
                fake.set(|state| state.skew_s = seconds);
                fake.expire_tokens();
            }
            "sheet_unshared" => fake.share(self.account, None),
            "sheet_read_only" => fake.share(self.account, Some(Share::Reader)),
            "sheet_office_file" => fake.set(|state| state.office_file = true),
            "sheet_localized" => fake.set(|state| state.localized = true),
            "sheet_full" => fake.fill_up(self.sheet_id, 9_990_000),
            "row_refused" => {
                let words = order.get("words").and_then(Value::as_str).unwrap_or("яд").to_owned();
                fake.set(|state| state.poison = Some(words));
            }
            _ => return false,
        }
        true
    }

    /// What a person does, at once or (`"meanwhile": true`) just before the next write.
    fn deed(&self, kind: &str, order: &Value) -> Result<(), String> {
        let tabs = self.fake.tabs(self.sheet_id);
        let named = order.get("tab").and_then(Value::as_str).map(str::to_owned);
        let tab = named.or_else(|| tabs.last().cloned()).ok_or("there is no tab")?;
        let number = |name: &str, default: usize| {
            order.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(default)
        };
        let words =
            |name: &str, default: &str| order.get(name).and_then(Value::as_str).unwrap_or(default).to_owned();
        let (row, column) = (number("row", 1), number("column", 0));
        let deed: Box<dyn FnOnce(&FakeGoogle) + Send> = match kind {
            "tab_renamed" => {
                let name = words("name", "Переименовано");
                Box::new(move |fake| fake.rename_tab(&tab, &name))
            }
            "tab_deleted" => Box::new(move |fake| fake.delete_tab(&tab)),
            "column_inserted" => {
                let header = words("header", "Моя колонка");
                Box::new(move |fake| fake.insert_column(&tab, column, &header))
            }
            "column_moved" => {
                let (from, to) = (number("from", 0), number("to", 3));
                Box::new(move |fake| fake.move_column(&tab, from, to))
            }
            "column_protected" => {
                Box::new(move |fake| fake.protect_column(&tab, column, "только для руководителя"))
            }
            "row_edited" => {
                let value = order.get("value").cloned().unwrap_or_else(|| json!("исправлено вручную"));
                Box::new(move |fake| fake.edit_cell(&tab, row, column, &value))
            }
            "row_deleted" => Box::new(move |fake| fake.delete_row(&tab, row)),
            "row_copied" => Box::new(move |fake| fake.copy_row(&tab, row)),
            "rows_sorted" => Box::new(move |fake| fake.sort_rows(&tab, column, true)),
            other => return Err(format!("Google knows no fault `{other}`")),
        };
        if order.get("meanwhile").and_then(Value::as_bool).unwrap_or(false) {
            self.fake.meanwhile(deed);
        } else {
            deed(&self.fake);
        }
        Ok(())
    }
}

impl Switches for GoogleSwitches {
    fn kinds(&self) -> &'static [&'static str] {
        KINDS
    }

    fn turn(&self, kind: &str, times: Option<u32>, order: &Value) -> Result<(), String> {
        if self.passing(kind, times) || self.lasting(kind, order) {
            return Ok(());
        }
        self.deed(kind, order)
    }

    fn concerns(&self, kind: &str, operation: &Operation) -> bool {
        operation.sheet_write || !kind.starts_with("write_")
    }

    fn clear(&self) {
        self.fake.clear_faults();
        self.fake.share(self.account, Some(Share::Writer));
    }
}
