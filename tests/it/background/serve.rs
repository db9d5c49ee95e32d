//! `throughline serve`: the engine as a service of the system.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::runs::terminal::{Terminal, assert_refused, command};

/// Longer than anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The engine as a process of its own, with what it says.
pub(crate) struct Service {
    child: Child,
    lines: mpsc::Receiver<Value>,
    /// What it said when it was ready.
    pub(crate) serving: Value,
    /// What it said before that.
    pub(super) earlier: Vec<Value>,
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    pub(super) fn start(data_dir: &Path, words: &str) -> Self {
        Self::start_with(data_dir, words, &[])
    }

    pub(crate) fn start_with(data_dir: &Path, words: &str, environment: &[(&str, &str)]) -> Self {
        let mut child = command(data_dir)
            .arg("serve")
            .args(words.split_whitespace())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = child.stderr.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines() {
                let Ok(line) = line else { break };
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        let mut service = Self { child, lines, serving: Value::Null, earlier: Vec::new() };
        service.serving = service.wait_for("serving");
        service
    }

    /// The next line with this message. Every line is an object, or the test fails.
    fn wait_for(&mut self, message: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {message}"));
            assert!(line.is_object() && line["timestamp"].is_string(), "no JSON log: {line}");
            if line["message"] == message {
                return line;
            }
            self.earlier.push(line);
        }
    }

    pub(super) fn health_url(&self) -> String {
        self.serving["health"].as_str().unwrap().to_owned()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Tells it to end, and gives its status with all that it said.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, Vec<Value>) {
        self.signal(signal);
        let status = self.child.wait().unwrap();
        let mut said = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(5)) {
            said.push(line);
        }
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        assert_eq!(printed, "", "standard output is nobody's");
        (status.code(), said)
    }
}

fn get(url: &str) -> (u16, Value) {
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().http_status_as_error(false).build(),
    );
    let mut answer = agent.get(url).call().unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// The status line of a request that is written by hand.
fn status_line(url: &str, request: &str) -> String {
    let address = url.strip_prefix("http://").unwrap().strip_suffix("/health").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line
}

#[test]
fn it_serves_its_health_and_ends_politely_with_what_stays_live() {
    let terminal = Terminal::new();
    terminal.good("run sample");
    for signal in ["-TERM", "-INT"] {
        let service = Service::start(terminal.data_dir(), "--health 127.0.0.1:0");
        assert_eq!(service.serving["environment"], "sandbox");
        assert_eq!(service.serving["halted"], Value::Null);
        let url = service.health_url();
        let (status, answer) = get(&url);
        assert_eq!((status, &answer["healthy"]), (200, &Value::Bool(true)), "{answer}");
        let parts: Vec<_> =
            answer["lights"].as_array().unwrap().iter().map(|light| &light["part"]).collect();
        assert_eq!(parts, ["gateway", "database", "model", "schedule", "disk"]);
        assert!(answer.get("files").is_none(), "paths are nobody else's business: {answer}");

        let (ended, said) = service.end(signal);
        assert_eq!(ended, Some(0), "{said:?}");
        let sentences: Vec<&str> =
            said.iter().filter_map(|line| line["message"].as_str()).collect();
        let stop = sentences.iter().any(|text| text.starts_with("SELL") && text.contains("stop"));
        assert!(stop, "the stop of the open position is not named: {sentences:?}");
        assert!(sentences.contains(&"orders stay as they are"), "{sentences:?}");
        assert_eq!(sentences.last(), Some(&"ended"), "{sentences:?}");
    }
    let verified = terminal.json("lineage verify --json");
    assert_eq!(verified["first_fault"], Value::Null);
}

#[test]
fn health_has_one_route_for_this_computer_alone() {
    let terminal = Terminal::new();
    let service = Service::start(terminal.data_dir(), "--health 127.0.0.1:0 --paused");
    let url = service.health_url();
    for (request, expected) in [
        ("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200"),
        ("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", "HTTP/1.1 421"),
        ("GET /health HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", "HTTP/1.1 421"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404"),
        ("GET /health/x HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404"),
        ("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 405"),
    ] {
        let line = status_line(&url, request);
        assert!(line.starts_with(expected), "{request:?}: {line}");
    }
    assert_eq!(service.end("-TERM").0, Some(0));
}

#[test]
fn a_second_engine_on_the_directory_is_refused_in_a_sentence() {
    let terminal = Terminal::new();
    let service = Service::start(terminal.data_dir(), "--paused");
    terminal.refused(["serve"], "is in use by another engine (process ");
    assert_eq!(service.end("-TERM").0, Some(0));
    for (words, expected) in [
        ("serve --health 0.0.0.0:80", "is not an address of its loopback"),
        ("serve --health here", "\"here\" is not an address with a port"),
    ] {
        assert_refused(&terminal.run(words.split(' ')), expected);
    }
}

#[test]
fn the_sandbox_clock_runs_by_itself() {
    let terminal = Terminal::new();
    let service = Service::start(terminal.data_dir(), "--health 127.0.0.1:0");
    let url = service.health_url();
    let first = get(&url).1["at"].clone();
    let mut later = first.clone();
    for _ in 0..100 {
        if later != first {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
        later = get(&url).1["at"].clone();
    }
    assert!(later.as_str() > first.as_str(), "{first} {later}");
    assert_eq!(service.end("-TERM").0, Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn the_service_manager_is_told_that_it_is_ready_lives_and_ends() {
    let terminal = Terminal::new();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let heard = || {
        let mut buffer = [0; 1024];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "200000")];
    let service = Service::start_with(terminal.data_dir(), "--paused", &environment);
    assert_eq!(heard(), "READY=1\nSTATUS=sandbox account\n");
    for _ in 0..3 {
        assert_eq!(heard(), "WATCHDOG=1\n");
    }
    service.signal("-TERM");
    let told = std::iter::repeat_with(heard).find(|words| words != "WATCHDOG=1\n");
    assert_eq!(told.as_deref(), Some("STOPPING=1\n"));
    drop(service);
}
