use std::io;
use std::sync::atomic::Ordering;

use super::Engine;
use crate::executor::{Changed, ClosureCause};

/// Below so many free bytes no entry is sent. What is left is for exits, for what becomes of working
/// orders, and for their records: an order that cannot be written down is not sent.
const LEAST_FOR_ENTRIES: u64 = 50_000_000;

/// How often the room is looked at, in microseconds of real time.
const BETWEEN_LOOKS: u64 = 10_000_000;

/// How much room there is on a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskRoom {
    /// What this user may still write.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

impl Engine {
    /// The room on the disk of the data directory.
    pub async fn disk_room(&self) -> io::Result<DiskRoom> {
        let directory = self.data_dir().to_path_buf();
        // A network drive that hangs holds up a thread of its own, and nothing else.
        let asked = tokio::task::spawn_blocking(move || fs4::statvfs(directory));
        let found = asked.await.map_err(io::Error::other)??;
        Ok(DiskRoom { free: found.available_space(), total: found.total_space() })
    }

    /// Looks at the room now and then, and at once where `now` says so.
    pub(super) async fn watch_room(&self, now: bool) {
        // Real time, whatever time the engine has: a disk fills in it.
        let at = self.parts.clock.monotonic_micros();
        let last = self.room_looked_at.load(Ordering::Relaxed);
        if !now && last != 0 && at.saturating_sub(last) < BETWEEN_LOOKS {
            return;
        }
        self.room_looked_at.store(at.max(1), Ordering::Relaxed);
        match self.disk_room().await {
            Ok(room) => self.settle_room(room),
            // The light of the disk tells it; whether a write succeeds is seen when it is made.
            Err(error) => tracing::debug!(%error, "the room on the disk is not known"),
        }
    }

    fn settle_room(&self, room: DiskRoom) {
        let gate = &self.parts.gate;
        let was_closed =
            gate.closures().iter().any(|closure| closure.cause == ClosureCause::NoRoom);
        if room.free >= LEAST_FOR_ENTRIES {
            if gate.open(ClosureCause::NoRoom, None) {
                tracing::info!(free = room.free, "there is room on the disk again");
                self.parts.changes.tell(Changed::Connection);
            }
            return;
        }
        let sentence = format!(
            "Only {:.1} MB are free on the disk of the data directory, and entries need {} MB for \
             their records and what follows; make room on it.",
            room.free as f64 / 1e6,
            LEAST_FOR_ENTRIES / 1_000_000
        );
        if !was_closed {
            tracing::error!(free = room.free, "{sentence}");
        }
        gate.close(ClosureCause::NoRoom, None, sentence);
        if !was_closed {
            self.parts.changes.tell(Changed::Connection);
        }
    }
}
