//! A small bundle, whole and changed.

use std::collections::BTreeMap;
use std::io::Read as _;

use proptest::prelude::*;
use throughline::evidence::{PackedFile, SigningKey, pack, unpack, verify_bundle};

use super::{BUNDLE, exported, key, recorded};
use crate::tidy::repository;

/// A bundle as it was made by the first version of this form: whatever changes, it stays readable.
const FIRST: &str = "tests/data/evidence/first.zip";

fn fault(archive: &[u8]) -> String {
    let found = verify_bundle(archive, None);
    found.first_fault.expect("a change was not noticed").to_string()
}

/// The bundle with one file changed, the container put right again.
fn repacked(name: &str, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let unpacked = unpack(&BUNDLE).unwrap();
    assert!(unpacked.files.iter().any(|(known, _)| *known == name), "there is no {name}");
    let files: Vec<PackedFile> = unpacked
        .files
        .into_iter()
        .map(|(known, bytes)| {
            let mut bytes = bytes.to_vec();
            if known == name {
                change(&mut bytes);
            }
            PackedFile { name: known.to_owned(), bytes }
        })
        .collect();
    pack(&files).unwrap()
}

#[test]
fn a_bundle_holds_and_says_what_it_holds() {
    let found = verify_bundle(&BUNDLE, None);
    assert_eq!(found.first_fault, None);
    assert_eq!(found.fingerprint, Some(key().public().fingerprint()));
    // Rows 3 to 6 from the anchor before the first to the anchor after the last, one of them
    // another execution's.
    assert_eq!((found.rows, found.rows_with_content, found.anchors), (4, 3, 2));
    let subject = found.subject.unwrap();
    assert_eq!((subject.kind.as_str(), subject.name.as_str()), ("execution", "e1"));
    let left: BTreeMap<&str, u64> =
        found.redactions.iter().map(|left| (left.rule.as_str(), left.count)).collect();
    assert_eq!(left["other_executions"], 1, "{left:?}");
    assert_eq!(left["secrets_have_no_written_form"], 0);
}

#[tokio::test]
async fn the_same_records_give_the_same_bundle() {
    let (directory, store) = recorded().await;
    assert!(exported(directory.path(), &store).await.bytes == *BUNDLE, "the bytes differ");
}

#[test]
fn another_program_unpacks_it() {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(BUNDLE.as_slice())).unwrap();
    let ours: BTreeMap<String, Vec<u8>> = unpack(&BUNDLE)
        .unwrap()
        .files
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
        .collect();
    assert_eq!(archive.len(), ours.len());
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        // Its reader checks the checksum of each file.
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(Some(&bytes), ours.get(&name), "{name}");
    }
}

#[test]
fn a_changed_text_or_image_names_the_record_that_it_belongs_to() {
    let unpacked = unpack(&BUNDLE).unwrap();
    let mut named = Vec::new();
    for (name, _) in unpacked.files {
        if !name.starts_with("content/") {
            continue;
        }
        let found = fault(&repacked(name, |bytes| bytes[0] ^= 1));
        if name.rsplit('.').next() == Some("png") {
            assert!(found.starts_with("row 4 (generate_charts of e1)"), "{name}: {found}");
        }
        named.push(found);
    }
    let of_a_row = named.iter().filter(|found| found.starts_with("row ")).count();
    // All but the strategy's text, which belongs to no row.
    assert_eq!(of_a_row, named.len() - 1, "{named:?}");
    assert!(named.iter().any(|found| found.contains("its error was changed")), "{named:?}");
}

#[test]
fn a_changed_row_is_named() {
    let changed = repacked("chain.jsonl", |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replacen("\"duration_us\":1234", "\"duration_us\":1235", 1).into_bytes();
    });
    assert_eq!(fault(&changed), "row 3 (load_strategy of e1): it does not match its hash");
    let cut = repacked("chain.jsonl", |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        *bytes = format!("{}\n{}\n", lines[0], lines[2..].join("\n")).into_bytes();
    });
    let found = fault(&cut);
    assert_eq!(found, "row 5 (complete of e2): it does not follow from the row before it");
}

#[test]
fn a_file_more_a_file_less_and_a_changed_manifest_are_named() {
    let unpacked = unpack(&BUNDLE).unwrap();
    let mut files: Vec<PackedFile> = unpacked
        .files
        .iter()
        .map(|(name, bytes)| PackedFile { name: (*name).to_owned(), bytes: bytes.to_vec() })
        .collect();
    let last = files.pop().unwrap();
    assert!(fault(&pack(&files).unwrap()).ends_with("is missing"));
    files.push(last);
    files.push(PackedFile { name: "note.txt".into(), bytes: b"believe me".to_vec() });
    let found = fault(&pack(&files).unwrap());
    assert_eq!(found, "note.txt: the manifest does not name this file");
    let renamed = repacked("manifest.json", |bytes| {
        *bytes = String::from_utf8(bytes.clone()).unwrap().replace("DU1", "DU2").into_bytes();
    });
    assert_eq!(fault(&renamed), "manifest.json: its signature does not hold");
}

#[test]
fn whoever_signs_it_anew_shows_in_the_fingerprint() {
    let other = SigningKey::from_seed(&[7; 32]).unwrap();
    let unpacked = unpack(&BUNDLE).unwrap();
    let manifest = unpacked.files[0].1.to_vec();
    let (ours, theirs) = (key().public().to_hex(), other.public().to_hex());
    let manifest = String::from_utf8(manifest).unwrap().replace(&ours, &theirs).into_bytes();
    let signature = serde_json::json!({
        "algorithm": "Ed25519",
        "public_key": theirs,
        "fingerprint": other.public().fingerprint(),
        "signature": other.sign(&manifest),
    });
    let files: Vec<PackedFile> = unpacked
        .files
        .iter()
        .map(|(name, bytes)| PackedFile {
            name: (*name).to_owned(),
            bytes: match *name {
                "manifest.json" => manifest.clone(),
                "signature.json" => signature.to_string().into_bytes(),
                // The anchors among them: they cannot be signed anew.
                _ => bytes.to_vec(),
            },
        })
        .collect();
    let forged = pack(&files).unwrap();
    assert_eq!(fault(&forged), "anchor 1: it is signed by another key than the bundle");
    let ours = key().public().fingerprint();
    let found = verify_bundle(&forged, Some(&ours)).first_fault.unwrap().to_string();
    assert!(found.contains("it is signed by another key"), "{found}");
    assert!(verify_bundle(&BUNDLE, Some(&ours)).holds());
    assert!(!verify_bundle(&BUNDLE, Some(&other.public().fingerprint())).holds());
}

#[test]
fn a_bundle_of_the_first_version_still_holds() {
    let path = repository().join(FIRST);
    if std::env::var_os("UPDATE").is_some() && !path.exists() {
        std::fs::write(&path, BUNDLE.as_slice()).unwrap();
    }
    let bytes = std::fs::read(&path).unwrap();
    let found = verify_bundle(&bytes, Some(&key().public().fingerprint()));
    assert_eq!(found.first_fault, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn c6_2_any_changed_byte_of_the_whole_file_names_a_record_or_the_container(
        place in any::<prop::sample::Index>(),
        by in 1_u8..=255,
    ) {
        let offset = place.index(BUNDLE.len());
        let mut changed = BUNDLE.clone();
        changed[offset] ^= by;
        let found = verify_bundle(&changed, None);
        prop_assert!(found.first_fault.is_some(), "byte {} of {}", offset, BUNDLE.len());
    }

    #[test]
    fn c6_2_a_bundle_that_is_cut_anywhere_does_not_hold(place in any::<prop::sample::Index>()) {
        let cut = &BUNDLE[..place.index(BUNDLE.len())];
        prop_assert!(!verify_bundle(cut, None).holds(), "{} bytes", cut.len());
    }
}
