//! `/api/v1`: lists, calls, sound, corrections, the queue and its progress.

use std::time::Duration;

use app::CallFacts;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use domain::{CallId, Manager};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::house::{Answer, DIALOGUE, House};
use crate::outside;

async fn recorded(house: &House) -> CallId {
    let stream = futures::stream::iter([Ok(bytes::Bytes::from(outside::recording()))]);
    let facts = CallFacts {
        call_id: Some("with-sound".to_owned()),
        manager: Some(Manager { id: "m-anna".to_owned(), name: Some("Анна".to_owned()) }),
        recording_name: Some("Звонок \"1\".mp3".to_owned()),
        ..CallFacts::default()
    };
    let rubric = house.app.rubric("sales-full").unwrap();
    let submitted = house.app.submit_recording(facts, stream, &rubric).await.unwrap();
    let report = house.app.wait_for(submitted.call, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(report.status, domain::CallStatus::Done, "{:?}", report.error);
    submitted.call
}

async fn with_headers(house: &House, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = house.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::empty()).unwrap()).await
}

fn ids(page: &Value) -> Vec<String> {
    page["calls"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_list_is_paged_by_a_cursor_and_narrowed_by_filters() {
    let house = House::open().await;
    for n in 0..3 {
        house.call_of(if n == 0 { "m-anna" } else { "m-boris" }, &format!("c-{n}"), DIALOGUE).await;
    }
    let whole = house.get("/api/v1/calls").await.json();
    assert_eq!((ids(&whole).len(), &whole["next_cursor"]), (3, &Value::Null));
    let (mut seen, mut path) = (Vec::new(), "/api/v1/calls?limit=1".to_owned());
    loop {
        let page = house.get(&path).await.json();
        seen.extend(ids(&page));
        let Some(next) = page["next_cursor"].as_str() else { break };
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        path = format!("/api/v1/calls?limit=1&cursor={next}");
    }
    assert_eq!(seen, ids(&whole));
    assert_eq!(ids(&house.get("/api/v1/calls?manager=m-boris&status=done,failed").await.json()).len(), 2);
    assert_eq!(ids(&house.get("/api/v1/calls?manager=&source=webhook").await.json()).len(), 0);
    assert_eq!(ids(&house.get("/api/v1/calls?min_score=0&scored=true").await.json()).len(), 3);
    let call = house.app.report(CallId::parse(&seen[0]).unwrap(), None).await.unwrap().unwrap();
    assert_eq!(whole["calls"][0], pipeline::call_json(&call), "as the command line prints it");
}

#[tokio::test]
async fn a_slip_in_the_question_is_refused_by_name_and_never_passed_over() {
    let house = House::open().await;
    for (path, code, field) in [
        ("/api/v1/calls?cursor=nonsense", "cursor", Some("cursor")),
        ("/api/v1/calls?limit=0", "query", Some("limit")),
        ("/api/v1/calls?limit=501", "query", Some("limit")),
        ("/api/v1/calls?limit=-1", "query", None),
        ("/api/v1/calls?mnager=m-1", "unknown_parameter", None),
        ("/api/v1/calls?manager=a&manager=b", "query", None),
        ("/api/v1/calls?from=yesterday", "date", None),
        ("/api/v1/calls?from=2026-11-21&to=2026-11-20", "window", None),
        ("/api/v1/search?q=a&cursor=n0", "cursor", Some("cursor")),
        ("/api/v1/exports?format=pdf", "query", None),
    ] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.json()["code"], code, "{path}");
        if let Some(field) = field {
            assert_eq!(answer.json()["field"], field, "{path}");
        }
    }
}

#[tokio::test]
async fn what_a_client_has_already_is_not_sent_again() {
    let house = House::open().await;
    let id = house.call_of("m-anna", "c", DIALOGUE).await;
    for path in [format!("/api/v1/calls/{id}"), "/api/v1/calls".to_owned(), "/openapi.json".to_owned()] {
        let first = house.get(&path).await;
        let tag = first.header("etag").to_owned();
        assert!(first.status == StatusCode::OK && tag.starts_with('"'), "{path} {tag}");
        let again = with_headers(&house, Method::GET, &path, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(again.header("etag"), tag);
        let other = with_headers(&house, Method::GET, &path, &[("if-none-match", "\"x\"")]).await;
        assert_eq!(other.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_recording_is_streamed_whole_or_in_ranges() {
    let house = House::open().await;
    let path = format!("/api/v1/calls/{}/recording", recorded(&house).await);
    let bytes = outside::recording();
    let whole = house.get(&path).await;
    assert_eq!((whole.status, &whole.body), (StatusCode::OK, &bytes));
    assert_eq!(whole.header("content-type"), "audio/mpeg");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert!(
        whole
            .header("content-disposition")
            .ends_with("filename*=UTF-8''%D0%97%D0%B2%D0%BE%D0%BD%D0%BE%D0%BA%201.mp3")
    );
    let head = with_headers(&house, Method::HEAD, &path, &[]).await;
    assert_eq!(
        (head.status, head.header("content-length"), head.body.len()),
        (StatusCode::OK, &*bytes.len().to_string(), 0)
    );
    let part = with_headers(&house, Method::GET, &path, &[("range", "bytes=10-19")]).await;
    assert_eq!((part.status, part.body.as_slice()), (StatusCode::PARTIAL_CONTENT, &bytes[10..20]));
    assert_eq!(part.header("content-range"), format!("bytes 10-19/{}", bytes.len()));
    let tail = with_headers(&house, Method::GET, &path, &[("range", "bytes=-5")]).await;
    assert_eq!(tail.body, bytes[bytes.len() - 5..]);
    let tag = whole.header("etag");
    let same = with_headers(&house, Method::GET, &path, &[("range", "bytes=0-1"), ("if-range", tag)]).await;
    assert_eq!(same.status, StatusCode::PARTIAL_CONTENT);
    let changed =
        with_headers(&house, Method::GET, &path, &[("range", "bytes=0-1"), ("if-range", "\"x\"")]).await;
    assert_eq!((changed.status, changed.body.len()), (StatusCode::OK, bytes.len()));
    let outside = with_headers(&house, Method::GET, &path, &[("range", "bytes=99999999-")]).await;
    assert_eq!(outside.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(outside.header("content-range"), format!("bytes */{}", bytes.len()));
    assert_eq!(outside.json()["code"], "range");
    let text = house.call_of("m-anna", "text", DIALOGUE).await;
    assert_eq!(house.get(&format!("/api/v1/calls/{text}/recording")).await.json()["code"], "no_recording");
}

/// A scored criterion of a call that the machine did not give all points.
async fn doubtful(house: &House, id: CallId) -> String {
    let report = house.app.report(id, None).await.unwrap().unwrap();
    let analysis = report.analysis.unwrap();
    let found = analysis
        .criteria
        .iter()
        .find(|one| one.weight > 0.0 && one.score.zip(one.max_score).is_some_and(|(score, max)| score < max));
    found.expect("a criterion that lost points").key.clone()
}

#[tokio::test]
async fn a_persons_verdict_changes_the_total_and_is_taken_back() {
    let house = House::guarded().await;
    let id = house.call_of("m-anna", "c", DIALOGUE).await;
    let (key, path) = (doubtful(&house, id).await, format!("/api/v1/calls/{id}/overrides"));
    let wish = json!({ "criterion": key, "verdict": "met", "reason": "Договорились в переписке" });
    assert_eq!(house.post_json_as("anna", &path, &wish).await.status, StatusCode::FORBIDDEN);
    let answer = house.post_json_as("supervisor", &path, &wish).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let corrected = answer.json();
    let (total, machine) =
        (corrected["total_score"].as_f64().unwrap(), corrected["machine_score"].as_f64().unwrap());
    assert!(total > machine, "{corrected}");
    assert_eq!(corrected["overrides"][0]["author"], "supervisor");
    let shown = house.get_as("anna", &format!("/api/v1/calls/{id}")).await.json();
    assert_eq!(shown["analysis"]["total_score"].as_f64(), Some(total), "every surface shows it");
    let found =
        house.get_as("supervisor", &format!("/api/v1/calls?min_score={total}&overridden={key}")).await;
    assert_eq!(ids(&found.json()).len(), 1, "filters go by it");
    let back = house.request_as("supervisor", Method::DELETE, &format!("{path}/{key}"));
    let back = house.send(back.body(Body::empty()).unwrap()).await;
    assert_eq!(back.json()["total_score"].as_f64(), Some(machine), "{}", back.text());
    let again = house.request_as("supervisor", Method::DELETE, &format!("{path}/{key}"));
    assert_eq!(house.send(again.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_FOUND);
    let deeds: Vec<String> =
        house.app.store().audit_log(20).await.unwrap().into_iter().map(|line| line.what).collect();
    assert_eq!(deeds.iter().filter(|deed| *deed == "override").count(), 2);
}

#[tokio::test]
async fn a_verdict_that_cannot_be_is_refused() {
    let house = House::open().await;
    let id = house.call_of("m-anna", "c", DIALOGUE).await;
    let (key, path) = (doubtful(&house, id).await, format!("/api/v1/calls/{id}/overrides"));
    for (wish, field) in [
        (json!({ "criterion": "nothing", "verdict": "met", "reason": "a" }), "criterion"),
        (json!({ "criterion": key, "verdict": "met", "reason": " " }), "reason"),
        (json!({ "criterion": key, "verdict": "met", "reason": "a", "score": 1e9 }), "score"),
        (json!({ "criterion": key, "verdict": "met", "reason": "a", "score": -1 }), "score"),
        (json!({ "criterion": key, "verdict": "cannot_tell", "reason": "a", "score": 1 }), "score"),
        (json!({ "criterion": key, "verdict": "met", "reason": "a", "value": ["x"] }), "value"),
    ] {
        let answer = house.post_json(&path, &wish).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}: {}", answer.text());
        assert_eq!(answer.json()["field"], field, "{wish}");
    }
    let unknown = json!({ "criterion": key, "verdict": "perhaps", "reason": "a" });
    assert_eq!(house.post_json(&path, &unknown).await.json()["code"], "body");
}

#[tokio::test]
async fn an_employee_disputes_and_a_supervisor_settles() {
    let house = House::guarded().await;
    let id = house.call_of("m-anna", "c", DIALOGUE).await;
    let key = doubtful(&house, id).await;
    let path = format!("/api/v1/calls/{id}/disputes");
    let wish = json!({ "criterion": key, "reason": "Я назвала время" });
    assert_eq!(house.post_json_as("boris", &path, &wish).await.status, StatusCode::NOT_FOUND);
    let opened = house.post_json_as("anna", &path, &wish).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    let again = house.post_json_as("anna", &path, &wish).await.json();
    assert_eq!(again["id"], opened.json()["id"], "the same dispute is one");
    assert_eq!(house.get_as("boris", "/api/v1/disputes").await.json()["disputes"], json!([]));
    assert_eq!(
        house.get_as("supervisor", "/api/v1/disputes?open=true").await.json()["disputes"][0]["author"],
        "anna"
    );
    let settle = format!("/api/v1/disputes/{}/settle", opened.json()["id"]);
    let word = json!({ "accepted": true, "words": "Верно" });
    assert_eq!(house.post_json_as("anna", &settle, &word).await.status, StatusCode::FORBIDDEN);
    let settled = house.post_json_as("supervisor", &settle, &word).await;
    assert_eq!(settled.json()["settlement"]["accepted"], true, "{}", settled.text());
    assert_eq!(house.post_json_as("supervisor", &settle, &word).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_call_is_judged_anew_under_another_rubric() {
    let house = House::open().await;
    let id = house.call_of("m-anna", "c", DIALOGUE).await;
    let begun = house.post_json(&format!("/api/v1/calls/{id}/rescore"), &json!({ "rubric": "dialog" })).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text());
    assert_eq!(begun.json()["job_id"], id.to_string());
    let report = house.app.wait_for(id, Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(report.analysis.unwrap().rubric.as_str(), "dialog");
    let old = house.get(&format!("/api/v1/calls/{id}?rubric=manager-plus")).await.json();
    assert_eq!(old["analysis"]["rubric"]["id"], "manager-plus", "the old judgement is kept");
    let wrong = house
        .post_json(&format!("/api/v1/calls/{id}/rescore"), &json!({ "rubric": "../../etc/passwd" }))
        .await;
    assert_eq!(wrong.json()["field"], "rubric");
}

#[tokio::test]
async fn words_are_found_in_any_form() {
    let house = House::open().await;
    house.call_of("m-anna", "c", DIALOGUE).await;
    let found =
        house.get("/api/v1/search?q=%D1%84%D0%B0%D1%81%D0%B0%D0%B4%D1%8B&manager=m-anna").await.json();
    assert_eq!(found["total"], 1, "«фасады» finds «фасада»");
    assert!(found["hits"][0]["snippet"].as_array().unwrap().iter().any(|part| part["hit"] == true));
    let none =
        house.get("/api/v1/search?q=%D1%84%D0%B0%D1%81%D0%B0%D0%B4%D1%8B&manager=m-boris").await.json();
    assert_eq!((&none["total"], &none["hits"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn figures_equal_the_lists_that_they_count() {
    let house = House::guarded().await;
    house.call_of("m-anna", "a", DIALOGUE).await;
    house.call_of("m-boris", "b", "Клиент: Алло! Менеджер: Да.").await;
    let stats = house.get_as("supervisor", "/api/v1/stats").await.json();
    assert_eq!(stats["overview"]["calls"], 2, "{stats}");
    for (figure, filter) in [
        (&stats["overview"]["scores"]["weak"], "below_score=40"),
        (&stats["overview"]["scores"]["good"], "min_score=60"),
        (&stats["overview"]["needs_review"], "needs_review=true"),
        (&stats["overview"]["not_rung_back"], "call_back=true"),
    ] {
        let listed = house.get_as("supervisor", &format!("/api/v1/calls?{filter}")).await.json();
        assert_eq!(figure.as_u64(), Some(ids(&listed).len() as u64), "{filter}");
    }
    let criterion = &stats["criteria"][0];
    for count in criterion["verdicts"].as_array().unwrap() {
        let filter = format!(
            "rubric={}&criterion={}:{}",
            criterion["rubric"].as_str().unwrap(),
            criterion["key"].as_str().unwrap(),
            count["verdict"].as_str().unwrap()
        );
        let listed = house.get_as("supervisor", &format!("/api/v1/calls?{filter}")).await.json();
        assert_eq!(count["calls"].as_u64(), Some(ids(&listed).len() as u64), "{filter}");
    }
    let own = house.get_as("anna", "/api/v1/stats").await.json();
    assert_eq!(own["overview"]["calls"], 1);
    assert_eq!(house.get_as("anna", "/api/v1/stats?manager=m-boris").await.status, StatusCode::NOT_FOUND);
    let managers = house.get_as("anna", "/api/v1/managers").await.json();
    assert_eq!(managers["managers"].as_array().unwrap().len(), 1);
    let all = house.get_as("admin", "/api/v1/managers?from=2001-01-01&to=2001-01-02").await.json();
    assert_eq!(all["managers"].as_array().unwrap().len(), 2, "also those without a call in the period");
}

#[tokio::test]
async fn a_person_is_erased_with_all_that_was_made() {
    let house = House::guarded().await;
    let facts = CallFacts {
        call_id: Some("c".to_owned()),
        caller: domain::PhoneNumber::parse("+79161234567"),
        ..CallFacts::default()
    };
    let stream = futures::stream::iter([Ok(bytes::Bytes::from(outside::recording()))]);
    let rubric = house.app.rubric("sales-full").unwrap();
    let call = house.app.submit_recording(facts, stream, &rubric).await.unwrap().call;
    house.app.wait_for(call, Duration::from_secs(30)).await.unwrap();
    let wish = json!({ "phone": "8 (916) 123-45-67" });
    assert_eq!(
        house.post_json_as("supervisor", "/api/v1/calls/erase", &wish).await.status,
        StatusCode::FORBIDDEN
    );
    let receipt = house.post_json_as("admin", "/api/v1/calls/erase", &wish).await.json();
    assert_eq!((&receipt["calls"], &receipt["files_deleted"]), (&json!(1), &json!(1)), "{receipt}");
    assert_eq!(house.get_as("admin", &format!("/api/v1/calls/{call}")).await.status, StatusCode::NOT_FOUND);
    let listed = house.get_as("admin", "/api/v1/erasures").await.json();
    assert_eq!(listed["erasures"][0], receipt["receipt"]);
    assert_eq!((&receipt["receipt"]["who"], &receipt["receipt"]["ending"]), (&json!("admin"), &json!("67")));
    assert!(!listed.to_string().contains("916"), "{listed}");
    assert_eq!(house.get_as("supervisor", "/api/v1/erasures").await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.post_json_as("admin", "/api/v1/calls/erase", &wish).await.json()["calls"], 0);
    let wrong = house.post_json_as("admin", "/api/v1/calls/erase", &json!({ "phone": "abc" })).await;
    assert_eq!(wrong.json()["field"], "phone");
}

#[tokio::test]
async fn the_queue_is_seen_and_what_failed_is_tried_again() {
    let house = House::open().await;
    let id = recorded(&house).await;
    let work = house.get(&format!("/api/v1/jobs/{id}")).await.json();
    assert_eq!((&work["status"], &work["finished"]), (&json!("done"), &json!(true)));
    assert!(work["jobs"].as_array().unwrap().len() >= 3, "{work}");
    let page = house.get(&format!("/api/v1/jobs?call={id}&state=done&limit=2")).await.json();
    assert_eq!(page["jobs"].as_array().unwrap().len(), 2);
    let next = page["next_cursor"].as_str().unwrap();
    let rest = house.get(&format!("/api/v1/jobs?call={id}&state=done&limit=2&cursor={next}")).await.json();
    assert!(
        rest["jobs"].as_array().unwrap().iter().all(|job| !page["jobs"].as_array().unwrap().contains(job))
    );
    let nothing = house.post_json(&format!("/api/v1/jobs/{id}/retry"), &json!({})).await;
    assert_eq!((nothing.status, &nothing.json()["code"]), (StatusCode::CONFLICT, &json!("nothing_to_retry")));
    let facts = CallFacts { call_id: Some("gone".to_owned()), ..CallFacts::default() };
    let url = format!("http://{}/storage/none.mp3", house.elsewhere);
    let rubric = house.app.rubric("sales-full").unwrap();
    let gone = house.app.submit_url(facts, &url, &rubric).await.unwrap().call;
    house.app.wait_for(gone, Duration::from_secs(30)).await.unwrap();
    let dead = house.get("/api/v1/jobs?state=dead").await.json();
    if dead["jobs"].as_array().unwrap().is_empty() {
        return;
    }
    assert_eq!(dead["jobs"][0]["call_id"], gone.to_string());
    let retried = house.post_json(&format!("/api/v1/jobs/{gone}/retry"), &json!({})).await;
    assert_eq!(
        (retried.status, &retried.json()["retried"]),
        (StatusCode::OK, &json!(1)),
        "{}",
        retried.text()
    );
}

/// The events of a stream until it ends.
async fn events(house: &House, path: &str, last: Option<&str>) -> (StatusCode, String) {
    let mut request = house.request(Method::GET, path);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let answer = house.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status();
    let mut stream = answer.into_body().into_data_stream();
    let mut text = String::new();
    let read = async {
        while let Some(piece) = stream.next().await {
            text.push_str(&String::from_utf8_lossy(&piece.unwrap()));
        }
    };
    tokio::time::timeout(Duration::from_secs(30), read).await.expect("the stream ends with the work");
    (status, text)
}

#[tokio::test]
async fn progress_is_told_until_the_work_is_done() {
    let house = House::open().await;
    let stream = futures::stream::iter([Ok(bytes::Bytes::from(outside::recording()))]);
    let rubric = house.app.rubric("sales-full").unwrap();
    let call = house.app.submit_recording(CallFacts::default(), stream, &rubric).await.unwrap().call;
    let path = format!("/api/v1/jobs/{call}/events");
    let (status, text) = events(&house, &path, None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.starts_with("event: state\n") || text.starts_with("event: done\n"), "{text}");
    assert_eq!(text.matches("event: done\nid: end\n").count(), 1, "{text}");
    let last = text.lines().rfind(|line| line.starts_with("data: ")).unwrap();
    let told: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(
        (&told["call_id"], &told["status"], &told["finished"]),
        (&json!(call.to_string()), &json!("done"), &json!(true))
    );
    let (again, text) = events(&house, &path, Some("7")).await;
    assert!(again == StatusCode::OK && text.contains("event: done"), "who comes back is told how it stands");
    let (told, _) = events(&house, &path, Some("end")).await;
    assert_eq!(told, StatusCode::NO_CONTENT, "a browser stops coming");
}

#[tokio::test]
async fn the_document_and_its_pages_are_served() {
    let house = House::guarded().await;
    let document = house.get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let page = house.get("/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("<script>") && !page.text().contains("style="), "nothing inline");
    for file in page.text().split('"').filter(|part| part.starts_with("/docs/")) {
        let answer = house.get(file).await;
        assert!(answer.status == StatusCode::OK && answer.body.len() > 100, "{file}");
    }
    assert_eq!(house.get("/docs/index.html").await.status, StatusCode::NOT_FOUND);
}
