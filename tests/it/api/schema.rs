//! The API against its own description, by the `schemathesis` of Python's index, which nobody here wrote.

use std::path::Path;
use std::process::Command;

use super::served::Served;

/// The status with which the script says that it could not judge here.
const NOT_HERE: i32 = 77;

#[test]
fn c6_5_schemathesis_finds_nothing_that_the_description_does_not_say() {
    let served = Served::with_a_run("--allow edit");
    let judge = crate::tidy::repository().join("tests/schemathesis/judge.sh");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let output = Command::new("sh")
        .arg(judge)
        .arg(cache)
        .arg(&served.url)
        .env("THROUGHLINE_TOKEN", &served.token)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    if output.status.code() == Some(NOT_HERE) {
        println!("schemathesis could not be asked on this computer");
        return;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains("No issues found"), "{said}");
    served.end();
}
