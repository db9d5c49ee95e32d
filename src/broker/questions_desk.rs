use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::clock::Clock;

/// Longest time that a question may wait. IBKR ends an idle session after about six minutes, and
/// nothing, not even the call that keeps it alive, may be sent while a question is open.
const LONGEST_PATIENCE: SignedDuration = SignedDuration::from_mins(4);

/// How often the desk looks for an answer.
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_millis(250);

/// Where the broker's questions wait for a person. An adapter posts a question and waits; the
/// person answers through the pages. What nobody answers in time is answered with no.
#[derive(Debug)]
pub struct QuestionDesk {
    clock: Arc<dyn Clock>,
    state: Mutex<Desk>,
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct Desk {
    patience: SignedDuration,
    posted: u64,
    open: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    question: OpenQuestion,
    answer: Option<bool>,
}

/// A question that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuestion {
    /// Names it in [`QuestionDesk::answer`]. Never used twice, not even after a restart.
    pub question_id: String,
    /// The order that it is about, in words.
    pub order: String,
    /// The broker's ids, such as `o163`; empty if the broker gave none.
    pub message_ids: Vec<String>,
    /// The broker's own words.
    pub text: String,
    /// Engine time.
    pub asked_at: Timestamp,
    /// Engine time at which it is answered with no.
    pub expires_at: Timestamp,
}

/// How a question at the desk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskAnswer {
    /// A person said yes.
    Confirmed,
    /// A person said no.
    Declined,
    /// Nobody answered in time.
    Expired,
    /// The desk has no patience: nobody was asked.
    NobodyAsked,
}

impl QuestionDesk {
    /// A desk at which a question waits for `patience`, at most four minutes. With no patience
    /// nobody is asked and every answer is no, which is what a simulated clock needs that runs
    /// faster than a person reads.
    pub fn new(clock: Arc<dyn Clock>, patience: SignedDuration) -> Self {
        let state = Desk { patience: bounded(patience), posted: 0, open: Vec::new() };
        Self { clock, state: Mutex::new(state), changes: watch::Sender::new(0) }
    }

    /// How long a question waits.
    pub fn patience(&self) -> SignedDuration {
        self.lock().patience
    }

    /// Sets how long later questions wait, at most four minutes.
    pub fn set_patience(&self, patience: SignedDuration) {
        self.lock().patience = bounded(patience);
    }

    /// The questions that wait, oldest first.
    pub fn open(&self) -> Vec<OpenQuestion> {
        let desk = self.lock();
        desk.open.iter().filter(|w| w.answer.is_none()).map(|w| w.question.clone()).collect()
    }

    /// Answers a question once. False if it does not wait, or waits no longer.
    pub fn answer(&self, question_id: &str, is_confirmed: bool) -> bool {
        let now = self.clock.now();
        let mut desk = self.lock();
        let waiting = desk.open.iter_mut().find(|waiting| {
            waiting.question.question_id == question_id
                && waiting.answer.is_none()
                && now < waiting.question.expires_at
        });
        let Some(waiting) = waiting else { return false };
        waiting.answer = Some(is_confirmed);
        drop(desk);
        self.tell();
        true
    }

    /// Counts up whenever a question comes or goes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Puts a question to a person and waits for the answer.
    pub async fn ask(&self, order: &str, message_ids: &[String], text: &str) -> DeskAnswer {
        let asked_at = self.clock.now();
        let question_id = {
            let mut desk = self.lock();
            if desk.patience <= SignedDuration::ZERO {
                return DeskAnswer::NobodyAsked;
            }
            desk.posted += 1;
            let question_id = format!("{}-{}", asked_at.as_microsecond(), desk.posted);
            let question = OpenQuestion {
                question_id: question_id.clone(),
                order: order.to_owned(),
                message_ids: message_ids.to_vec(),
                text: text.to_owned(),
                asked_at,
                expires_at: asked_at.saturating_add(desk.patience).unwrap_or(Timestamp::MAX),
            };
            desk.open.push(Waiting { question, answer: None });
            question_id
        };
        self.tell();
        // Taken off the desk also if whoever waits is dropped.
        let _leaves = Leaves { desk: self, question_id: &question_id };
        loop {
            if let Some(ended) = self.ended(&question_id) {
                return ended;
            }
            self.clock.sleep(BETWEEN_LOOKS).await;
            // A simulated clock does not wait, and the person's answer needs a turn too.
            tokio::task::yield_now().await;
        }
    }

    fn ended(&self, question_id: &str) -> Option<DeskAnswer> {
        let now = self.clock.now();
        let desk = self.lock();
        let waiting = desk.open.iter().find(|w| w.question.question_id == question_id);
        match waiting {
            None => Some(DeskAnswer::Expired),
            Some(Waiting { answer: Some(true), .. }) => Some(DeskAnswer::Confirmed),
            Some(Waiting { answer: Some(false), .. }) => Some(DeskAnswer::Declined),
            Some(Waiting { question, answer: None }) => {
                (now >= question.expires_at).then_some(DeskAnswer::Expired)
            }
        }
    }

    fn tell(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, Desk> {
        // The desk is sound between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bounded(patience: SignedDuration) -> SignedDuration {
    patience.clamp(SignedDuration::ZERO, LONGEST_PATIENCE)
}

struct Leaves<'a> {
    desk: &'a QuestionDesk,
    question_id: &'a str,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.desk.lock().open.retain(|w| w.question.question_id != self.question_id);
        self.desk.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SimulatedClock;

    fn desk(seconds: i64) -> (Arc<SimulatedClock>, QuestionDesk) {
        let start = "2026-01-05T15:30:00Z".parse().unwrap();
        let clock = Arc::new(SimulatedClock::starting_at(start));
        let patience = SignedDuration::from_secs(seconds);
        (Arc::clone(&clock), QuestionDesk::new(clock as Arc<dyn Clock>, patience))
    }

    #[tokio::test]
    async fn nobody_is_asked_without_patience() {
        let (_, desk) = desk(0);
        assert_eq!(desk.ask("BUY 1 ORCH", &[], "Sure?").await, DeskAnswer::NobodyAsked);
        assert!(!desk.changes().has_changed().unwrap());
    }

    #[tokio::test]
    async fn a_question_that_nobody_answers_ends_with_its_time() {
        let (clock, desk) = desk(30);
        let before = clock.now();
        assert_eq!(desk.ask("BUY 1 ORCH", &[], "Sure?").await, DeskAnswer::Expired);
        assert_eq!(clock.now().duration_since(before), SignedDuration::from_secs(30));
        assert!(desk.open().is_empty());
    }

    #[tokio::test]
    async fn a_person_answers_once() {
        for (said, expected) in [(true, DeskAnswer::Confirmed), (false, DeskAnswer::Declined)] {
            let (_, desk) = desk(30);
            let mut changes = desk.changes();
            let person = async {
                changes.changed().await.unwrap();
                let open = desk.open();
                assert_eq!((open.len(), open[0].text.as_str()), (1, "Sure?"));
                assert!(!desk.answer("another", said));
                assert!(desk.answer(&open[0].question_id, said));
                assert!(!desk.answer(&open[0].question_id, !said), "only the first answer counts");
            };
            let ids = ["o163".to_owned()];
            let (answer, ()) = tokio::join!(desk.ask("BUY 1 ORCH", &ids, "Sure?"), person);
            assert_eq!(answer, expected);
            assert!(desk.open().is_empty());
        }
    }

    #[tokio::test]
    async fn a_question_whose_asker_is_gone_leaves_the_desk() {
        let (_, desk) = desk(30);
        {
            let mut asking = Box::pin(desk.ask("BUY 1 ORCH", &[], "Sure?"));
            let once = std::future::poll_fn(|context| {
                std::task::Poll::Ready(asking.as_mut().poll(context).is_pending())
            });
            assert!(once.await);
            assert_eq!(desk.open().len(), 1);
        }
        assert!(desk.open().is_empty());
    }

    #[test]
    fn no_question_outlives_the_session() {
        let (_, desk) = desk(3600);
        assert_eq!(desk.patience(), SignedDuration::from_mins(4));
        desk.set_patience(SignedDuration::from_secs(-1));
        assert_eq!(desk.patience(), SignedDuration::ZERO);
    }
}
