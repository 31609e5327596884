//! Every example runs, as part of this program. Each has a test of its own, which calls its `main`.

use std::collections::BTreeSet;
use std::path::Path;

macro_rules! examples {
    ($($name:ident $path:literal)+) => {
        $(#[path = $path] mod $name;)+

        /// Those that run here, by the names of their files.
        const RUN: &[&str] = &[$(concat!(stringify!($name), ".rs")),+];
    };
}

examples! {
    buffers_and_errors "../../examples/buffers_and_errors.rs"
    dsse_envelope "../../examples/dsse_envelope.rs"
    jws_detached "../../examples/jws_detached.rs"
    prepared_key "../../examples/prepared_key.rs"
    sign_with_a_kms "../../examples/sign_with_a_kms.rs"
    streaming "../../examples/streaming.rs"
    verify_cose "../../examples/verify_cose.rs"
}

#[test]
fn every_example_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = folder.read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.collect::<BTreeSet<_>>(), RUN.iter().map(|name| (*name).to_owned()).collect());
    // Without a test in it, an example would compile here and not run.
    for name in RUN {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains("#[test]\nfn runs()") && text.contains("assert"), "{name} tests nothing");
        assert!(text.starts_with("//! "), "{name} does not say what it shows");
    }
}
