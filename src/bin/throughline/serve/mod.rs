//! The engine without a window, until the system or a person tells it to end.

mod health;
mod manager;
mod signals;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use throughline::api::ApiError;
use throughline::app::{Ending, Engine};
use throughline::http::{Allowed, HttpOptions, HttpServer, WebInterface, bind_loopback};
use throughline::secrets::{SecretStoreError, VaultError};
use tokio::net::TcpListener;

use crate::place::Place;
use health::HealthServer;
use signals::Signals;

/// How long what is under way is waited for after the first signal; a second one cuts it short. The
/// units that are shipped give the whole end longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// Status of an end that was not asked for, or that cut something off: the service is begun again.
const FAILED: u8 = 1;

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Answer GET /health on this loopback address; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    health: Option<String>,
    /// Serve the API and the web interface on this loopback address; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<String>,
    /// What may be done over HTTP beside reading; may be given twice.
    #[arg(long, value_name = "CLASS", value_enum, requires = "http")]
    allow: Vec<AllowedClass>,
    /// Folder of the built web interface, if it is not in one of the usual places.
    #[arg(long, value_name = "FOLDER", requires = "http")]
    ui: Option<PathBuf>,
    /// Let the sandbox clock stand instead of running one second a second.
    #[arg(long)]
    paused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AllowedClass {
    /// Change settings and records.
    Edit,
    /// Do what may lead to an order, or stop one.
    Trade,
}

impl Serve {
    fn http_options(&self) -> Result<HttpOptions, ApiError> {
        let allows = |class| self.allow.contains(&class);
        let folder = self.ui.clone().or_else(WebInterface::usual_place);
        Ok(HttpOptions {
            allowed: Allowed {
                edit: allows(AllowedClass::Edit),
                trade: allows(AllowedClass::Trade),
            },
            interface: folder.map(|folder| WebInterface::read(&folder)).transpose()?,
        })
    }
}

/// Runs the engine until a signal.
pub(crate) async fn serve(place: &Place, arguments: Serve) -> Result<ExitCode, ApiError> {
    // Before the engine, so that a polite end is polite from the first moment on.
    let mut signals = Signals::listen()?;
    let listener = match &arguments.health {
        Some(address) => Some(bind_loopback(address, "health is").await?),
        None => None,
    };
    let api = match &arguments.http {
        Some(address) => {
            Some((bind_loopback(address, "the API is").await?, arguments.http_options()?))
        }
        None => None,
    };
    let engine = Engine::open(place.options()).await?;
    if engine.data_range().is_some() && !arguments.paused {
        engine.set_running("running")?;
    }
    tell_of_the_vault(&engine).await;
    let http = match api {
        Some((listener, options)) => match serve_http(listener, &engine, options).await {
            Ok(server) => Some(server),
            Err(error) => {
                engine.close().await?;
                return Err(error);
            }
        },
        None => None,
    };
    let health = listener.map(|listener| HealthServer::start(listener, Arc::clone(&engine)));
    let mut running = {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move { engine.run_until_closed().await })
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        environment = %engine.gateway().environment(),
        gateway = engine.gateway().words(),
        data_directory = %engine.data_dir().display(),
        health = health.as_ref().map(HealthServer::url),
        http = http.as_ref().map(HttpServer::url),
        halted = halted(engine.data_dir()),
        "serving"
    );
    let watchdog = manager::begin(&engine);
    let failed = tokio::select! {
        () = signals.next() => false,
        ended = &mut running => {
            tracing::error!(cause = ?ended.err(), "the engine ended by itself");
            true
        }
    };
    manager::end();
    drop(watchdog);
    tracing::info!("ending");
    // Nobody begins anything from here on.
    if let Some(http) = http {
        http.stop().await;
    }
    match engine.stays_live().await {
        Ok(sentences) => {
            for sentence in &sentences {
                tracing::info!("{sentence}");
            }
            let words =
                if sentences.is_empty() { "nothing stays live" } else { "orders stay as they are" };
            tracing::info!(count = sentences.len(), "{words}");
        }
        Err(error) => tracing::error!(%error, "what stays live could not be read"),
    }
    let patience = async {
        tokio::select! {
            ending = engine.close_within(PATIENCE) => Some(ending),
            () = signals.next() => None,
        }
    };
    let ending = patience.await;
    running.abort();
    if let Some(health) = health {
        health.stop().await;
    }
    match ending {
        Some(Ok(Ending::AtRest)) => {
            tracing::info!("ended");
            Ok(ExitCode::from(if failed { FAILED } else { 0 }))
        }
        Some(Ok(Ending::CutOff)) | None => {
            tracing::warn!("ended before everything was done; the next start takes it up");
            Ok(ExitCode::from(FAILED))
        }
        Some(Err(error)) => {
            tracing::error!(%error, "ended, and the last records could not be written");
            Ok(ExitCode::from(FAILED))
        }
    }
}

/// Serves the API, and says what may be done with it.
async fn serve_http(
    listener: TcpListener,
    engine: &Arc<Engine>,
    options: HttpOptions,
) -> Result<HttpServer, ApiError> {
    let (allowed, has_interface) = (options.allowed, options.interface.is_some());
    let server = HttpServer::start(listener, Arc::clone(engine), options).await?;
    let Allowed { edit, trade } = allowed;
    tracing::info!(url = server.url(), edit, trade, has_interface, "the API is served");
    Ok(server)
}

/// Says at the start what would otherwise first be met by a run: a vault that does not open.
async fn tell_of_the_vault(engine: &Engine) {
    let Err(error) = engine.vault().opening().await else { return };
    let hint = match &error {
        SecretStoreError::Unavailable { .. }
        | SecretStoreError::Locked { .. }
        | SecretStoreError::Vault(VaultError::Closed { .. }) => {
            "unlock the keychain, or give the passphrase of a vault in THROUGHLINE_PASSPHRASE"
        }
        _ => "models that need a key are not asked; the rule analyst works without one",
    };
    tracing::warn!(%error, hint, "keys of models cannot be read");
}

fn halted(data_dir: &Path) -> Option<String> {
    let halt = throughline::executor::HaltSwitch::in_directory(data_dir).state()?;
    Some(format!("by {} since {}: {}", halt.by, halt.since, halt.reason))
}
