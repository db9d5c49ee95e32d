use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use super::anchors::{AnchorError, ChainEnd, append_anchor, read_anchors};
use super::key::{SigningKey, existing_key, installation_key};
use crate::calendar::Calendar;
use crate::clock::Clock;
use crate::lineage::{LineageError, Recorder};
use crate::secrets::{RandomSource, SecretStore};
use crate::store::{Durability, Store};

/// What the driver works with.
#[derive(Clone)]
pub struct AnchorParts {
    /// Where the file is.
    pub data_dir: PathBuf,
    /// What is anchored.
    pub store: Arc<Store>,
    /// Writes what is queued before it is anchored.
    pub recorder: Arc<Recorder>,
    /// Engine time.
    pub clock: Arc<dyn Clock>,
    /// Where the key of the installation is.
    pub secrets: Arc<dyn SecretStore>,
    /// What makes the key if there is none; nothing where a key is only used, and never made. In the
    /// sandbox nobody is asked for the keychain because a simulated day ended.
    pub random: Option<Arc<dyn RandomSource>>,
}

/// Why a day was not anchored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorDriverError {
    /// The file.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The database.
    #[error(transparent)]
    Lineage(#[from] LineageError),
    /// The program is coming to its end.
    #[error("the day was not anchored, since the program is stopping")]
    Stopped(#[from] tokio::task::JoinError),
}

/// Anchors the chain at the first tick after each day's end on the exchange's calendar, before
/// anything of the next day is recorded. It wakes nobody: there is no tick without a record.
pub struct AnchorDriver {
    parts: AnchorParts,
    calendar: Calendar,
    /// The day that is under way.
    day: Date,
    key: Option<Arc<SigningKey>>,
}

impl AnchorDriver {
    /// Goes on where the file ends. A day that ended while the program was not running is anchored at
    /// the first tick.
    pub fn load(parts: AnchorParts) -> Self {
        let calendar = Calendar::nyse();
        let today = calendar.date_at(parts.clock.now());
        // A file that cannot be read is said by every check of it; the anchors go on.
        let last = read_anchors(&parts.data_dir).ok();
        let last = last.as_ref().and_then(|anchors| anchors.lines.last());
        let day = last.and_then(|(_, anchor)| anchor.body.day.tomorrow().ok()).unwrap_or(today);
        Self { parts, calendar, day: day.min(today), key: None }
    }

    /// Anchors the day that ended, if one did.
    pub async fn tick(&mut self) -> Result<(), AnchorDriverError> {
        let now = self.parts.clock.now();
        let today = self.calendar.date_at(now);
        if today <= self.day {
            return Ok(());
        }
        // Whatever comes of it: the next anchor stands for this day as well.
        self.day = today;
        // An anchor must not know of a row that a power cut takes out of the database.
        self.parts.recorder.flush(Durability::Full).await?;
        let head = self.parts.store.chain_head().await.map_err(AnchorError::from)?;
        let Some(head) = head else { return Ok(()) };
        let key = self.key().await;
        let end = ChainEnd {
            day: today.yesterday().unwrap_or(today),
            sequence: head.sequence,
            hash: head.hash,
            anchored_at: now,
            recorded_at: self.parts.clock.wall_now(),
        };
        let data_dir = self.parts.data_dir.clone();
        tokio::task::spawn_blocking(move || append_anchor(&data_dir, end, key.as_deref()))
            .await??;
        Ok(())
    }

    /// Without a key the anchor is not signed, and says so; the next signed one speaks for it.
    async fn key(&mut self) -> Option<Arc<SigningKey>> {
        if self.key.is_none() {
            let secrets = self.parts.secrets.as_ref();
            let found = match &self.parts.random {
                Some(random) => installation_key(secrets, random.as_ref()).await.map(Some),
                None => existing_key(secrets).await,
            };
            match found {
                Ok(key) => self.key = key.map(Arc::new),
                Err(error) => tracing::warn!(%error, "the day's anchor is not signed"),
            }
        }
        self.key.clone()
    }
}
