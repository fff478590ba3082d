//! A page that has not changed is not made again for whoever has it.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::house::{Answer, House};

async fn again(house: &House, path: &str, tag: &str, cookie: &str) -> Answer {
    let request = house.request(Method::GET, path).header("accept", "text/html").header("if-none-match", tag);
    house.send(request.header("cookie", cookie).body(Body::empty()).unwrap()).await
}

/// The tag of a page that the house has come to rest with: whatever it writes as it opens makes another page.
async fn tag_at_rest(house: &House, path: &str) -> String {
    for _ in 0..100 {
        let first = house.get(path).await;
        assert_eq!(first.status, StatusCode::OK, "{path}");
        assert_eq!(first.header("cache-control"), "private, no-cache", "{path}");
        let tag = first.header("etag").to_owned();
        let same = again(house, path, &format!("\"other\", {tag}"), "").await;
        if same.status == StatusCode::NOT_MODIFIED {
            assert_eq!((same.header("etag"), same.text().len()), (tag.as_str(), 0), "{path}");
            return tag;
        }
    }
    panic!("{path} is never told to be unchanged");
}

#[tokio::test]
async fn a_page_is_told_to_be_unchanged_until_something_is_written_or_another_one_asks() {
    let house = House::open().await;
    for path in ["/dashboard", "/history", "/managers"] {
        let tag = tag_at_rest(&house, path).await;
        for cookie in ["theme=dark", "lang=en", "done=done-saved"] {
            assert_eq!(again(&house, path, &tag, cookie).await.status, StatusCode::OK, "{path} {cookie}");
        }
        let talk = format!("Клиент: Добрый день, вопрос о {path}. Менеджер: Здравствуйте, слушаю вас.");
        let body = json!({ "dialog_text": talk, "content_mode": "Диалог" });
        assert_eq!(house.post_json("/analyze_call", &body).await.status, StatusCode::OK);
        assert_eq!(again(&house, path, &tag, "").await.status, StatusCode::OK, "{path}");
    }
    let queue = house.get("/queue").await;
    assert_eq!(queue.header("cache-control"), "no-store", "what is under way stands in no table");
}
