//! Beginning to serve: the command line, the certificate, the clock, and what is refused.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};
use throughline::sandbox::serve::{CertificateFiles, ControlClient, FaultRequest};

use super::gateway::{FRIDAY_MORNING, Served, market, trusting};

/// `throughline sandbox serve` in a process of its own, ended with the test.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
    pub(crate) directory: tempfile::TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(directory: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
    command.arg("--data-dir").arg(directory.path());
    command
}

impl Process {
    pub(crate) fn start(words: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), words)
    }

    fn start_in(directory: tempfile::TempDir, words: &str) -> Self {
        let mut child = command(&directory)
            .args(["sandbox", "serve", "--listen", "127.0.0.1:0"])
            .args(words.split_whitespace())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("the first line says where");
        Self { url: url.to_owned(), child, directory }
    }

    pub(super) fn certificate(&self) -> std::path::PathBuf {
        CertificateFiles::place_in(self.directory.path()).certificate
    }

    fn http(&self) -> reqwest::Client {
        reqwest::Client::builder()
            .tls_backend_preconfigured(trusting(&self.certificate()))
            .no_proxy()
            .build()
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.http().post(format!("{}/v1/api/{path}", self.url));
        let answer = request.body(body.to_string()).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.http().get(format!("{}{path}", self.url)).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }
}

#[tokio::test]
async fn orders_survive_the_process_and_it_ends_politely() {
    let process = Process::start("--start 2012-06-15T10:00:00-04:00 --speed 0");
    process.get("/v1/api/iserver/accounts").await;
    let orders = json!({ "orders": [market("kept")] });
    let placed = process.post("iserver/account/DU1000001/orders", orders).await;
    assert!(placed[0]["order_id"].is_string(), "{placed}");
    let mut process = process;
    let id = process.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(process.child.wait().unwrap().success(), "it ends by itself, with status 0");

    let directory = std::mem::replace(&mut process.directory, tempfile::tempdir().unwrap());
    let again = Process::start_in(directory, "--speed 0");
    let info = again.get("/sandbox/v1/info").await;
    assert_eq!(info["client_order_ids"], json!(["kept"]));
    assert_eq!(info["now"], "2012-06-15T14:00:00Z", "the clock goes on where the journal ends");
    assert_eq!(info["last_journal_time"], "2012-06-15T14:00:00Z");
}

#[tokio::test]
async fn faults_are_switched_from_the_terminal() {
    let process = Process::start("--no-journal --speed 0 --faults delay@2013-01-02T10:00:00-05:00");
    let fault = |words: &str| {
        let output = command(&process.directory)
            .args(["sandbox", "fault", "--gateway", &process.url])
            .args(words.split_whitespace())
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (code, said) = fault("unavailable_503 on");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("unavailable_503") && said.contains("delay"), "{said}");
    let (code, said) = fault("nonsense on");
    assert_eq!(code, Some(2));
    assert!(
        said.contains("there is no fault named \"nonsense\"; the faults are cut_line"),
        "{said}"
    );
    let (code, said) = fault("unavailable_503 off --json");
    assert_eq!(code, Some(0));
    assert!(serde_json::from_str::<Value>(&said).unwrap().is_array());
}

#[test]
fn bad_input_is_answered_in_a_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let files = CertificateFiles::kept_in(directory.path()).unwrap();
    let certificate = files.certificate.to_str().unwrap();
    for (arguments, expected) in [
        (vec!["--listen", &port], "could not be listened on"),
        (vec!["--listen", "0.0.0.0:0"], "is not an address of its loopback"),
        (vec!["--listen", "nowhere"], "\"nowhere\" is not an address with a port"),
        (
            vec!["--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", "/missing.pem"],
            "the file /missing.pem could not be used",
        ),
        (vec!["--listen", "127.0.0.1:0", "--faults", "x"], "there is no fault named \"x\""),
        (vec!["--listen", "127.0.0.1:0", "--start", "noon"], "\"noon\" is not an instant"),
        (
            vec!["--listen", "127.0.0.1:0", "--start", "2031-01-01T00:00:00Z"],
            "lies outside the prices of the sandbox",
        ),
    ] {
        let output =
            command(&directory).args(["sandbox", "serve"]).args(&arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn the_client_leads_the_clock() {
    let served = Served::start().await;
    let now = async |at: Option<&str>| {
        let got = served.try_send_at(Method::GET, "iserver/accounts", None, at).await.unwrap();
        got.headers["throughline-sandbox-now"].to_str().unwrap().to_owned()
    };
    assert_eq!(now(None).await, FRIDAY_MORNING);
    assert_eq!(now(Some("2012-06-15T11:00:00-04:00")).await, "2012-06-15T15:00:00Z");
    assert_eq!(now(Some("2012-06-15T14:00:00Z")).await, "2012-06-15T15:00:00Z", "never back");
    assert_eq!(now(Some("2031-01-01T00:00:00Z")).await, "2013-03-01T21:00:00Z", "inside the data");
    let got = served.try_send_at(Method::GET, "iserver/accounts", None, Some("noon")).await;
    assert_eq!(got.unwrap().status, 400);
}

#[tokio::test]
async fn a_served_sandbox_tells_about_itself() {
    let served = Served::ready().await;
    let info = served.get("/sandbox/v1/info").await.json();
    assert_eq!((&info["seed"], &info["starting_cash"]), (&json!(1), &json!("100000")));
    assert_eq!((&info["adjusted"], &info["now"]), (&json!(true), &json!(FRIDAY_MORNING)));
    assert_eq!(info["data_to"], "2013-03-01T21:00:00Z");
    assert_eq!(served.get("/sandbox/v1/next-event").await.json(), json!({ "at": null }));
    served.placed(market("a")).await;
    let next = served.get("/sandbox/v1/next-event").await;
    assert!(next.json()["at"].is_string());
    assert_eq!(next.headers["throughline-sandbox-changes"], "1", "one change of an order");
    let elsewhere = json!({ "symbol": "IBM", "side": "BUY", "quantity": 2 });
    assert_eq!(served.post("/sandbox/v1/elsewhere", elsewhere).await.status, 200);
    assert_eq!(served.live_orders().await.len(), 2);
    let refused = served.post("/sandbox/v1/liquidate", json!({ "symbol": "MSFT" })).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    let refused = served.post("/sandbox/v1/liquidate", json!({ "symbol": "ZZZ" })).await;
    assert_eq!(refused.status, 404, "{}", refused.text);
}

#[tokio::test]
async fn paths_beyond_the_api_are_those_of_the_gateway() {
    let served = Served::start().await;
    let unknown = served.get("/nosuch").await;
    let place = unknown.headers["location"].to_str().unwrap();
    assert_eq!((unknown.status.as_u16(), place), (302, "https://api.ibkr.com/nosuch"));
    let options = served.try_send(Method::OPTIONS, "iserver/accounts", None).await.unwrap();
    assert_eq!(options.status, 204);
    assert_eq!(options.headers["access-control-allow-origin"], "*");
    let plain = reqwest::Client::builder()
        .tls_backend_preconfigured((*served.tls).clone())
        .no_proxy()
        .build()
        .unwrap();
    let address = served.server.address();
    assert!(plain.get(format!("http://{address}/")).send().await.is_err(), "TLS only");
}

#[tokio::test]
async fn a_control_client_tells_what_is_wrong() {
    let served = Served::start().await;
    let directory = tempfile::tempdir().unwrap();
    let other = CertificateFiles::kept_in(directory.path()).unwrap();
    let request = FaultRequest { name: "hang".to_owned(), is_on: true, from: None, until: None };
    let client = ControlClient::new(&served.server.url(), &other.certificate).unwrap();
    let error = client.set_fault(&request).await.unwrap_err().to_string();
    assert!(error.contains("gave no answer"), "another certificate is not trusted: {error}");
    for address in ["https://example.com:5000", "http://127.0.0.1:5000", "nowhere"] {
        let error = ControlClient::new(address, &other.certificate).unwrap_err().to_string();
        assert!(error.contains("is not the address of a sandbox on this computer"), "{error}");
    }
}
