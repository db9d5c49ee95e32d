//! The broker's questions: those that wait for a person, and those that are answered without one.

use super::Engine;
use crate::api::{ApiError, ErrorCode};
use crate::broker::OpenQuestion;
use crate::broker::ibkr::AllowedQuestion;
use crate::executor::Changed;
use crate::store::{Change, Durability};

impl Engine {
    /// Questions that wait, oldest first.
    pub fn open_questions(&self) -> Vec<OpenQuestion> {
        self.desk.open()
    }

    /// The allow-list.
    pub fn allowed_questions(&self) -> Vec<AllowedQuestion> {
        self.policy.allowed()
    }

    /// Answers a question that waits.
    pub fn answer_question(&self, question_id: &str, is_confirmed: bool) -> Result<(), ApiError> {
        if !self.desk.answer(question_id, is_confirmed) {
            let shown: String = question_id.chars().take(40).collect();
            return Err(ApiError::new(
                ErrorCode::NotNow,
                format!("the question \"{shown}\" does not wait any more"),
            )
            .with_hint("its order shows what was answered in time"));
        }
        self.parts.changes.tell(Changed::Approvals);
        Ok(())
    }

    /// Switches an entry of the allow-list, from the next question on.
    pub async fn allow_question(&self, message_id: &str, is_on: bool) -> Result<(), ApiError> {
        let shown: String = message_id.chars().take(40).collect();
        if !self.policy.allowed().iter().any(|allowed| allowed.message_id == message_id) {
            return Err(ApiError::new(
                ErrorCode::NotFound,
                format!("the allow-list has no question \"{shown}\""),
            ));
        }
        // Written down first: a switch that is forgotten at the next start would surprise.
        let change = Change::QuestionAllow { message_id: message_id.to_owned(), is_on };
        self.parts.recorder.commit(vec![change], Durability::Ordinary).await?;
        self.policy.set(message_id, is_on);
        self.parts.changes.tell(Changed::Approvals);
        Ok(())
    }
}
