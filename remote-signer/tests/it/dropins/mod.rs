//! Drop-ins: what their clients get, and what they do not. The clients that people use are in conformance/strangers.

mod c2pa;
mod command_line;
mod csc;
mod transit;

use crate::support;
use alloc::sync::Arc;

use crate::support::{Service, TestProvider, start_with};
use splitsign_signer::api::DropinsConfig;
use splitsign_signer::auth::{NewToken, TokenKind, Tokens};
use splitsign_signer::clock::Clock as _;
use splitsign_signer::config::Config;
use splitsign_signer::identity::KeyScope;

fn all_on() -> Config {
    Config { dropins: DropinsConfig { c2pa: true, transit: true, csc: true }, ..Config::default() }
}

async fn start() -> Service {
    start_with(all_on(), TestProvider::new(), Arc::new(tempfile::tempdir().unwrap())).await
}

/// A token for a URL, for one key.
async fn url_token(service: &Service, key: &str) -> String {
    let scope = KeyScope::Only([key.parse().unwrap()].into());
    let tenant = key.split('/').next().unwrap().parse().unwrap();
    let new = NewToken { tenant, scope, label: String::new(), expires_at: None };
    let tokens = Tokens::new(service.storage.clone());
    tokens.create_kind(TokenKind::C2paUrl, new, service.clock.now()).await.unwrap().reveal().to_string()
}

/// A COSE `Sig_structure` with this payload.
fn tbs(payload: &[u8]) -> Vec<u8> {
    let length = match payload.len() {
        short @ 0..24 => vec![0x40 | u8::try_from(short).unwrap()],
        long => [&[0x59][..], &u16::try_from(long).unwrap().to_be_bytes()].concat(),
    };
    [b"\x84\x6aSignature1\x43\xa1\x01\x26\x40", &length[..], payload].concat()
}

#[tokio::test]
async fn what_is_off_is_not_there() {
    let service = support::start().await;
    for path in ["/v1/transit/sign/c2pa", "/csc/v2/info"] {
        let reply = support::Reply::read(service.request("POST", path).body("{}")).await;
        assert_eq!(reply.problem(), (404, "route_not_found"), "{path}");
    }
    // Its clients put whatever comes into the file that they sign: nothing comes.
    let nothing = service.request("POST", "/c2pa/v1/acme/c2pa/sign?token=x").body("{}").send().await.unwrap();
    assert_eq!((nothing.status().as_u16(), nothing.bytes().await.unwrap().len()), (404, 0));
}
