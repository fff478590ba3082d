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

const PEOPLE: &[(i64, &str, &str, &str, &[&str])] = &[
    // id, name, inner number, group, the lines that they serve: who introduces herself as Anna is one
    (25_611, "Ковалёва Анна", "0288101", "Продажи", &["windows", "kitchens"]),
    (25_612, "Егорова Анна", "0288102", "Продажи", &["windows", "fitness"]),
    (25_613, "Соболева Анна", "0288103", "Продажи", &["fitness", "kitchens"]),
    (25_614, "Морозова Елена", "0288104", "Поддержка", &["fridges"]),
    (25_615, "Зайцева Елена", "0288105", "Поддержка", &["fridges", "parcels"]),
    (25_616, "Белова Ирина", "0288106", "Запись", &["dentist", "internet"]),
    (25_617, "Титова Ирина", "0288107", "Запись", &["internet", "dentist"]),
    (25_618, "Мельников Александр", "0288108", "Продажи", &["freight", "sofas"]),
    (25_619, "Гусев Александр", "0288109", "Продажи", &["freight", "garage"]),
    (25_620, "Орлова Дарья", "0288110", "Продажи", &["parcels", "sofas"]),
    (25_621, "Никитин Пётр", "0288111", "Запись", &["garage", "sofas"]),
];

const LINES: &[(i64, &str, &str, &str)] = &[
    (7101, "74950001201", "Окна «Север Пласт»", "windows"),
    (7102, "74950001202", "Доставка посылок", "parcels"),
    (7103, "74950001203", "Бытовая техника", "fridges"),
    (7104, "74950001204", "«Интернет Плюс»", "internet"),
    (7105, "74950001205", "«Вектор Логистика»", "freight"),
    (7106, "74950001206", "Стоматология «Добрый доктор»", "dentist"),
    (7107, "74950001207", "Магазин диванов", "sofas"),
    (7108, "74950001208", "Фитнес-клуб «Энергия»", "fitness"),
    (7109, "74950001209", "Автосервис «Мотор»", "garage"),
    (7110, "74950001210", "Мебельная фабрика «Уют»", "kitchens"),
];

/// What is known of a client after the call.
pub(super) const TAGS: &[(i64, &str)] = &[
    (515_114, "Целевой"),
    (515_115, "Нецелевой"),
    (515_116, "Жалоба"),
    (515_117, "Повторный"),
    (515_118, "Заявка"),
];

/// The company.
pub(super) struct Company {
    pub(super) account: Account,
    pub(super) employees: Vec<Employee>,
    pub(super) numbers: Vec<VirtualNumber>,
    pub(super) tags: Vec<Tag>,
}

pub(super) fn company() -> Company {
    Company {
        account: Account {
            app_id: 10_452, name: "ООО «Единая линия»", zone: Tz::Asia__Yekaterinburg
        },
        employees: PEOPLE
            .iter()
            .map(|&(id, full_name, extension, group, _)| Employee { id, full_name, extension, group })
            .collect(),
        numbers: LINES.iter().map(|&(id, number, name, _)| VirtualNumber { id, number, name }).collect(),
        tags: TAGS.iter().map(|&(id, name)| Tag { id, name }).collect(),
    }
}

/// Who serves the line of that dialogue; everyone, if it belongs to none.
pub(super) fn serving(line: &str) -> Vec<(i64, &'static str)> {
    let of = |wanted: &dyn Fn(&[&str]) -> bool| {
        PEOPLE.iter().filter(|p| wanted(p.4)).map(|p| (p.0, p.2)).collect::<Vec<_>>()
    };
    let found = of(&|lines| lines.contains(&line));
    if found.is_empty() { of(&|_| true) } else { found }
}

/// The number of that dialogue's line.
pub(super) fn number_of(line: &str) -> Option<&'static str> {
    LINES.iter().find(|known| known.3 == line).map(|known| known.1)
}
