//! The pages of figures and of work: overview, managers, queue, rubrics, settings, help.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's own scaffolding fails loudly")]

mod town;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use store::{JobFilter, JobState, Stage};

use crate::house::{Answer, House};

const PAGES: [&str; 17] = [
    "/dashboard",
    "/dashboard?period=30&heat=score",
    "/dashboard?period=own&from=2020-01-01&to=2020-01-31",
    "/managers",
    "/managers/m-anna?period=30",
    "/queue",
    "/queue/schedule",
    "/rubrics",
    "/rubrics/new",
    "/rubrics/sales-full",
    "/settings",
    "/settings/users",
    "/settings/tokens",
    "/settings/webhooks",
    "/settings/audit",
    "/settings/privacy",
    "/help",
];

async fn browse(house: &House, name: Option<&str>, path: &str) -> Answer {
    let request = match name {
        Some(name) => house.request_as(name, Method::GET, path),
        None => house.request(Method::GET, path),
    };
    house.send(request.header("accept", "text/html").body(Body::empty()).unwrap()).await
}

async fn page(house: &House, path: &str) -> String {
    let answer = browse(house, None, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.text()
}

async fn form(house: &House, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = serde_urlencoded::to_string(fields).unwrap();
    let request =
        house.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    house.send(request.header("accept", "text/html").body(Body::from(body)).unwrap()).await
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("&amp;", "&").replace("&#38;", "&").replace("&#39;", "'").replace("&quot;", "\""))
}

/// Every figure of a page: the address that it leads to and the number of calls behind it.
fn figures(html: &str) -> BTreeMap<String, u64> {
    let mut figures = BTreeMap::new();
    for tag in
        html.split("<a ").skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| format!(" {tag}"))
    {
        let Some(count) = attribute(&tag, "data-count") else { continue };
        let href = attribute(&tag, "href").unwrap();
        let count: u64 = count.parse().unwrap();
        if let Some(other) = figures.insert(href.clone(), count) {
            assert_eq!(other, count, "two figures lead to {href}");
        }
    }
    figures
}

/// The number of calls that a list says it holds. «Слушать подряд» stands in the list that it plays.
async fn listed(house: &House, name: Option<&str>, href: &str) -> u64 {
    let list = match href.strip_prefix("/history/") {
        Some(of_call) => format!("/history?{}", of_call.split_once('?').unwrap().1),
        None => href.to_owned(),
    };
    let answer = browse(house, name, &list).await;
    assert_eq!(answer.status, StatusCode::OK, "{list}: {}", answer.text());
    let html = answer.text();
    let said = html.split_once("class=\"count num\" role=\"status\">").unwrap_or_else(|| panic!("{list}")).1;
    said.split('<')
        .next()
        .unwrap()
        .chars()
        .filter(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap_or(0)
}

#[tokio::test]
async fn every_figure_equals_the_list_that_it_leads_to() {
    let house = House::open().await;
    assert!(town::settle(&house.app, 20, 24).await > 200);
    let mut seen = 0;
    for path in [
        "/dashboard?period=7&heat=missed",
        "/dashboard?period=30&heat=calls",
        "/dashboard?period=30&heat=score&manager=m-pavel",
        "/dashboard?period=yesterday&rubric=sales-full",
        "/managers?period=30",
        "/managers/m-boris?period=30",
        "/queue",
    ] {
        let html = page(&house, path).await;
        for (href, count) in figures(&html) {
            assert_eq!(listed(&house, None, &href).await, count, "{path}: {href}");
            seen += 1;
        }
    }
    assert!(seen > 300, "only {seen} figures were seen");
    let html = page(&house, "/dashboard?period=30").await;
    for part in [
        "Послушать в первую очередь",
        "Слушать подряд",
        "Павел Дёмин",
        "Дорого",
        "Ждёт",
        "Речь в текст",
        "Просрочено",
    ] {
        assert!(html.contains(part), "no {part}");
    }
}

#[tokio::test]
async fn a_manager_sees_own_figures_and_nobody_elses() {
    let mut house = House::open().await;
    town::settle(&house.app, 20, 24).await;
    house.lock().await;
    let all = browse(&house, Some("supervisor"), "/dashboard?period=30").await.text();
    let own = browse(&house, Some("boris"), "/dashboard?period=30").await.text();
    let of_boris = browse(&house, Some("supervisor"), "/dashboard?period=30&manager=m-boris").await.text();
    let first = |html: &str| {
        let tag = html.split_once("class=\"fig figure\"").unwrap().1;
        attribute(&format!(" {}", tag.split_once('>').unwrap().0), "data-count").unwrap()
    };
    assert_eq!(first(&own), first(&of_boris));
    assert_ne!(first(&own), first(&all));
    for name in ["Анна Ветрова", "Павел Дёмин", "m-anna"] {
        assert!(all.contains(name) || name == "m-anna");
        assert!(!own.contains(name), "{name}");
    }
    for (href, count) in figures(&own) {
        assert_eq!(listed(&house, Some("boris"), &href).await, count, "{href}");
    }
    assert!(
        own.contains("Мои показатели") && !own.contains("<b>Менеджеры</b>"),
        "the menu names the own page"
    );
    let week = browse(&house, Some("boris"), "/dashboard?period=7").await.text();
    assert!(week.contains("дни до выбранного периода"), "the chart says what it begins with: {week}");
    // asking for somebody else by hand gives the own figures
    let sly = browse(&house, Some("boris"), "/dashboard?period=30&manager=m-anna").await.text();
    assert_eq!(first(&sly), first(&own));
    assert!(
        !own.contains("href=\"/queue\"")
            && !own.contains("href=\"/rubrics\"")
            && !own.contains("href=\"/settings\"")
    );
    assert!(own.contains("Обещания клиентам") && !own.contains("Расход за период"));
    assert_eq!(browse(&house, Some("boris"), "/managers").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browse(&house, Some("boris"), "/managers/m-boris").await.status, StatusCode::OK);
    assert_eq!(browse(&house, Some("boris"), "/managers/m-anna").await.status, StatusCode::NOT_FOUND);
    for path in ["/queue", "/rubrics", "/rubrics/sales-full", "/settings", "/settings/users"] {
        assert_eq!(browse(&house, Some("boris"), path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(browse(&house, Some("supervisor"), "/settings").await.status, StatusCode::OK);
    assert_eq!(browse(&house, Some("supervisor"), "/settings/tokens").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn pages_hold_nothing_inline_and_no_key_without_a_text() {
    let house = House::open().await;
    town::settle(&house.app, 9, 12).await;
    for path in PAGES {
        for lang in ["ru", "en"] {
            let request = house.request(Method::GET, path).header("cookie", format!("lang={lang}"));
            let answer = house.send(request.header("accept", "text/html").body(Body::empty()).unwrap()).await;
            let html = answer.text();
            assert_eq!(answer.status, StatusCode::OK, "{path}: {html}");
            for wrong in [" style=", "<style", "<script>", " onclick=", "javascript:", "Unknown localization"]
            {
                assert!(!html.contains(wrong), "{path} holds {wrong}");
            }
            assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{path}");
            assert_eq!(html.matches("<h1").count(), 1, "{path}");
        }
    }
}

#[tokio::test]
async fn an_empty_house_and_an_empty_period_say_what_to_do() {
    let house = House::open().await;
    let html = page(&house, "/dashboard").await;
    assert!(html.contains("Звонков пока нет") && html.contains("zvonar run"), "{html}");
    assert!(page(&house, "/managers").await.contains("Менеджеров пока нет"));
    assert!(page(&house, "/queue").await.contains("Ничего не застряло"));
    town::settle(&house.app, 3, 12).await;
    let html = page(&house, "/dashboard?period=own&from=2020-01-01&to=2020-01-31").await;
    assert!(html.contains("Звонков за период нет"));
    let (_, rest) = html.split_once("class=\"btn primary\" href=\"").unwrap();
    let newest = rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert!(!figures(&page(&house, &newest).await).is_empty());
}

#[tokio::test]
async fn a_dead_letter_is_told_with_its_remedy_and_tried_again() {
    let house = House::open().await;
    town::settle(&house.app, 20, 24).await;
    // what is queued again must not be worked on while we look
    let paused = form(&house, "/queue/pause", &[("stage", "all")]).await;
    assert_eq!(paused.status, StatusCode::SEE_OTHER, "{}", paused.text());
    let html = page(&house, "/queue").await;
    assert!(html.contains("Все этапы остановлены вручную"));
    assert!(
        html.contains("Модель дважды вернула ответ не по схеме") && html.contains("Посмотрите сырой ответ")
    );
    let (_, rest) = html.split_once("name=\"job\" value=\"").unwrap();
    let job = rest.split('"').next().unwrap().to_owned();
    let dead = JobFilter { state: Some(JobState::Dead), ..JobFilter::default() };
    let before = house.app.store().jobs(&dead, 500).await.unwrap().len();
    let answer = form(&house, "/queue/retry", &[("job", &job), ("chosen", "1")]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/queue"));
    assert_eq!(house.app.store().jobs(&dead, 500).await.unwrap().len(), before - 1);
    form(&house, "/queue/retry", &[("all", "1")]).await;
    assert!(house.app.store().jobs(&dead, 500).await.unwrap().is_empty());
    let nothing = form(&house, "/queue/retry", &[("chosen", "1")]).await;
    assert!(nothing.header("set-cookie").starts_with("done=done-queue-none"));
    form(&house, "/queue/resume", &[("stage", "deliver")]).await;
    let paused: Vec<Stage> =
        house.app.store().paused().await.unwrap().into_iter().map(|pause| pause.stage).collect();
    assert!(!paused.contains(&Stage::Deliver) && paused.contains(&Stage::Analyze), "{paused:?}");
}

#[tokio::test]
async fn a_rubric_is_checked_saved_as_a_revision_and_tried_on_calls() {
    let house = House::open().await;
    town::settle(&house.app, 9, 12).await;
    let built_in = house.app.rubric("sales-full").unwrap();
    let wrong = built_in.source.replacen("weight = 20", "weight = -20", 1);
    let line = wrong.lines().position(|line| line == "weight = -20").unwrap() + 1;
    let answer = form(&house, "/rubrics/check", &[("text", &wrong), ("opened", "sales-full")]).await;
    let html = answer.text();
    assert!(
        html.contains(&format!("строка {line}")) && html.contains("<code>weight</code> — число от 0"),
        "{html}"
    );
    let refused = form(&house, "/rubrics/save", &[("text", &wrong), ("opened", "sales-full")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(house.app.rubric("sales-full").unwrap().revision, built_in.revision);

    let edited = built_in.source.replacen("weight = 20", "weight = 60", 1);
    let fields = [("text", edited.as_str()), ("opened", "sales-full"), ("limit", "10")];
    let trial = form(&house, "/rubrics/trial", &fields).await.text();
    assert!(trial.contains("Было в среднем") && trial.contains("10 звонков"), "{trial}");
    let saved = form(&house, "/rubrics/save", &fields).await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, "/rubrics/sales-full"));
    let now = house.app.rubric("sales-full").unwrap();
    assert_ne!(now.revision, built_in.revision);
    assert_eq!(now.source, edited);
    let store = house.app.store();
    assert_eq!(store.rubric_number(&now.id, &now.revision).await.unwrap(), Some(2));
    assert!(store.rubric(&built_in.id, &built_in.revision).await.unwrap().is_some());
    let again = form(&house, "/rubrics/save", &fields).await;
    assert!(again.header("set-cookie").starts_with("done=done-rubric-same"));
    assert_eq!(browse(&house, None, "/rubrics/..%2Fzvonar").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_token_is_shown_once_and_works() {
    let house = House::open().await;
    let answer = form(&house, "/settings/tokens", &[("name", "CRM"), ("role", "supervisor")]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let html = answer.text();
    let (_, rest) = html.split_once("<code>zv_").unwrap();
    let token = format!("zv_{}", rest.split('<').next().unwrap());
    let with = |path: &str| {
        let request = house.request(Method::GET, path).header("authorization", format!("Bearer {token}"));
        request.header("accept", "text/html").body(Body::empty()).unwrap()
    };
    assert_eq!(house.send(with("/dashboard")).await.status, StatusCode::OK);
    // the house is no longer open
    assert_eq!(browse(&house, None, "/settings/tokens").await.status, StatusCode::SEE_OTHER);
    let shown = house.send(with("/queue")).await.text();
    assert!(!shown.contains(&token));
    assert_eq!(house.send(with("/settings/tokens")).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn people_are_added_and_the_last_admin_stays() {
    let house = House::guarded().await;
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = house.request_as("admin", Method::POST, path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        house.send(request.header("accept", "text/html").body(Body::from(body)).unwrap()).await
    };
    let short = post("/settings/users", &[("name", "olga"), ("role", "admin"), ("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text().contains("от 8 до 256") && short.text().contains("value=\"olga\""));
    for (name, role) in [("olga", "admin"), ("petr", "manager")] {
        let fields = [("name", name), ("role", role), ("password", "correct horse")];
        assert_eq!(post("/settings/users", &fields).await.status, StatusCode::SEE_OTHER);
    }
    let store = house.app.store();
    assert_eq!(store.user("petr").await.unwrap().unwrap().manager_id.as_deref(), Some("petr"));
    let refused = post("/settings/users/remove", &[("name", "olga")]).await;
    assert!(refused.text().contains("последний администратор"));
    assert!(
        post("/settings/users/door", &[("name", "olga"), ("shut", "1")]).await.text().contains("последний")
    );
    let demoted = [("name", "olga"), ("role", "manager"), ("password", "")];
    assert!(post("/settings/users", &demoted).await.text().contains("последний"));
    post("/settings/users/door", &[("name", "petr"), ("shut", "1")]).await;
    assert!(store.user("petr").await.unwrap().unwrap().disabled);
    post("/settings/users/remove", &[("name", "petr")]).await;
    assert!(store.user("petr").await.unwrap().is_none());
    let log = browse(&house, Some("admin"), "/settings/audit").await.text();
    assert!(log.contains("человек удалён") && log.contains("petr"), "{log}");
}

#[tokio::test]
async fn a_webhook_is_added_with_a_secret_that_is_shown_once() {
    let house = House::open().await;
    let bad = form(&house, "/settings/webhooks", &[("url", "ftp://x")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [
        ("url", "https://crm.example/hook?key=k3y-of-theirs"),
        ("event", "call.done"),
        ("event", "nonsense"),
    ];
    let made = form(&house, "/settings/webhooks", &fields).await.text();
    let kept = house.app.store().subscriptions().await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].wish.events, ["call.done"]);
    assert!(made.contains(&kept[0].wish.secret));
    let shown = page(&house, "/settings/webhooks").await;
    assert!(
        shown.contains("crm.example")
            && !shown.contains("k3y-of-theirs")
            && !shown.contains(&kept[0].wish.secret)
    );
    let id = kept[0].id.0.to_string();
    form(&house, "/settings/webhooks/remove", &[("id", &id)]).await;
    assert!(house.app.store().subscriptions().await.unwrap().is_empty());
}

/// `cargo nextest run -p server --run-ignored only pages_for_looking_at`.
#[tokio::test]
#[ignore = "serves a seeded house for half an hour, to be looked at in a browser"]
async fn pages_for_looking_at() {
    let house = House::open().await;
    let calls = town::settle(&house.app, 45, 70).await;
    town::work_under_way(&house.app, 40).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8123").await.unwrap();
    let service = house.router().into_make_service_with_connect_info::<std::net::SocketAddr>();
    eprintln!("{calls} calls at http://127.0.0.1:8123/dashboard");
    let serving = async move { axum::serve(listener, service).await };
    let _ = tokio::time::timeout(std::time::Duration::from_hours(1), serving).await;
}

#[tokio::test]
async fn who_opened_a_call_stands_in_the_log() {
    let house = House::guarded().await;
    let id = house.call_of("m-anna", "c", "Клиент: Дорого. Менеджер: Посчитаем.").await;
    for _ in 0..2 {
        assert_eq!(
            browse(&house, Some("supervisor"), &format!("/history/{id}")).await.status,
            StatusCode::OK
        );
    }
    browse(&house, Some("supervisor"), "/history?q=%D0%B4%D0%BE%D1%80%D0%BE%D0%B3%D0%BE").await;
    assert_eq!(browse(&house, Some("supervisor"), "/settings/audit").await.status, StatusCode::FORBIDDEN);
    let log = browse(&house, Some("admin"), &format!("/settings/audit?target={id}")).await.text();
    assert_eq!(log.matches("просмотр звонка</td>").count(), 1, "one line, however often: {log}");
    let searched = browse(&house, Some("admin"), "/settings/audit?what=search").await.text();
    assert!(searched.contains("слова скрыты, отпечаток ") && !searched.contains("дорого"), "{searched}");
    let watched = browse(&house, Some("admin"), "/settings/audit?what=audit").await.text();
    assert!(watched.contains("просмотр журнала</td>"), "who looks at the log stands there too: {watched}");
    let before = browse(&house, Some("admin"), "/settings/audit?to=2020-01-01").await.text();
    assert!(!before.contains("просмотр звонка</td>"), "{before}");
}

#[tokio::test]
async fn a_person_is_erased_on_the_page_once_it_is_meant() {
    let house = House::open().await;
    let path = "/settings/privacy";
    let wrong = form(&house, path, &[("phone", "abc"), ("sure", "1")]).await.text();
    assert!(wrong.contains("Это не номер телефона"), "{wrong}");
    let unsure = form(&house, path, &[("phone", "+79161234567")]).await.text();
    assert!(unsure.contains("role=\"alert\""), "{unsure}");
    assert!(unsure.contains("Ещё ничего не стирали"), "{unsure}");
    let done = form(&house, path, &[("phone", "8 916 123-45-67"), ("sure", "1")]).await.text();
    assert!(done.contains("Стёрто. Квитанция 1") && done.contains("…67"), "{done}");
    assert!(!done.contains("9161234567"), "{done}");
}
