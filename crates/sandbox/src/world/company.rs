//! A contact centre that answers for several firms: every firm has its number, every employee serves
//! one or two of them. All names and numbers are made up.

use chrono_tz::Tz;

/// The account at UIS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub app_id: i64,
    /// Its name.
    pub name: &'static str,
    /// Where its wall clock hangs: the zone of all dates in reports.
    pub zone: Tz,
}

/// Someone who answers and dials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employee {
    /// The id in reports.
    pub id: i64,
    /// Family name, name.
    pub full_name: &'static str,
    /// Inner number, as in `operator_phone_number`.
    pub extension: &'static str,
    /// The group, as in the cabinet.
    pub group: &'static str,
}

/// A number that clients ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualNumber {
    /// The id.
    pub id: i64,
    /// Digits.
    pub number: &'static str,
    /// Whose it is: the name in the cabinet.
    pub name: &'static str,
}

/// A tag of the cabinet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The id.
    pub id: i64,
    /// The name.
    pub name: &'static str,
}

pub(super) fn company() -> (Account, Vec<Employee>, Vec<VirtualNumber>, Vec<Tag>) {
    (
        Account { app_id: 10_452, name: "ООО «Единая линия»", zone: Tz::Asia__Yekaterinburg },
        Vec::new(),
        Vec::new(),
        Vec::new(),
    )
}
