use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::{Handed, LONGEST_ANSWER, LONGEST_REQUEST, Outcome, given};
use crate::api::{ApiError, ErrorCode};
use crate::app::Engine;

const SOCKET: &str = "engine.socket";

/// Connections at once; more wait.
const MOST_CONNECTIONS: usize = 8;

/// How long a request may take to arrive.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How long the engine may take to answer.
const LONGEST_WORK: Duration = Duration::from_mins(2);

/// The socket of an engine, which goes with it.
pub(super) struct Listening {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        // The next engine removes what this one leaves.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Listening {
    /// The engine holds the lock of the directory, so that a socket that is there is a dead one's.
    pub(super) fn begin(engine: &Arc<Engine>) -> io::Result<Self> {
        let path = engine.data_dir().join(SOCKET);
        // Under its name only when nobody else may open it.
        let begun = path.with_extension("socket-begun");
        match std::fs::remove_file(&begun) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&begun)?;
        std::fs::set_permissions(&begun, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&begun, &path)?;
        // The owner of what this process makes is this process's user.
        let user = std::fs::metadata(&path)?.uid();
        let engine = Arc::downgrade(engine);
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let task = tokio::spawn(async move {
            loop {
                // The places are never closed.
                let place = Arc::clone(&places).acquire_owned().await;
                let stream = match listener.accept().await {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::error!(%error, "commands of the terminal are no longer taken");
                        return;
                    }
                };
                let Some(engine) = engine.upgrade() else { return };
                tokio::spawn(async move {
                    let _place = place;
                    if let Err(error) = answer(&engine, stream, user).await {
                        tracing::warn!(%error, "a command of the terminal was not answered");
                    }
                });
            }
        });
        Ok(Self { path, task })
    }
}

/// One command on one connection. Another user is not answered, whatever the rights of the file say.
async fn answer(engine: &Arc<Engine>, stream: UnixStream, user: u32) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    if peer != user {
        return Err(io::Error::other(format!("it came from user {peer}, and this is {user}")));
    }
    let (reading, mut writing) = stream.into_split();
    let mut line = Vec::new();
    let mut reader = BufReader::new(reading.take(LONGEST_REQUEST));
    tokio::time::timeout(LONGEST_WAIT, reader.read_until(b'\n', &mut line))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let outcome = match serde_json::from_slice::<Handed>(&line) {
        Ok(handed) if line.last() == Some(&b'\n') => {
            tracing::info!(command = %handed.command, "taken from the terminal");
            // A task of its own: who waits no longer does not cut off an order on its way.
            let engine = Arc::clone(engine);
            let work = tokio::spawn(async move { given(&engine, handed).await });
            match tokio::time::timeout(LONGEST_WORK, work).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(fault)) => Outcome::Failed(ApiError::new(
                    ErrorCode::Internal,
                    format!("the command met a fault inside the program: {fault}"),
                )),
                Err(_) => Outcome::Failed(
                    ApiError::new(
                        ErrorCode::NotNow,
                        format!("the engine has not answered within {LONGEST_WORK:?} and goes on"),
                    )
                    .with_hint("look at what became of it before you repeat it"),
                ),
            }
        }
        _ => Outcome::Failed(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("a command is one line of JSON of at most {LONGEST_REQUEST} bytes"),
        )),
    };
    let mut text = serde_json::to_vec(&outcome)?;
    text.push(b'\n');
    writing.write_all(&text).await?;
    writing.shutdown().await
}

/// Connects, hands over, and waits for the answer.
pub(super) async fn hand_over(
    data_dir: &Path,
    name: &str,
    request: Value,
) -> Result<Option<Value>, ApiError> {
    let path = data_dir.join(SOCKET);
    let failed = |error: io::Error| {
        let message = format!(
            "the engine that has {} open did not answer the terminal: {error}",
            data_dir.display()
        );
        ApiError::new(ErrorCode::InUse, message)
            .with_hint("look at what became of it before you repeat it")
    };
    let Ok(mut stream) = UnixStream::connect(&path).await else { return Ok(None) };
    let mut text = serde_json::to_vec(&Handed { command: name.to_owned(), request })
        .map_err(|error| failed(error.into()))?;
    text.push(b'\n');
    stream.write_all(&text).await.map_err(failed)?;
    let mut answer = Vec::new();
    let mut reader = stream.take(LONGEST_ANSWER);
    // A little more than the engine gives itself, so that its own words arrive.
    tokio::time::timeout(LONGEST_WORK + LONGEST_WAIT, reader.read_to_end(&mut answer))
        .await
        .map_err(|_| failed(io::ErrorKind::TimedOut.into()))?
        .map_err(failed)?;
    match serde_json::from_slice(&answer).map_err(|error| failed(error.into()))? {
        Outcome::Done(value) => Ok(Some(value)),
        Outcome::Failed(error) => Err(error),
    }
}
