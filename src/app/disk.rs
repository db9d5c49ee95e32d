use std::io;

use super::Engine;

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
}
