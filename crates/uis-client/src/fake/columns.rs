//! Which columns there are, and what may be done with each: filtered (F), sorted by (S), given
//! when no `fields` are asked for (*). From the documentation's table of each report.

/// What a column holds: decides which operators it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Flag,
    Time,
    Nested,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    marks: &'static str,
}

impl Column {
    pub(super) fn filters(&self) -> bool {
        self.marks.contains('F')
    }

    pub(super) fn sorts(&self) -> bool {
        self.marks.contains('S')
    }

    pub(super) fn is_default(&self) -> bool {
        self.marks.contains('*')
    }
}

const fn number(name: &'static str, marks: &'static str) -> Column {
    Column { name, kind: Kind::Number, marks }
}

const fn text(name: &'static str, marks: &'static str) -> Column {
    Column { name, kind: Kind::Text, marks }
}

const fn flag(name: &'static str, marks: &'static str) -> Column {
    Column { name, kind: Kind::Flag, marks }
}

const fn time(name: &'static str, marks: &'static str) -> Column {
    Column { name, kind: Kind::Time, marks }
}

const fn nested(name: &'static str, marks: &'static str) -> Column {
    Column { name, kind: Kind::Nested, marks }
}

/// `get.calls_report`.
pub(super) const CALLS: &[Column] = &[
    number("id", "F*"),
    number("communication_id", "F*"),
    text("communication_type", "*"),
    time("start_time", "S*"),
    time("finish_time", "*"),
    text("finish_reason", "FS*"),
    text("direction", "FS*"),
    flag("is_lost", "FS*"),
    text("source", "FS*"),
    text("contact_phone_number", "F*"),
    text("virtual_phone_number", "FS*"),
    number("talk_duration", "F*"),
    number("clean_talk_duration", "F*"),
    number("total_duration", "F*"),
    number("wait_duration", "F*"),
    number("total_wait_duration", "F*"),
    number("cpn_region_id", "FS*"),
    text("cpn_region_name", "FS*"),
    nested("call_records", "*"),
    nested("wav_call_records", "*"),
    text("full_record_file_link", "*"),
    nested("voice_mail_records", ""),
    flag("is_transfer", "FS"),
    nested("employees", "F"),
    number("last_answered_employee_id", "F"),
    text("last_answered_employee_full_name", "F"),
    text("operator_phone_number", "F"),
    nested("tags", "F"),
    number("scenario_id", "FS"),
    text("scenario_name", "F"),
    number("contact_id", "F"),
    text("contact_full_name", "F"),
];

/// `get.call_legs_report`.
pub(super) const LEGS: &[Column] = &[
    number("id", "F*"),
    number("call_session_id", "FS*"),
    nested("call_records", "*"),
    nested("wav_call_records", "*"),
    time("start_time", "S*"),
    time("connect_time", "*"),
    number("duration", "*"),
    number("total_duration", "*"),
    text("finish_reason", "*"),
    text("virtual_phone_number", "*"),
    text("calling_phone_number", "*"),
    text("called_phone_number", "*"),
    text("direction", "*"),
    flag("is_transfered", "*"),
    flag("is_operator", "*"),
    number("employee_id", "*"),
    number("employee_rating", "*"),
    number("scenario_id", "*"),
    flag("is_coach", "*"),
    flag("is_failed", "*"),
    text("action_name", "*"),
    number("group_id", "*"),
    text("group_name", "*"),
    text("employee_full_name", ""),
    text("employee_phone_number", ""),
    flag("is_talked", ""),
    text("contact_phone_number", ""),
];

/// `get.employees`.
pub(super) const EMPLOYEES: &[Column] = &[
    number("id", "FS*"),
    text("full_name", "FS*"),
    text("login", "FS*"),
    text("email", "FS*"),
    number("status_id", "FS*"),
    text("call_recording", "FS*"),
    nested("groups", "*"),
    nested("phone_numbers", "*"),
    nested("extension", "*"),
];

/// `get.tags`.
pub(super) const TAGS: &[Column] = &[number("id", "FS*"), text("name", "FS*"), flag("is_system", "FS*")];

/// `get.account`.
pub(super) const ACCOUNT: &[Column] = &[number("app_id", "*"), text("name", "*"), text("timezone", "*")];
