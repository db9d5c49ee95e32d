use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::dto::{
    PromptCloneRequest, PromptDiffRequest, PromptExportRequest, PromptGetRequest,
    PromptImportRequest, PromptImportResponse, PromptPreviewRequest, PromptRequest,
    PromptSaveRequest, PromptSetActiveRequest, PromptSetDefaultRequest, PromptValidateRequest,
    PromptsListRequest, PromptsResolveRequest,
};
use crate::api::{ApiError, views};

/// Prompts and their versions.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    let store = engine.store();
    match call.name {
        "prompts_list" => {
            let request: PromptsListRequest = call.read()?;
            yes(views::prompts(store, &request).await?)
        }
        "prompts_resolve" => {
            let request: PromptsResolveRequest = call.read()?;
            yes(views::resolved_prompts(store, &request).await?)
        }
        "prompt_get" => {
            let request: PromptGetRequest = call.read()?;
            yes(views::prompt(store, &request.prompt_id, request.version).await?)
        }
        "prompt_save" => {
            let request: PromptSaveRequest = call.read()?;
            let id = engine.save_prompt(request).await?;
            yes(views::prompt(store, id.as_str(), None).await?)
        }
        "prompt_clone" => {
            let request: PromptCloneRequest = call.read()?;
            let id = engine.clone_prompt(request).await?;
            yes(views::prompt(store, id.as_str(), None).await?)
        }
        "prompt_set_active" => {
            let request: PromptSetActiveRequest = call.read()?;
            engine.set_prompt_active(&request.prompt_id, request.is_active).await?;
            yes(views::prompt(store, &request.prompt_id, None).await?.prompt)
        }
        "prompt_set_default" => {
            let request: PromptSetDefaultRequest = call.read()?;
            engine.set_prompt_default(&request.prompt_id, request.is_default).await?;
            yes(views::prompt(store, &request.prompt_id, None).await?.prompt)
        }
        "prompt_delete" | "prompt_restore" => {
            let is_deleted = call.name == "prompt_delete";
            let request: PromptRequest = call.read()?;
            engine.set_prompt_deleted(&request.prompt_id, is_deleted).await?;
            yes(views::prompt(store, &request.prompt_id, None).await?.prompt)
        }
        "prompt_import" => {
            let request: PromptImportRequest = call.read()?;
            let (ids, warnings) = engine.import_prompts(&request.text).await?;
            let mut prompts = Vec::with_capacity(ids.len());
            for id in ids {
                prompts.push(views::prompt(store, id.as_str(), None).await?.prompt);
            }
            yes(PromptImportResponse { prompts, warnings })
        }
        "prompt_export" => {
            let request: PromptExportRequest = call.read()?;
            yes(views::prompt_export(store, &request.prompt_ids).await?)
        }
        "prompt_validate" => {
            let request: PromptValidateRequest = call.read()?;
            yes(views::prompt_validation(&request.text, request.prompt_type))
        }
        "prompt_preview" => {
            let request: PromptPreviewRequest = call.read()?;
            yes(views::prompt_preview(store, engine.data_dir(), &request).await?)
        }
        "prompt_diff" => {
            let request: PromptDiffRequest = call.read()?;
            yes(views::prompt_diff(store, &request).await?)
        }
        "prompt_reference" => {
            call.read::<Empty>()?;
            yes(views::prompt_reference())
        }
        _ => Ok(Answered::NotMine(call)),
    }
}
