//! Requests as they travel, and answers as the documentation and live accounts show them.

use domain::Direction;
use serde_json::json;
use uis_client::{
    CallsFilter, CallsRequest, CommunicationId, LegsRequest, PageRequest, SessionId, TagId, UisApi as _,
    WallWindow,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::live::{asked, client, rows};

fn window() -> WallWindow {
    WallWindow::new("2026-03-02T00:00:00".parse().unwrap(), "2026-03-02T23:59:59".parse().unwrap())
}

#[tokio::test]
async fn requests_have_their_documented_shape() {
    let server = MockServer::start().await;
    let account = json!([{"app_id": 10452, "name": "ООО Ромашка", "timezone": "Europe/Moscow"}]);
    Mock::given(any()).respond_with(rows(&account)).mount(&server).await;
    let uis = client(&server);
    let page = PageRequest { limit: 1000, offset: 2000 };
    let filter = CallsFilter {
        session: None,
        direction: Some(Direction::In),
        min_talk_seconds: Some(15),
        lost: Some(false),
        ongoing: true,
    };
    uis.account().await.unwrap();
    let _ = uis.calls_page(&CallsRequest { window: window(), filter, page }).await;
    let _ = uis.call(SessionId(4_123_456_789), window()).await;
    let legs = LegsRequest { window: window(), session: Some(SessionId(4_123_456_789)), page };
    let _ = uis.legs_page(&legs).await;
    let _ = uis.employees_page(page).await;
    let _ = uis.tags_page(page).await;
    let _ = uis.create_tag("Целевой").await;
    let to = CommunicationId(4_123_456_789);
    let _ = uis.set_tags(to, &[TagId(1), TagId(2)]).await;
    let _ = uis.add_tag(to, TagId(1)).await;
    let _ = uis.remove_tag(to, TagId(1)).await;
    let _ = uis.add_comment(to, "Оценка 82/100").await;
    let _ = uis.order_recognition(SessionId(4_123_456_789)).await;
    let _ = uis.recognition(SessionId(4_123_456_789)).await;
    insta::assert_json_snapshot!(asked(&server).await);
}

#[tokio::test]
async fn a_live_row_is_read_whatever_its_spelling() {
    let server = MockServer::start().await;
    let whole = json!({"id": 4_123_456_789_i64, "communication_id": "4123456789", "start_time": "2026-03-02 10:14:07",
        "finish_time": "2026-03-02T10:18:40.418", "finish_reason": "a_word_of_tomorrow", "direction": "in",
        "is_lost": "false", "contact_phone_number": 79_161_234_567_i64, "virtual_phone_number": "",
        "talk_duration": "251", "wait_duration": 12.0, "total_duration": null, "call_records": null,
        "wav_call_records": ["9b1cd0", " ", "f00d41"], "employees": null, "tags": [{"tag_id": null}],
        "hold_duration": 7, "of_tomorrow": {}});
    let broken = json!({"id": 4_123_456_790_i64, "start_time": "yesterday, +79161234567"});
    Mock::given(any()).respond_with(rows(&json!([whole, broken, 7]))).mount(&server).await;
    let request =
        CallsRequest { window: window(), filter: CallsFilter::default(), page: PageRequest::default() };
    let page = client(&server).calls_page(&request).await.unwrap();
    let call = &page.rows[0];
    assert_eq!((call.talk_duration, call.wait_duration, call.total_duration), (251, 12, 0));
    assert_eq!(call.contact_phone_number.as_ref().unwrap().as_str(), "79161234567");
    assert_eq!((call.virtual_phone_number.as_ref(), call.is_lost), (None, false));
    assert_eq!((call.call_records.len(), call.wav_call_records.len(), call.tags.len()), (0, 2, 0));
    assert_eq!(call.finish_time, Some("2026-03-02T10:18:40".parse().unwrap()));
    assert_eq!((page.rows.len(), page.received(), page.total), (1, 3, Some(3)));
    assert!(page.unreadable[0].contains("4123456790"), "the row is named: {:?}", page.unreadable);
    assert!(!format!("{page:?}").contains("9161234567"), "numbers are not shown: {page:?}");
}

#[tokio::test]
async fn the_account_is_read_with_either_spelling_of_metadata() {
    let server = MockServer::start().await;
    let limits = json!({"day_limit": 5000, "day_remaining": 4987, "minute_limit": 100, "minute_remaining": 98,
        "minute_reset": 37});
    let body = json!({"jsonrpc": "2.0", "id": 1, "result": {
        "data": [{"app_id": 10452, "name": "ООО Ромашка", "timezone": "Asia/Yekaterinburg"}],
        "meta_data": {"total_items": 1, "limits": limits}}});
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    let uis = client(&server);
    let account = uis.account().await.unwrap();
    assert_eq!(account.zone, "Asia/Yekaterinburg".parse().unwrap());
    assert_eq!((uis.points().day.remaining, uis.points().minute.remaining), (Some(4987), Some(98)));
}
