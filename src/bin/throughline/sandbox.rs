use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use throughline::api::{ApiError, ErrorCode};
use throughline::app::parse_instant;
use throughline::clock::SimulatedClock;
use throughline::sandbox::serve::{
    CertificateFiles, ControlClient, FaultRequest, ServeError, ServeOptions, Server,
};
use throughline::sandbox::{FaultPlan, Sandbox, SandboxOptions, data};

use crate::arguments::{Fault, OnOff, Serve};
use crate::output::{self, MUTED, styled};

/// Where the clock begins in a data directory without orders: the opening of the Friday at whose
/// close the engine's own sandbox begins.
const DEFAULT_START: &str = "2012-06-15T09:30:00-04:00";

/// Serves the sandbox until the process is told to end.
pub(crate) async fn serve(
    data_dir: &Path,
    seed: Option<u64>,
    arguments: Serve,
) -> Result<ExitCode, ApiError> {
    let invalid = |message: String| ApiError::new(ErrorCode::InvalidRequest, message);
    let listen: SocketAddr = arguments.listen.parse().map_err(|_| {
        let shown: String = arguments.listen.chars().take(60).collect();
        invalid(format!("\"{shown}\" is not an address with a port"))
            .with_hint("write it as 127.0.0.1:5000, or 127.0.0.1:0 for a free port")
    })?;
    let start = arguments.start.as_deref().map(parse_instant).transpose()?;
    let (sandbox, clock) = open(data_dir, seed, start, arguments.no_journal)?;
    if let Some(spec) = &arguments.faults {
        let plan = FaultPlan::parse(spec, throughline::clock::Clock::now(clock.as_ref()))
            .map_err(|error| invalid(error.to_string()))?;
        sandbox.apply_plan(&plan);
    }
    let certificate = match (arguments.tls_cert, arguments.tls_key) {
        (Some(certificate), Some(key)) => CertificateFiles { certificate, key },
        _ => CertificateFiles::kept_in(data_dir).map_err(|error| invalid(error.to_string()))?,
    };
    let options = ServeOptions { listen, certificate, speed: arguments.speed };
    let server = Server::start(sandbox, options).await.map_err(|error| {
        let code = match error {
            ServeError::Listen { .. } => ErrorCode::InUse,
            ServeError::NotLoopback(_) | ServeError::Certificate(_) => ErrorCode::InvalidRequest,
        };
        ApiError::new(code, error.to_string())
    })?;
    if arguments.json.json {
        output::json(&json!({
            "listening_on": server.url(),
            "certificate_sha256": server.fingerprint(),
        }))?;
    } else {
        output::line(format!("listening on {}", server.url()));
        output::line(styled(MUTED, format!("certificate SHA-256 {}", server.fingerprint())));
    }
    until_told_to_end().await?;
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn open(
    data_dir: &Path,
    seed: Option<u64>,
    start: Option<Timestamp>,
    in_memory: bool,
) -> Result<(Arc<Sandbox>, Arc<SimulatedClock>), ApiError> {
    let first = match start {
        Some(start) => start,
        None => parse_instant(DEFAULT_START)?,
    };
    let imported_prices = data::load_all(&data::prices_directory(data_dir))
        .map_err(|error| ApiError::new(ErrorCode::Storage, error.to_string()))?;
    let defaults = SandboxOptions::default();
    let options = SandboxOptions {
        seed: seed.unwrap_or(defaults.seed),
        imported_prices,
        journal: (!in_memory).then(|| Sandbox::journal_in(data_dir)),
        ..defaults
    };
    // The clock never runs backwards, so it begins at the earliest instant that may be wanted.
    let clock = Arc::new(SimulatedClock::starting_at(Timestamp::UNIX_EPOCH));
    let sandbox = Sandbox::open(options, Arc::clone(&clock))?;
    let (from, to) = sandbox.data_range();
    if let Some(start) = start.filter(|start| !(from..=to).contains(start)) {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!(
                "{start} lies outside the prices of the sandbox, which reach from {from} to {to}"
            ),
        )
        .with_hint("name an instant inside them, or import prices that reach further"));
    }
    let last = sandbox.last_journal_time();
    if let (Some(start), Some(last)) =
        (start, last.filter(|last| start.is_some_and(|at| at < *last)))
    {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("the sandbox has orders up to {last}, and its clock cannot begin at {start}"),
        )
        .with_hint("leave --start out, or use another data directory, or --no-journal"));
    }
    clock.advance_to(last.filter(|_| start.is_none()).unwrap_or(first));
    sandbox.settle();
    Ok((sandbox, clock))
}

/// Waits for the interrupt key or a polite request to end.
async fn until_told_to_end() -> Result<(), ApiError> {
    let failed = |error: std::io::Error| {
        ApiError::new(ErrorCode::Internal, format!("signals cannot be waited for: {error}"))
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(failed),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(failed)
}

/// Switches a fault of a sandbox that is served elsewhere on this computer.
pub(crate) async fn fault(data_dir: &Path, arguments: Fault) -> Result<ExitCode, ApiError> {
    let request = FaultRequest {
        name: arguments.name,
        is_on: arguments.state == OnOff::On,
        from: arguments.from.as_deref().map(parse_instant).transpose()?,
        until: arguments.until.as_deref().map(parse_instant).transpose()?,
    };
    let certificate = match arguments.tls_cert {
        Some(file) => file,
        None => CertificateFiles::place_in(data_dir).certificate,
    };
    let failed = |error: throughline::sandbox::serve::ControlError| {
        ApiError::new(ErrorCode::InvalidRequest, error.to_string())
    };
    let client = ControlClient::new(&arguments.gateway, &certificate).map_err(failed)?;
    let faults = client.set_fault(&request).await.map_err(failed)?;
    if arguments.json.json {
        output::json(&faults)?;
        return Ok(ExitCode::SUCCESS);
    }
    let active = faults.iter().filter(|fault| fault.is_on || fault.from.is_some());
    let mut lines = 0;
    for fault in active {
        lines += 1;
        let from = fault.from.map(|at| format!(" from {at}")).unwrap_or_default();
        let until = fault.until.map(|at| format!(" until {at}")).unwrap_or_default();
        let state = if fault.is_on { "on" } else { "planned" };
        output::line(format!("{:<28} {state}{from}{until}", output::printable(&fault.name)));
    }
    if lines == 0 {
        output::line("No fault is on or planned.");
    }
    Ok(ExitCode::SUCCESS)
}
