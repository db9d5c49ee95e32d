use super::{Answered, Call, yes};
use crate::api::commands::Empty;
use crate::api::dto::{BackupRequest, RestorePrepareRequest};
use crate::api::{ApiError, views};

/// Backups, and restores at the next start.
pub(super) async fn answer(mut call: Call<'_>) -> Result<Answered<'_>, ApiError> {
    let engine = call.engine;
    match call.name {
        "backups_get" => {
            call.read::<Empty>()?;
            yes(views::backups(engine).await?)
        }
        "backup_create" => {
            call.read::<Empty>()?;
            engine.begin_backup()?;
            yes(views::backups(engine).await?)
        }
        "backup_inspect" => {
            let request: BackupRequest = call.read()?;
            yes(views::backup_manifest(engine.inspect_backup(&request.name).await?))
        }
        "restore_prepare" => {
            let request: RestorePrepareRequest = call.read()?;
            engine.prepare_restore(&request.name, &request.typed).await?;
            yes(views::backups(engine).await?)
        }
        "restore_withdraw" => {
            call.read::<Empty>()?;
            engine.withdraw_restore()?;
            yes(views::backups(engine).await?)
        }
        _ => Ok(Answered::NotMine(call)),
    }
}
