//! As much of the W3C protocol `WebDriver` as the window test speaks, over `tauri-driver`.
//! <https://www.w3.org/TR/webdriver2/>

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use throughline::clock::{Clock as _, SystemClock};

/// The key under which the protocol gives the reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The Escape key, as the protocol writes it.
pub(crate) const ESCAPE: char = '\u{E00C}';

/// The Tab key.
pub(crate) const TAB: char = '\u{E004}';

/// The Enter key.
pub(crate) const ENTER: char = '\u{E007}';

/// The Control key.
pub(crate) const CONTROL: char = '\u{E009}';

/// The key of the arrow that points down.
pub(crate) const ARROW_DOWN: char = '\u{E015}';

/// How often something is looked for before it is given up, with [`PAUSE`] in between.
const ATTEMPTS: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// After so many seconds it is given up also if there were fewer attempts.
const LONGEST_SECONDS: u64 = 180;

/// The running application under a driver of its own. Both end with it.
pub(crate) struct Window {
    agent: ureq::Agent,
    session: String,
    driver: Child,
}

/// A part of the page.
pub(crate) struct Element(String);

impl Window {
    /// Starts `tauri-driver`, and through it the application.
    pub(crate) fn open(driver: &Path, application: &Path, arguments: &[&str]) -> Self {
        let (port, native_port) = (free_port(), free_port());
        let driver = Command::new(driver)
            .args(["--port", &port.to_string(), "--native-port", &native_port.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", driver.display()));
        let agent = ureq::Agent::new_with_config(
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_mins(1)))
                .build(),
        );
        let mut window = Self { agent, session: String::new(), driver };
        let sessions = format!("http://127.0.0.1:{port}/session");
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "tauri:options": { "application": application, "args": arguments },
        }}});
        // Refused until the driver listens, and with an error until the native driver does.
        let answer =
            until("a session with the application", || window.post(&sessions, &wanted).ok());
        let id = answer["sessionId"].as_str().expect("a session has an id");
        window.session = format!("{sessions}/{id}");
        window
    }

    /// The elements that the selector finds now.
    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let address = format!("{}/elements", self.session);
        let answer = self
            .post(&address, &json!({ "using": "css selector", "value": selector }))
            .unwrap_or_else(|error| panic!("looking for {selector} failed: {error}"));
        let references = answer.as_array().expect("a list of elements").iter();
        references.map(|element| Element(element[ELEMENT].as_str().unwrap().to_owned())).collect()
    }

    /// The first element of this selector, as soon as there is one.
    pub(crate) fn wait_for(&self, selector: &str) -> Element {
        until(selector, || self.all(selector).into_iter().next())
    }

    /// Clicks as a person does; an element that is covered, disabled or out of view is an error.
    pub(crate) fn click(&self, element: &Element) {
        let address = format!("{}/element/{}/click", self.session, element.0);
        self.post(&address, &json!({})).unwrap_or_else(|error| panic!("the click failed: {error}"));
    }

    /// Clicks what ends the application, with which the driver's answer may go.
    pub(crate) fn click_to_end(&self, element: &Element) {
        let address = format!("{}/element/{}/click", self.session, element.0);
        let _ = self.post(&address, &json!({}));
    }

    /// Presses a key and lets it go.
    pub(crate) fn press(&self, key: char) {
        self.strokes(&json!([
            { "type": "keyDown", "value": key }, { "type": "keyUp", "value": key },
        ]));
    }

    /// Presses one key after the other.
    pub(crate) fn type_text(&self, text: &str) {
        text.chars().for_each(|key| self.press(key));
    }

    /// Presses a key while another one is held down.
    pub(crate) fn chord(&self, held: char, key: char) {
        self.strokes(&json!([
            { "type": "keyDown", "value": held }, { "type": "keyDown", "value": key },
            { "type": "keyUp", "value": key }, { "type": "keyUp", "value": held },
        ]));
    }

    fn strokes(&self, strokes: &Value) {
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.post(&format!("{}/actions", self.session), &json!({ "actions": [keyboard] }))
            .unwrap_or_else(|error| panic!("the key stroke failed: {error}"));
    }

    /// The text of an element as it is shown.
    pub(crate) fn text(&self, element: &Element) -> String {
        let address = format!("{}/element/{}/text", self.session, element.0);
        let answer = self.agent.get(&address).call().unwrap().body_mut().read_json::<Value>();
        answer.unwrap()["value"].as_str().unwrap_or_default().to_owned()
    }

    /// What the body of a function returns when the page runs it.
    pub(crate) fn evaluate(&self, script: &str) -> Value {
        let address = format!("{}/execute/sync", self.session);
        self.post(&address, &json!({ "script": script, "args": [] }))
            .unwrap_or_else(|error| panic!("the script failed: {error}"))
    }

    /// Sends a command; the error is the driver's or the connection's, in words.
    fn post(&self, address: &str, content: &Value) -> Result<Value, Refusal> {
        let mut response = self.agent.post(address).send_json(content)?;
        let mut answer = response.body_mut().read_json::<Value>()?;
        if response.status().is_success() {
            Ok(answer["value"].take())
        } else {
            Err(Refusal::Driver(answer["value"].take()))
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.agent.delete(&self.session).call();
        }
        // Asked to end, it takes the native driver with it; killed, it would leave it behind.
        let asked = Command::new("kill").arg(self.driver.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.driver.kill();
        }
        let _ = self.driver.wait();
    }
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the driver refused: {0}")]
    Driver(Value),
    #[error("the driver cannot be reached: {0}")]
    Connection(#[from] ureq::Error),
}

/// Tries until there is something, and gives up in words.
pub(crate) fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let begin = SystemClock.monotonic_micros();
    let waited = || SystemClock.monotonic_micros().saturating_sub(begin) / 1_000_000;
    for _ in 0..ATTEMPTS {
        if let Some(found) = attempt() {
            return found;
        }
        // An attempt may take its time, where the driver does not answer.
        if waited() >= LONGEST_SECONDS {
            break;
        }
        sleep(PAUSE);
    }
    panic!("waited {} seconds in vain for {what}", waited());
}

/// A port that nobody listens on at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    listener.local_addr().expect("its address").port()
}
