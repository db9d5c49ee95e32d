use serde_json::{Value, json};

use super::*;

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// An entry with any name, which the crate's own builder would refuse for some.
fn entry(name: &str, kind: tar::EntryType, bytes: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o600);
    header.set_size(bytes.len() as u64);
    let field = &mut header.as_ustar_mut().unwrap().name;
    field[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    let mut all = header.as_bytes().to_vec();
    all.extend_from_slice(bytes);
    all.resize(all.len().next_multiple_of(512), 0);
    all
}

fn manifest(parts: &[(&str, u64, String)]) -> Value {
    let parts: Vec<Value> = parts
        .iter()
        .map(|(name, bytes, blake3)| json!({ "name": name, "bytes": bytes, "blake3": blake3 }))
        .collect();
    json!({
        "format": 1, "program": "0.1.0", "schema": 7, "made_at": "2026-11-23T02:00:00Z",
        "engine_time": null, "environment": "sandbox", "account_id": "DU1000001",
        "counts": {
            "executions": 0, "orders": 0, "fills": 0, "positions": 0, "trades": 0,
            "lineage_rows": 0, "blobs": 0,
        },
        "chain_length": 0, "chain_head": null, "parts": parts,
    })
}

struct File {
    directory: tempfile::TempDir,
}

impl File {
    fn of(entries: &[Vec<u8>]) -> Self {
        let mut tar: Vec<u8> = entries.concat();
        tar.extend_from_slice(&[0; 1024]);
        Self::with(&zstd::bulk::compress(&tar, 1).unwrap())
    }

    fn with(bytes: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("backup"), bytes).unwrap();
        Self { directory }
    }

    fn of_database(content: &[u8], described: &Value) -> Self {
        Self::of(&[
            entry(MANIFEST, tar::EntryType::Regular, described.to_string().as_bytes()),
            entry(DATABASE_FILE, tar::EntryType::Regular, content),
        ])
    }

    fn read(&self) -> Result<Vec<Vec<u8>>, BackupError> {
        let mut taken = Vec::new();
        read_whole(&self.directory.path().join("backup"), |_, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).unwrap();
            taken.push(bytes);
            Ok(())
        })?;
        Ok(taken)
    }

    fn refusal(&self) -> String {
        self.read().unwrap_err().to_string()
    }
}

fn of_one(content: &[u8]) -> Value {
    manifest(&[(DATABASE_FILE, content.len() as u64, hash(content))])
}

#[test]
fn what_is_written_is_read_and_a_changed_byte_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("source");
    std::fs::write(&source, vec![7; 100_000]).unwrap();
    let mut described: Manifest = serde_json::from_value(manifest(&[])).unwrap();
    described.parts.push(measured(&Kind::Database, &source).unwrap());
    let file = directory.path().join("backup");
    let mut told = 0;
    write(&file, &described, std::slice::from_ref(&source), |done| told = done).unwrap();
    assert_eq!(told, 100_000);
    assert_eq!(manifest_of(&file).unwrap(), described);
    assert_eq!(read_whole(&file, |_, _| Ok(())).unwrap(), described);
    let again = write(&file, &described, &[source], |_| {}).unwrap_err();
    assert!(matches!(again, BackupError::Io { .. }), "an existing file was written over: {again}");

    let whole = std::fs::read(&file).unwrap();
    for position in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[position] ^= 0x10;
        if let Ok(found) = File::with(&changed).read() {
            // A few bits of a frame's header mean nothing to whoever unpacks it.
            assert_eq!(found, [vec![7; 100_000]], "byte {position}");
        }
    }
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        assert!(File::with(&whole[..length]).read().is_err(), "{length} bytes");
    }
}

#[test]
fn a_good_file_is_read() {
    assert_eq!(File::of_database(b"rows", &of_one(b"rows")).read().unwrap(), [b"rows".to_vec()]);
}

#[test]
fn no_name_leads_out_of_the_directory() {
    for name in [
        "../throughline.db",
        "/etc/passwd",
        "throughline.db/../x",
        "sandbox/prices/../../x.csv",
        "sandbox/prices/.csv",
        "sandbox/prices/....csv",
        "HALT",
        "vault",
        "environment.json",
        "sandbox\\journal.jsonl",
        "",
    ] {
        let described = manifest(&[(DATABASE_FILE, 4, hash(b"rows")), (name, 1, hash(b"x"))]);
        let file = File::of(&[
            entry(MANIFEST, tar::EntryType::Regular, described.to_string().as_bytes()),
            entry(DATABASE_FILE, tar::EntryType::Regular, b"rows"),
            entry(name, tar::EntryType::Regular, b"x"),
        ]);
        let said = file.refusal();
        assert!(said.contains("a part of no known kind"), "{name}: {said}");
    }
    assert_eq!(Kind::parse("sandbox/prices/BRK.B.csv"), Some(Kind::Prices("BRK.B".into())));
}

#[test]
fn an_entry_that_is_no_plain_file_or_not_in_its_place_is_refused() {
    let described = of_one(b"rows");
    let first = entry(MANIFEST, tar::EntryType::Regular, described.to_string().as_bytes());
    let plain = entry(DATABASE_FILE, tar::EntryType::Regular, b"rows");
    for wrong in [
        entry(DATABASE_FILE, tar::EntryType::Symlink, b"rows"),
        entry(DATABASE_FILE, tar::EntryType::Link, b"rows"),
        entry(DATABASE_FILE, tar::EntryType::Directory, b"rows"),
        entry(DATABASE_FILE, tar::EntryType::GNULongName, b"rows"),
        entry(DATABASE_FILE, tar::EntryType::XHeader, b"rows"),
        entry("other", tar::EntryType::Regular, b"rows"),
        entry(DATABASE_FILE, tar::EntryType::Regular, b"longer rows"),
    ] {
        let said = File::of(&[first.clone(), wrong]).refusal();
        assert!(said.contains("is not where it was"), "{said}");
    }
    let said = File::of(std::slice::from_ref(&first)).refusal();
    assert!(said.contains("throughline.db is missing"), "{said}");
    let said = File::of(&[first.clone(), plain.clone(), plain.clone()]).refusal();
    assert!(said.contains("more than its manifest names"), "{said}");
    let said = File::of(&[plain, first]).refusal();
    assert!(said.contains("does not begin with a manifest"), "{said}");
    let said = File::of_database(b"rowz", &described).refusal();
    assert!(said.contains("throughline.db was changed"), "{said}");
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let much = 64 * 1024 * 1024 * 1024;
    let said = File::of_database(b"rows", &manifest(&[(DATABASE_FILE, much, hash(b""))])).refusal();
    assert!(said.contains("to more than any backup"), "{said}");
    // A manifest of a gigabyte of zeros is not read either.
    let zeros = vec![b' '; 2 * 1024 * 1024];
    let said = File::of(&[entry(MANIFEST, tar::EntryType::Regular, &zeros)]).refusal();
    assert!(said.contains("does not begin with a manifest"), "{said}");
    let overflow = manifest(&[(DATABASE_FILE, u64::MAX, hash(b"")), (JOURNAL, 2, hash(b""))]);
    let said = File::of_database(b"rows", &overflow).refusal();
    assert!(said.contains("to more than any backup"), "{said}");
}

#[test]
fn what_is_no_backup_is_named_so() {
    for bytes in [&b"PK\x03\x04 a ZIP file"[..], b"", &[0; 5_000], b"SQLite format 3\0"] {
        let said = File::with(bytes).refusal();
        assert!(said.contains("is no backup of") || said.contains("is damaged"), "{said}");
    }
    let mut newer = of_one(b"rows");
    newer["format"] = json!(2);
    newer["parts"] = json!("of a shape to come");
    let said = File::of_database(b"rows", &newer).refusal();
    assert!(said.contains("(format 2, this program knows up to 1); update"), "{said}");
    let twice = manifest(&[(DATABASE_FILE, 4, hash(b"rows")), (DATABASE_FILE, 4, hash(b"rows"))]);
    let said = File::of_database(b"rows", &twice).refusal();
    assert!(said.contains("not those of a data directory"), "{said}");
    let missing = read_whole(Path::new("/nowhere/backup"), |_, _| Ok(())).unwrap_err();
    assert_eq!(missing.to_string(), "there is no backup /nowhere/backup");
}
