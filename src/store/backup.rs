//! A copy of the database while it is written to, and what describes it.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _};

use super::Store;
use super::commit::LineageLink;
use super::error::{Attempt, StoreError};
use super::open::{known_version, reader_options, schema_version};

impl Store {
    /// Writes a copy of the database to a file that is not there yet, as it is at one instant of the
    /// call. Whoever writes meanwhile is not held up, and nothing of what they write is in it. The
    /// copy is compact and not yet safe from a loss of power.
    ///
    /// This is `VACUUM INTO`, which reads in one transaction: <https://sqlite.org/lang_vacuum.html>.
    pub async fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        let Some(name) = file.to_str() else {
            let source = std::io::Error::other("the path is no Unicode text");
            return Err(StoreError::File { path: file.to_path_buf(), source });
        };
        let mut connection = match reader_options(&self.path).connect().await {
            Ok(connection) => connection,
            Err(error) => return Err(StoreError::from_sqlx(&self.path, error)),
        };
        let copied = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await;
        let closed = connection.close().await;
        // What fails here is nearly always the new file: no room, no right to write.
        copied.map_err(|error| StoreError::from_sqlx(file, error))?;
        closed.map_err(|error| StoreError::from_sqlx(&self.path, error))
    }

    /// The end of the chain of hashes; nothing before the first record.
    pub async fn chain_head(&self) -> Result<Option<LineageLink>, StoreError> {
        let found: Result<Option<(i64, String)>, sqlx::Error> = sqlx::query_as(
            "SELECT sequence, hash FROM workflow_lineage ORDER BY sequence DESC LIMIT 1",
        )
        .fetch_optional(&self.readers)
        .await;
        let found = self.locate(found.map_err(Into::into))?;
        Ok(found.map(|(sequence, hash)| LineageLink { sequence, hash }))
    }

    /// The version of the schema: that of the newest migration that was applied.
    pub async fn schema(&self) -> Result<i64, StoreError> {
        self.locate(self.schema_found().await)
    }

    async fn schema_found(&self) -> Attempt<i64> {
        let mut connection = self.readers.acquire().await?;
        Ok(schema_version(&mut connection).await?.unwrap_or_default())
    }

    /// The newest schema that this program knows.
    pub fn known_schema() -> i64 {
        known_version()
    }
}
