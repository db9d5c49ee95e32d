use crate::api::dto::{AllowedQuestionDto, OpenQuestionDto, QuestionsDto};
use crate::app::Engine;

/// The broker's questions that wait for a person, and those that are answered without asking.
pub fn questions(engine: &Engine) -> QuestionsDto {
    let open = engine.open_questions().into_iter().map(|question| OpenQuestionDto {
        question_id: question.question_id,
        order: question.order,
        message_ids: question.message_ids,
        text: question.text,
        asked_at: question.asked_at.to_string(),
        expires_at: question.expires_at.to_string(),
    });
    let allowed = engine.allowed_questions().into_iter().map(|allowed| AllowedQuestionDto {
        message_id: allowed.message_id,
        text_contains: allowed.text_fragment.unwrap_or_default(),
        because: allowed.reason,
        is_on: allowed.is_on,
    });
    QuestionsDto { open: open.collect(), allowed: allowed.collect() }
}
