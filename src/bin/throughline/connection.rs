use std::process::ExitCode;

use serde_json::{Value, json};
use throughline::api::dto::ReconciliationDto;
use throughline::api::{ApiError, views};
use throughline::app::{Engine, GatewayChoice, look_at};
use throughline::domain::GatewayState;

use crate::output::{self, BOLD, GOOD, MUTED, WARN, styled};
use crate::place::Place;

/// Says where the way to the broker stands and what to do. The status is 0 where orders can be sent.
pub(crate) async fn connection(place: &Place, as_json: bool) -> Result<ExitCode, ApiError> {
    let (state, document) = match &place.gateway {
        GatewayChoice::Ibkr { .. } => looked(place).await?,
        GatewayChoice::SandboxInProcess | GatewayChoice::SandboxServed { .. } => {
            let engine = Engine::open(place.options()).await?;
            let result = async {
                engine.check_connection().await?;
                views::connection(&engine).await
            }
            .await;
            engine.close().await?;
            let shown = result?;
            (shown.state, json!(shown))
        }
    };
    if as_json {
        output::json(&document)?;
    } else {
        print(state, &document);
    }
    Ok(ExitCode::from(u8::from(state != GatewayState::Ready)))
}

/// A look beside an engine that may be running.
async fn looked(place: &Place) -> Result<(GatewayState, Value), ApiError> {
    let looked = look_at(&place.data_dir, &place.gateway).await?;
    let look = looked.look;
    let document = json!({
        "environment": place.gateway.environment(),
        "gateway": place.gateway.words(),
        "state": look.state,
        "words": look.state.words(),
        "action": look.state.action(),
        "evidence": look.evidence,
        "at": looked.at.to_string(),
        "server": look.server,
        "certificate": look.certificate.map(|shown| json!({
            "fingerprint": shown.fingerprint,
            "pinned": shown.pinned,
        })),
        "accounts": look.accounts,
        "selected_account": look.selected_account,
        "signs": look.signs.iter().map(|sign| json!({
            "name": sign.name,
            "value": sign.value,
            "says": sign.says,
        })).collect::<Vec<_>>(),
    });
    Ok((look.state, document))
}

fn print(state: GatewayState, document: &Value) {
    let text = |key: &str| output::printable(document[key].as_str().unwrap_or_default());
    let colour = if state == GatewayState::Ready { GOOD } else { WARN };
    output::line(format!(
        "{}  {} at {}",
        styled(colour, text("words")),
        text("environment"),
        text("gateway")
    ));
    if let Some(fingerprint) = document["certificate"]["fingerprint"].as_str() {
        output::line(format!("{} {fingerprint}", styled(MUTED, "certificate")));
    }
    if !text("evidence").is_empty() {
        output::line(format!("{} {}", styled(MUTED, "because    "), text("evidence")));
    }
    if !text("action").is_empty() {
        output::line(format!("{} {}", styled(BOLD, "what to do "), text("action")));
    }
    if state == GatewayState::CertificateUnknown {
        output::line("To accept it: throughline gateway trust FINGERPRINT");
    }
}

/// Accepts the certificate that the gateway shows.
pub(crate) async fn trust(place: &Place, fingerprint: &str) -> Result<ExitCode, ApiError> {
    let engine = Engine::open(place.options()).await?;
    let result = engine.trust_certificate(fingerprint).await;
    engine.close().await?;
    result?;
    output::line(format!("{} {fingerprint}", styled(GOOD, "accepted:")));
    Ok(ExitCode::SUCCESS)
}

/// Compares our records with the broker's. The status is 1 where that could not be done.
pub(crate) async fn reconcile(place: &Place, as_json: bool) -> Result<ExitCode, ApiError> {
    let engine = Engine::open(place.options()).await?;
    let result = async {
        engine.require_session().await?;
        engine.reconcile().await?;
        views::connection(&engine).await
    }
    .await;
    engine.close().await?;
    let ReconciliationDto { at, succeeded, sentence, next_at, corrections } =
        result?.reconciliation;
    if as_json {
        output::json(&ReconciliationDto { at, succeeded, sentence, next_at, corrections })?;
    } else {
        let colour = if succeeded { GOOD } else { WARN };
        output::line(styled(colour, output::printable(&sentence)));
        for correction in corrections {
            output::line(format!(
                "{}  {}",
                styled(MUTED, &correction.at),
                output::printable(&correction.sentence)
            ));
        }
    }
    Ok(ExitCode::from(u8::from(!succeeded)))
}
