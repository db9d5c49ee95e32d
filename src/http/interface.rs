use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use crate::api::{ApiError, ErrorCode};

/// The page with which the interface begins.
const FRONT: &str = "index.html";

/// More files, or more bytes, are not the interface.
const MOST_FILES: usize = 2_000;
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What the interface may do, as in the window: ask this server alone, and style itself.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; \
                      style-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self'; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The built web interface, read once. A request names one of its files or none: nothing that a
/// request says becomes a path.
pub struct WebInterface {
    files: BTreeMap<String, File>,
}

struct File {
    media_type: &'static str,
    content: Bytes,
}

impl WebInterface {
    /// Reads the folder that a build of `ui/` leaves, `ui/dist`.
    pub fn read(folder: &Path) -> Result<Self, ApiError> {
        let failed = |error: std::io::Error| {
            let message =
                format!("the web interface in {} could not be read: {error}", folder.display());
            ApiError::new(ErrorCode::Storage, message)
        };
        let mut files = BTreeMap::new();
        let mut bytes = 0;
        let mut open = vec![(folder.to_path_buf(), String::new())];
        while let Some((directory, prefix)) = open.pop() {
            for entry in fs::read_dir(&directory).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let kind = entry.file_type().map_err(failed)?;
                if kind.is_dir() {
                    open.push((entry.path(), format!("{prefix}{name}/")));
                } else if kind.is_file() {
                    let content = fs::read(entry.path()).map_err(failed)?;
                    bytes += content.len() as u64;
                    let media_type = media_type(&name);
                    let file = File { media_type, content: content.into() };
                    files.insert(format!("{prefix}{name}"), file);
                }
                if files.len() + open.len() > MOST_FILES || bytes > MOST_BYTES {
                    return Err(not_one(folder, "it holds more than that"));
                }
            }
        }
        if files.contains_key(FRONT) {
            Ok(Self { files })
        } else {
            Err(not_one(folder, "it holds no index.html"))
        }
    }

    /// Where the interface is looked for without being named: beside the binary, where a package of
    /// the system puts it, and where a build in the repository leaves it.
    pub fn usual_place() -> Option<PathBuf> {
        let binary = std::env::current_exe().ok()?;
        let beside = binary.parent()?;
        let mut places = vec![beside.join("ui"), beside.join("../share/throughline/ui")];
        if cfg!(debug_assertions) {
            places.push(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/ui/dist")));
        } else {
            // target/release/throughline, in the repository.
            places.push(beside.join("../../ui/dist"));
        }
        places.into_iter().find(|place| place.join(FRONT).is_file())
    }

    /// The first page.
    pub(super) fn front(&self) -> Response {
        self.file(FRONT).unwrap_or_default()
    }

    /// A file, by its path below the folder.
    pub(super) fn file(&self, path: &str) -> Option<Response> {
        let File { media_type, content } = self.files.get(path)?;
        // The name of a file below assets/ changes with its content.
        let kept = if path.starts_with("assets/") {
            "private, max-age=604800, immutable"
        } else {
            "no-store"
        };
        let headers = [
            (header::CONTENT_TYPE, *media_type),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, kept),
        ];
        Some((headers, content.clone()).into_response())
    }
}

fn not_one(folder: &Path, why: &str) -> ApiError {
    let message = format!("{} is not the built web interface: {why}", folder.display());
    ApiError::new(ErrorCode::InvalidRequest, message)
        .with_hint("build it with npm run build in the folder ui, and name ui/dist")
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_is_read_once_and_gives_its_files_alone() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |folder: &Path| WebInterface::read(folder).err().unwrap().message;
        assert!(refused(folder.path()).contains("no index.html"));
        assert!(refused(&folder.path().join("nowhere")).contains("could not be read"));
        fs::write(folder.path().join("index.html"), "<title>x</title>").unwrap();
        fs::create_dir(folder.path().join("assets")).unwrap();
        fs::write(folder.path().join("assets/a.js"), "1").unwrap();
        fs::write(folder.path().parent().unwrap().join("secret-of-another"), "s").unwrap();
        let interface = WebInterface::read(folder.path()).unwrap();
        let script = interface.file("assets/a.js").unwrap();
        assert_eq!(script.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert!(interface.file("index.html").is_some());
        for outside in ["../secret-of-another", "assets/../index.html", "/etc/passwd", "", "assets"]
        {
            assert!(interface.file(outside).is_none(), "{outside}");
        }
        fs::remove_file(folder.path().parent().unwrap().join("secret-of-another")).unwrap();
    }
}
