//! The picture is the same on every run, and the same as the one that was looked at.
//!
//! After a change that is meant to show, `UPDATE=1 cargo test --lib chart` writes it anew; look at
//! it before it is committed.

use std::path::PathBuf;

use super::*;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/chart").join(name)
}

fn picture() -> Vec<u8> {
    let bars = sample::daily();
    let series = sample::series(&bars);
    render(&request(&bars, &series)).unwrap().png
}

#[test]
fn the_picture_is_the_golden_one() {
    let png = picture();
    let hash = blake3::hash(&png).to_hex().to_string();
    let (image, digest) = (path("daily-640x480.png"), path("daily-640x480.blake3"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&image, &png).unwrap();
        std::fs::write(&digest, format!("{hash}\n")).unwrap();
    }
    let golden = std::fs::read(&image).unwrap();
    let golden_hash = std::fs::read_to_string(&digest).unwrap();
    assert_eq!(
        blake3::hash(&golden).to_hex().as_str(),
        golden_hash.trim(),
        "golden files disagree"
    );

    let (_, _, golden) = decode(&golden);
    let (_, _, drawn) = decode(&png);
    assert_eq!(golden.len(), drawn.len());
    let difference: u64 = golden.iter().zip(&drawn).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = difference as f64 / golden.len() as f64;
    assert!(mean < 0.02, "a channel differs by {mean} of 255 on average");
    // Other processors may round the edge of a line differently.
    if cfg!(target_arch = "x86_64") {
        assert_eq!(hash, golden_hash.trim());
    }
}

#[test]
fn drawing_twice_gives_the_same_bytes_whatever_was_drawn_between() {
    let first = picture();
    let bars = sample::weekly();
    let series = sample::series(&bars);
    for (width, height) in [(1000, 700), (643, 487)] {
        let other = ChartRequest { width, height, ..request(&bars, &series) };
        render(&other).unwrap();
    }
    assert!(picture() == first, "the glyph cache changed the picture");
    let elsewhere = std::thread::spawn(picture).join().unwrap();
    assert!(elsewhere == first, "an empty glyph cache gives another picture");
}
