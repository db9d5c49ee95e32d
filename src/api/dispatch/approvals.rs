use super::{Answered, Call, yes};
use crate::api::commands::{
    ApprovalDecideRequest, Empty, QuestionAllowRequest, QuestionAnswerRequest,
};
use crate::api::{ApiError, views};

/// Orders and questions that wait for a person.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "approvals_list" => {
            call.read::<Empty>()?;
            yes(views::approvals(engine.store()).await?)
        }
        "approval_decide" => {
            let request: ApprovalDecideRequest = call.read()?;
            let decided =
                engine.decide_approval(&request.execution_id, request.approve, "window").await?;
            yes(views::approval(engine.store(), decided).await?)
        }
        "questions_list" => {
            call.read::<Empty>()?;
            yes(views::questions(engine))
        }
        "question_answer" => {
            let request: QuestionAnswerRequest = call.read()?;
            engine.answer_question(&request.question_id, request.confirmed)?;
            yes(views::questions(engine))
        }
        "question_allow" => {
            let request: QuestionAllowRequest = call.read()?;
            engine.allow_question(&request.message_id, request.is_on).await?;
            yes(views::questions(engine))
        }
        _ => Ok(Answered::NotMine(call)),
    }
}
