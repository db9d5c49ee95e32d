use std::path::PathBuf;

use jiff::Timestamp;

use crate::api::{ApiError, ErrorCode};

/// Where data is kept unless a directory is named: the system's place for this user's data.
pub fn default_data_dir() -> Result<PathBuf, ApiError> {
    directories::ProjectDirs::from("app", "throughline", "throughline")
        .map(|dirs| dirs.data_dir().to_path_buf())
        .ok_or_else(|| {
            ApiError::new(ErrorCode::Storage, "this user has no home directory to keep data in")
                .with_hint("name a directory with --data-dir")
        })
}

/// Reads an instant such as `2012-06-15T16:00:00-04:00`.
pub fn parse_instant(text: &str) -> Result<Timestamp, ApiError> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(60).collect();
        ApiError::new(ErrorCode::InvalidRequest, format!("\"{shown}\" is not an instant"))
            .with_hint("write date, time and offset, such as 2012-06-15T16:00:00-04:00")
    })
}
