//! How much is under way at once, whoever still waits for it.

use alloc::sync::Arc;
use core::time::Duration;

use crate::support::{Behaviour, Reply, Service, TestProvider, body, start_with};
use serde_json::json;
use splitsign_signer::config::Config;

async fn with_places(places: usize) -> Service {
    let mut config = Config::default();
    config.server.max_in_flight = places;
    let service = start_with(config, TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await;
    service.provider.behave(Behaviour::WaitThenSign);
    service
}

/// For long enough that the service sees that somebody hung up.
async fn stays_full(service: &Service) {
    for _ in 0..20 {
        assert_eq!(service.sign(&body("more")).await.problem(), (503, "overloaded"));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn becomes_free(service: &Service) {
    service.provider.open();
    while service.sign(&body("after")).await.status != 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn callers_who_hang_up_make_no_room_while_their_work_goes_on() {
    let service = with_places(2).await;
    let first = tokio::spawn(Reply::read(service.post("/v1/sign").json(&body("a"))));
    let second = tokio::spawn(Reply::read(service.post("/v1/sign").json(&body("b"))));
    service.provider.wait_for_calls(2).await;
    first.abort();
    second.abort();
    stays_full(&service).await;
    assert_eq!(service.provider.calls(), 2);
    becomes_free(&service).await;
}

#[tokio::test]
async fn a_batch_takes_a_place_for_each_call_and_no_more_than_there_are() {
    let service = with_places(3).await;
    let batch = json!({"requests": (0..10).map(|n| body(&n.to_string())).collect::<Vec<_>>()});
    let request = tokio::spawn(Reply::read(service.post("/v1/sign/batch").json(&batch)));
    service.provider.wait_for_calls(3).await;
    stays_full(&service).await;
    request.abort();
    stays_full(&service).await;
    assert_eq!(service.provider.calls(), 3, "what had not begun is not begun for nobody");
    becomes_free(&service).await;
}

#[tokio::test]
async fn a_small_batch_leaves_places_for_others() {
    let service = with_places(3).await;
    let batch = json!({"requests": [body("a"), body("b")]});
    let request = tokio::spawn(Reply::read(service.post("/v1/sign/batch").json(&batch)));
    service.provider.wait_for_calls(2).await;
    let third = tokio::spawn(Reply::read(service.post("/v1/sign").json(&body("c"))));
    service.provider.wait_for_calls(3).await;
    service.provider.open();
    assert_eq!((request.await.unwrap().status, third.await.unwrap().status), (200, 200));
}
