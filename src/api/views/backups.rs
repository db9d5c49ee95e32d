use crate::api::ApiError;
use crate::api::dto::{
    BackupFileDto, BackupMadeDto, BackupManifestDto, BackupPhaseDto, BackupProgressDto, BackupsDto,
    RestoreOutcomeDto, RestoreRequestDto,
};
use crate::app::Engine;
use crate::app::backup::{
    self, BackupMade, BackupPhase, Manifest, RestoreOutcome, RestoreRequest, backups_directory,
    last_backup,
};

/// Backups of the data directory of an engine, and what is under way.
pub async fn backups(engine: &Engine) -> Result<BackupsDto, ApiError> {
    let data_dir = engine.data_dir().to_path_buf();
    let under_way = engine.backups().under_way().map(|progress| BackupProgressDto {
        phase: phase(progress.phase),
        done: progress.done,
        total: progress.total,
    });
    let failure = engine.backups().failure();
    let read = tokio::task::spawn_blocking(move || {
        let files = backup::backups(&data_dir)?.into_iter().map(|file| BackupFileDto {
            name: file.name,
            bytes: file.bytes,
            written_at: file.written_at.map(|at| at.to_string()),
        });
        Ok(BackupsDto {
            directory: backups_directory(&data_dir).display().to_string(),
            under_way,
            failure,
            last: last_backup(&data_dir).as_ref().map(backup_made),
            files: files.collect(),
            restore: RestoreRequest::read(&data_dir)?.map(|request| RestoreRequestDto {
                file: request.file.display().to_string(),
                made_at: request.made_at.to_string(),
                asked_at: request.asked_at.to_string(),
            }),
            restored: RestoreOutcome::read(&data_dir).map(restore_outcome),
        })
    });
    read.await.unwrap_or_else(|error| {
        Err(ApiError::new(crate::api::ErrorCode::Internal, error.to_string()))
    })
}

/// A backup that was made.
pub fn backup_made(made: &BackupMade) -> BackupMadeDto {
    BackupMadeDto {
        file: made.file.display().to_string(),
        made_at: made.made_at.to_string(),
        bytes: made.bytes,
    }
}

/// What became of a restore.
pub fn restore_outcome(outcome: RestoreOutcome) -> RestoreOutcomeDto {
    RestoreOutcomeDto {
        at: outcome.at.to_string(),
        succeeded: outcome.succeeded,
        sentence: outcome.sentence,
    }
}

/// What a backup says of itself.
pub fn backup_manifest(manifest: Manifest) -> BackupManifestDto {
    BackupManifestDto {
        unpacked_bytes: manifest.unpacked(),
        program: manifest.program,
        schema: manifest.schema,
        made_at: manifest.made_at.to_string(),
        environment: manifest.environment,
        account_id: manifest.account_id,
        executions: manifest.counts.executions,
        orders: manifest.counts.orders,
        fills: manifest.counts.fills,
        positions: manifest.counts.positions,
        lineage_rows: manifest.counts.lineage_rows,
        chain_head: manifest.chain_head,
    }
}

fn phase(phase: BackupPhase) -> BackupPhaseDto {
    match phase {
        BackupPhase::Copying => BackupPhaseDto::Copying,
        BackupPhase::Checking => BackupPhaseDto::Checking,
        BackupPhase::Packing => BackupPhaseDto::Packing,
        BackupPhase::Reading => BackupPhaseDto::Reading,
    }
}
