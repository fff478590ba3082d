//! The door.

use axum::http::StatusCode;

use crate::house::House;

#[tokio::test]
async fn what_is_not_there_is_a_problem_with_the_headers_of_every_answer() {
    let house = House::open().await;
    let answer = house.get("/nothing/here").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.json()["code"], "not_found");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert!(answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self';"));
}
