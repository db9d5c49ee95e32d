//! A scripted provider on loopback: it is no provider, but says what the test has it say, byte by byte.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A piece of an answer.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Send(Vec<u8>),
    Wait(Duration),
}

/// An answer, as it goes over the line.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<Piece>,
    /// Nothing is said at all before this has passed.
    silence: Duration,
    /// The body comes in chunks, and their end is left out.
    is_cut: bool,
}

impl Answer {
    /// A stream of events.
    pub(super) fn events(body: impl Into<Vec<u8>>) -> Self {
        Self::pieces(vec![Piece::Send(body.into())])
    }

    /// A stream of events in pieces.
    pub(super) fn pieces(body: Vec<Piece>) -> Self {
        let headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
        Self { status: 200, headers, body, silence: Duration::ZERO, is_cut: false }
    }

    /// A status with a JSON body.
    pub(super) fn status(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let body = vec![Piece::Send(body.into())];
        Self { status, headers, body, silence: Duration::ZERO, is_cut: false }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Says nothing for a while.
    pub(super) fn after(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// The line is lost before the last chunk.
    pub(super) fn cut(mut self) -> Self {
        self.is_cut = true;
        self
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
}

/// The server. It gives its answers in their order, and the last one for ever.
pub(super) struct Server {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (answers, kept) = (answers.clone(), Arc::clone(&kept));
                tokio::spawn(async move {
                    // A client that goes away in the middle is what some tests are about.
                    let _ = Box::pin(serve(stream, &answers, &kept)).await;
                });
            }
        });
        Self { url, seen, task }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    answers: &[Answer],
    kept: &Mutex<Vec<Seen>>,
) -> std::io::Result<()> {
    let request = Box::pin(read_request(&mut stream)).await?;
    let number = {
        let mut kept = kept.lock().unwrap();
        kept.push(request);
        kept.len() - 1
    };
    let answer = &answers[number.min(answers.len() - 1)];
    tokio::time::sleep(answer.silence).await;
    let mut head = format!("HTTP/1.1 {} Scripted\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.extend([name.as_ref(), ": ", value.as_ref(), "\r\n"]);
    }
    if answer.is_cut {
        head.push_str("transfer-encoding: chunked\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    for piece in &answer.body {
        match piece {
            Piece::Send(bytes) if answer.is_cut => {
                let size = format!("{:x}\r\n", bytes.len());
                stream.write_all(&[size.as_bytes(), bytes, b"\r\n"].concat()).await?;
            }
            Piece::Send(bytes) => stream.write_all(bytes).await?,
            Piece::Wait(time) => {
                stream.flush().await?;
                tokio::time::sleep(*time).await;
            }
        }
    }
    stream.flush().await?;
    stream.shutdown().await
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<Seen> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break at + 4;
        }
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..read]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = bytes.split_off(end);
    while body.len() < length {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        body.extend_from_slice(&buffer[..read]);
    }
    Ok(Seen { path, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}
