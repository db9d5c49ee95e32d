use std::path::Path;
use std::process::Command;

use super::start::Process;

/// The status with which the script says that it could not judge here.
const NOT_HERE: i32 = 77;

#[test]
fn ibind_which_nobody_here_wrote_works_against_the_served_sandbox() {
    // Twenty seconds in one, so that the limits by path and the fills do not take minutes.
    let served = Process::start("--no-journal --start 2012-06-15T10:00:00-04:00 --speed 20");
    let judge = crate::tidy::repository().join("tests/ibind/judge.sh");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ibind");
    let output = Command::new("sh")
        .arg(judge)
        .arg(cache)
        .arg(&served.url)
        .arg(served.certificate())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    if output.status.code() == Some(NOT_HERE) {
        println!("ibind could not be asked on this computer");
        return;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.lines().filter(|line| line.starts_with("ok ")).count() >= 30, "{said}");
}
