use jiff::Timestamp;

use crate::api::ApiError;
use crate::api::dto::{
    BlindTimeDto, CertificateDto, ClosureDto, ConnectionDto, ConnectionEventDto, CorrectionDto,
    GatewayAccountDto, LimiterDto, MaintenanceDto, NextStartDto, PushDto, ReconciliationDto,
    SignDto,
};
use crate::app::{Engine, GatewayChoice};
use crate::broker::ibkr::Fingerprint;
use crate::broker::{ShownCertificate, maintenance_windows};
use crate::calendar::Calendar;
use crate::executor::TradingGate;
use crate::session::{BlindToday, SessionView, blind_today};

/// Corrections that the page shows.
const CORRECTIONS_SHOWN: u32 = 100;

/// The page *Connection*.
pub async fn connection(engine: &Engine) -> Result<ConnectionDto, ApiError> {
    let now = engine.now();
    let view = engine.session().view();
    let parts = engine.parts();
    let limiter = parts.broker.limiter().await;
    let own = parts.account.account_id().or(view.selected_account.as_ref());
    let accounts = view
        .accounts
        .iter()
        .map(|account| GatewayAccountDto {
            account_id: account.to_string(),
            is_selected: own == Some(account),
        })
        .collect();
    let text = |at: Timestamp| at.to_string();
    let is_simulated = engine.data_range().is_some();
    Ok(ConnectionDto {
        environment: parts.account.environment,
        gateway: engine.gateway().words().to_owned(),
        state: view.state,
        words: view.state.words().to_owned(),
        action: view.state.action().map(str::to_owned).or_else(|| view.reminder.clone()),
        evidence: view.evidence.clone(),
        since: view.since.to_string(),
        server: view.server.clone(),
        login_url: login_url(engine.gateway()),
        certificate: view.certificate.clone().map(certificate),
        accounts,
        signs: view
            .signs
            .iter()
            .map(|sign| SignDto {
                name: sign.name.to_owned(),
                value: sign.value.clone(),
                says: sign.says,
            })
            .collect(),
        last_tickle: view.last_tickle.map(text),
        session_expires_in_seconds: view
            .login_ends
            .map(|ends| ends.duration_since(now).as_secs().max(0)),
        next_reset: engine.next_reset().map(text),
        maintenance: maintenance(now, is_simulated),
        blind: blind(engine, &view, now).await?,
        limiter: LimiterDto {
            last_second: limiter.last_second,
            last_minute: limiter.last_minute,
            limit_per_second: limiter.limit_per_second,
            waiting: limiter.waiting,
            penalty_ends: limiter.penalty_ends.or(view.penalty_ends).map(text),
        },
        push: engine.push_state().map(|push| PushDto {
            connected_since: push.connected_since.map(text),
            last_frame: push.last_frame.map(text),
            refused_order_streams: push.refused_order_streams,
            last_end: push.last_end,
        }),
        reconciliation: reconciliation(engine).await?,
        closures: closures(&parts.gate),
        arming: super::arming(parts).await?,
        events: view
            .events
            .iter()
            .rev()
            .map(|event| ConnectionEventDto {
                at: event.at.to_string(),
                level: event.level.as_str().to_owned(),
                sentence: event.sentence.clone(),
            })
            .collect(),
        next_start: engine.chosen_for_next_start().map(|choice| NextStartDto {
            environment: choice.environment,
            address: choice.address,
        }),
    })
}

fn login_url(gateway: &GatewayChoice) -> Option<String> {
    match gateway {
        GatewayChoice::SandboxInProcess | GatewayChoice::SandboxServed { .. } => None,
        GatewayChoice::Ibkr { url, .. } => Some(format!("{}/", url.trim_end_matches('/'))),
    }
}

fn certificate(shown: ShownCertificate) -> CertificateDto {
    let is_shipped =
        shown.fingerprint.parse::<Fingerprint>().is_ok_and(|fingerprint| fingerprint.is_shipped());
    CertificateDto { fingerprint: shown.fingerprint, pinned: shown.pinned, is_shipped }
}

/// The windows of all regions. No login of the sandbox is reset.
fn maintenance(now: Timestamp, is_simulated: bool) -> Vec<MaintenanceDto> {
    if is_simulated {
        return Vec::new();
    }
    let windows = maintenance_windows(now).into_iter().map(|window| MaintenanceDto {
        region: window.region.name().to_owned(),
        words: window.words,
        is_now: window.is_now,
    });
    windows.collect()
}

/// Blind time of the day on the exchange's calendar.
async fn blind(
    engine: &Engine,
    view: &SessionView,
    now: Timestamp,
) -> Result<BlindTimeDto, ApiError> {
    let calendar = Calendar::nyse();
    let day_start = calendar
        .date_at(now)
        .to_zoned(calendar.zone().clone())
        .map_or(now, |midnight| midnight.timestamp());
    let stored = engine.store().blind_stretches_since(day_start).await?;
    // A stretch that was open when the program was killed ended with the next watch: only the one
    // that lasts now has no end.
    let ended = stored.into_iter().filter_map(|row| Some((row.from, Some(row.until?))));
    let lasting = view.blind_since.map(|since| (since, None));
    let BlindToday { seconds, longest_seconds, since } =
        blind_today(ended.chain(lasting), day_start, now);
    Ok(BlindTimeDto {
        seconds_today: seconds,
        longest_seconds,
        blind_since: since.map(|at| at.to_string()),
    })
}

async fn reconciliation(engine: &Engine) -> Result<ReconciliationDto, ApiError> {
    let corrections = engine.store().corrections(CORRECTIONS_SHOWN).await?;
    let corrections = corrections
        .into_iter()
        .map(|row| CorrectionDto {
            at: row.at.to_string(),
            kind: row.kind,
            symbol: row.symbol,
            sentence: row.sentence,
            evidence: row.evidence,
            is_alarm: row.is_alarm,
        })
        .collect();
    let Some(compared) = engine.compared() else {
        return Ok(ReconciliationDto {
            at: None,
            succeeded: false,
            sentence: "The account was not yet compared with the broker's records.".to_owned(),
            next_at: None,
            corrections,
        });
    };
    Ok(ReconciliationDto {
        at: Some(compared.report.at.to_string()),
        succeeded: compared.report.succeeded,
        sentence: compared.report.sentence,
        next_at: compared.next.map(|at| at.to_string()),
        corrections,
    })
}

fn closures(gate: &TradingGate) -> Vec<ClosureDto> {
    let all = gate.closures().into_iter().map(|closure| ClosureDto {
        cause: closure.cause.as_str().to_owned(),
        symbol: closure.conid.map(|conid| conid.to_string()),
        sentence: closure.sentence,
    });
    all.collect()
}
