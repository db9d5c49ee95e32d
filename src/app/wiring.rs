//! Puts the parts of an engine together, for each kind of gateway.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::environment_choice::checked_address;
use super::install::{Installation, journal_path};
use super::options::{EngineOptions, GatewayChoice};
use super::venue::{ServedInfo, Venue};
use super::{install, opening};
use crate::analyst::rules::RuleAnalyst;
use crate::api::{ApiError, ErrorCode};
use crate::broker::ibkr::{CertificatePin, Fingerprint, IbkrClient, QuestionPolicy};
use crate::broker::{Broker, BrokerError, QuestionDesk, Region, SessionState};
use crate::clock::{Clock, SimulatedClock, SystemClock};
use crate::domain::{AccountId, Environment};
use crate::executor::{AccountBook, Changes, HaltSwitch, Opening, Parts, PriceNotes, TradingGate};
use crate::lineage::Recorder;
use crate::market::MarketData;
use crate::sandbox::{SANDBOX_ACCOUNT, Sandbox, SandboxOptions, data};
use crate::secrets::vault::Vault;
use crate::session::{Pulse, SessionKeeper, SessionOptions, WatchedBroker};
use crate::store::{Change, Durability, Store};

/// What the drivers are made from.
pub(super) struct Wired {
    pub(super) venue: Venue,
    pub(super) installation: Installation,
    pub(super) parts: Parts,
    pub(super) keeper: SessionKeeper,
    /// The adapter itself, for what goes beyond the port.
    pub(super) client: Arc<IbkrClient>,
    /// The region whose midnight resets the login; nothing where no login is reset.
    pub(super) resets: Option<Region>,
    /// Questions of the broker that are answered without asking.
    pub(super) policy: QuestionPolicy,
    /// Questions of the broker that wait for a person.
    pub(super) desk: Arc<QuestionDesk>,
    /// Keys of models.
    pub(super) vault: Arc<Vault>,
}

/// How long a question of the broker waits for a person. Nothing else leaves in the meantime, not
/// even what keeps the session alive, which lapses after some six minutes (ibkr.md §1.4).
const QUESTION_PATIENCE: SignedDuration = SignedDuration::from_secs(90);

/// Opens the venue and wires the parts to it. The sandbox must be there; a gateway of IBKR need
/// not.
pub(super) async fn wire(store: &Arc<Store>, options: &EngineOptions) -> Result<Wired, ApiError> {
    install::check_environment(store, &options.gateway).await?;
    let (venue, installation) = match &options.gateway {
        GatewayChoice::SandboxInProcess => in_process(store, options).await?,
        GatewayChoice::SandboxServed { url } => served(store, options, url).await?,
        GatewayChoice::Ibkr { environment, url } => ibkr(store, options, *environment, url).await?,
    };
    let environment = options.gateway.environment();
    let clock = venue.clock();
    let preferred = match store.setting(opening::ACCOUNT_SETTING).await? {
        Some(account) => Some(
            AccountId::new(account)
                .map_err(|error| ApiError::new(ErrorCode::Storage, error.to_string()))?,
        ),
        None => None,
    };
    let policy = QuestionPolicy::default();
    for (message_id, is_on) in store.question_allowances().await? {
        policy.set(&message_id, is_on);
    }
    // Simulated time does not wait for a person: there an unlisted question is answered no at once.
    let patience =
        if venue.simulated().is_some() { SignedDuration::ZERO } else { QUESTION_PATIENCE };
    let desk = Arc::new(QuestionDesk::new(Arc::clone(&clock), patience));
    let client =
        IbkrClient::new(venue.transport(), Arc::clone(&clock), policy.clone(), environment)
            .with_question_desk(Arc::clone(&desk));
    // The sandbox in this process forgets with the process what was asked; others count on.
    let client = if matches!(venue, Venue::InProcess { .. }) {
        client
    } else {
        kept_pacing(client, &options.data_dir)
    };
    let client = Arc::new(client.with_preferred_account(preferred));
    let resets = venue.simulated().is_none().then_some(Region::NorthAmerica);
    let pulse = Arc::new(Pulse::default());
    let broker: Arc<dyn Broker> = Arc::clone(&client) as Arc<dyn Broker>;
    // The sandbox ends no login at midnight unless it is told to; that an order waits for the end of
    // the window is the same code there, and costs simulated time alone.
    let waits = Some(Region::NorthAmerica);
    let watched =
        WatchedBroker::new(Arc::clone(&broker), Arc::clone(&pulse), Arc::clone(&clock), waits);
    let gate = TradingGate::default();
    let changes = Changes::new();
    let blind_since = match store.setting("watched_until").await? {
        Some(text) if venue.simulated().is_none() => super::parse_instant(&text)?,
        _ => clock.now(),
    };
    let session_options = SessionOptions { resets, is_simulated: venue.simulated().is_some() };
    let mut keeper = SessionKeeper::new(
        Arc::clone(&broker),
        pulse,
        Arc::clone(&clock),
        gate.clone(),
        changes.clone(),
        session_options,
        blind_since,
    );
    if venue.simulated().is_some() {
        let session = connect_to_sandbox(&*broker, &*clock).await?;
        if session.account_id.as_str() != SANDBOX_ACCOUNT {
            return Err(ApiError::new(
                ErrorCode::Broker,
                format!("the sandbox answered with account {}", session.account_id),
            ));
        }
        keeper.begin_with(&session);
    }
    let opening = opening::stored(store, environment).await?;
    let account = AccountBook::load(store, environment, opening).await?;
    let vault = Arc::new(super::models::vault(&options.data_dir, options.keychain.clone()));
    let models = super::models::desk(store, &vault, &changes).await?;
    let parts = Parts {
        store: Arc::clone(store),
        recorder: Arc::new(Recorder::start(Arc::clone(store))),
        broker: Arc::new(watched),
        market: Arc::clone(&client) as Arc<dyn MarketData>,
        analyst: options.analyst.clone().unwrap_or_else(|| Arc::new(RuleAnalyst)),
        models,
        clock,
        account: Arc::new(account),
        halt: HaltSwitch::in_directory(&options.data_dir),
        gate,
        changes,
        price_notes: price_notes(&venue, &installation),
    };
    if venue.simulated().is_some() {
        opening::restore_prices(&parts).await?;
    }
    Ok(Wired { venue, installation, parts, keeper, client, resets, policy, desk, vault })
}

/// Between two attempts at a sandbox that is not available, and how many there are: twice as long
/// as a question stands open that the last process was killed over, to which nothing but its reply
/// is let through.
const BETWEEN_ATTEMPTS: SignedDuration = SignedDuration::from_secs(5);
const ATTEMPTS: u32 = 12;

/// A session in a sandbox; what passes by itself there is waited for in simulated time.
async fn connect_to_sandbox(
    broker: &dyn Broker,
    clock: &dyn Clock,
) -> Result<SessionState, BrokerError> {
    for _ in 1..ATTEMPTS {
        match broker.connect().await {
            Err(BrokerError::Refused { status: 503, .. }) => clock.sleep(BETWEEN_ATTEMPTS).await,
            answer => return answer,
        }
    }
    broker.connect().await
}

/// The adapter, going on with IBKR's limits where the last process of the data directory ended.
pub(super) fn kept_pacing(client: IbkrClient, data_dir: &Path) -> IbkrClient {
    client.with_pacing_kept_in(data_dir.join("pacing.json"))
}

fn price_notes(venue: &Venue, installation: &Installation) -> PriceNotes {
    let adjusted = |is: bool| is.then(|| "adjusted for splits and dividends".to_owned());
    match venue {
        Venue::InProcess { sandbox, .. } => PriceNotes {
            simulated: true,
            adjustment: adjusted(sandbox.is_adjusted()),
            attribution: Some(sandbox.attribution().to_owned()),
            seed: installation.seed,
        },
        Venue::Served { info, .. } => PriceNotes {
            simulated: true,
            adjustment: adjusted(info.adjusted),
            attribution: Some(info.attribution.clone()),
            seed: installation.seed,
        },
        Venue::Gateway { .. } => {
            PriceNotes { simulated: false, adjustment: None, attribution: None, seed: None }
        }
    }
}

async fn in_process(
    store: &Arc<Store>,
    options: &EngineOptions,
) -> Result<(Venue, Installation), ApiError> {
    let installation = install::installation(store, options, None).await?;
    let clock = Arc::new(SimulatedClock::starting_at(installation.engine_time));
    let library = data::prices_directory(&options.data_dir);
    let imported_prices = data::load_all(&library)
        .map_err(|error| ApiError::new(ErrorCode::Storage, error.to_string()))?;
    let sandbox = Sandbox::open(
        SandboxOptions {
            seed: installation.seed.unwrap_or(install::DEFAULT_SEED),
            starting_cash: install::SANDBOX_STARTING_CASH,
            adjusted: true,
            enforce_pacing: true,
            imported_prices,
            journal: Some(journal_path(&options.data_dir)),
        },
        Arc::clone(&clock),
    )?;
    check_inside(sandbox.data_range(), installation.engine_time)?;
    if let Some(at) = sandbox.last_journal_time() {
        clock.advance_to(at);
        sandbox.settle();
    }
    check_orders_known(store, sandbox.client_order_ids()).await?;
    if installation.is_new {
        let opening = sandbox_opening(install::SANDBOX_STARTING_CASH)?;
        install::write_first(store, &installation, &options.gateway, Some(&opening), &*clock)
            .await?;
    }
    Ok((Venue::InProcess { sandbox, clock }, installation))
}

async fn served(
    store: &Arc<Store>,
    options: &EngineOptions,
    url: &str,
) -> Result<(Venue, Installation), ApiError> {
    let url = checked_address(url)?;
    let pin = stored_pin(store).await?;
    let before = pin.accepted();
    let venue = Venue::served(&url, Arc::clone(&pin)).await?;
    let Venue::Served { clock, info, .. } = &venue else {
        return Err(ApiError::new(ErrorCode::Internal, "a served sandbox is of another kind"));
    };
    let installation = install::installation(store, options, Some(info.seed)).await?;
    check_inside((info.data_from, info.data_to), installation.engine_time)?;
    check_orders_known(store, of_engines(info)).await?;
    if installation.is_new {
        let opening = sandbox_opening(info.starting_cash)?;
        install::write_first(store, &installation, &options.gateway, Some(&opening), &**clock)
            .await?;
    }
    if pin.accepted() != before {
        keep_pin(store, pin.accepted()).await?;
    }
    // The exchange stands where it was last driven to, and never goes back.
    clock.advance_to(installation.engine_time.max(info.now));
    venue.settle().await?;
    Ok((venue, installation))
}

async fn ibkr(
    store: &Arc<Store>,
    options: &EngineOptions,
    environment: Environment,
    url: &str,
) -> Result<(Venue, Installation), ApiError> {
    if environment == Environment::Sandbox {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            "a gateway of IBKR has a paper account or a live one, and no sandbox",
        ));
    }
    if options.seed.is_some() || options.start_at.is_some() {
        return Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("seed and starting time belong to the sandbox; the {environment} account has neither"),
        )
        .with_hint("leave --seed and --at out"));
    }
    let url = checked_address(url)?;
    let venue = Venue::gateway(&url, stored_pin(store).await?)?;
    let installation = install::real_installation(store, options).await?;
    if installation.is_new {
        install::write_first(store, &installation, &options.gateway, None, &SystemClock).await?;
    }
    Ok((venue, installation))
}

fn sandbox_opening(cash: rust_decimal::Decimal) -> Result<Opening, ApiError> {
    let account_id = AccountId::new(SANDBOX_ACCOUNT)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    Ok(Opening { account_id, cash, value: cash })
}

/// The certificate that was accepted in this data directory.
pub(super) async fn stored_pin(store: &Store) -> Result<Arc<CertificatePin>, ApiError> {
    let accepted = match store.setting(CERTIFICATE_SETTING).await? {
        None => None,
        Some(text) => Some(text.parse::<Fingerprint>().map_err(|error| {
            ApiError::new(
                ErrorCode::Storage,
                format!("the accepted certificate in the database is not usable: {error}"),
            )
        })?),
    };
    Ok(Arc::new(CertificatePin::new(accepted)))
}

/// Under which name the accepted certificate is kept.
const CERTIFICATE_SETTING: &str = "gateway_certificate";

/// Keeps the accepted certificate.
pub(super) async fn keep_pin(store: &Store, accepted: Option<Fingerprint>) -> Result<(), ApiError> {
    if let Some(fingerprint) = accepted {
        let change = Change::setting(CERTIFICATE_SETTING, fingerprint.to_string());
        store.commit(vec![change], Durability::Full).await?;
    }
    Ok(())
}

/// An instant outside the prices is refused with the range that there is.
pub(super) fn check_inside(
    (first, last): (Timestamp, Timestamp),
    at: Timestamp,
) -> Result<(), ApiError> {
    if at >= first && at <= last {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::InvalidRequest,
        format!("{at} lies outside the prices of the sandbox, which reach from {first} to {last}"),
    )
    .with_hint("name an instant inside them, or import prices that reach further"))
}

/// Every order at the exchange was written down here before it was sent. One that is not here shows
/// that the database is lost or older than the exchange: nothing is traded on top of that.
async fn check_orders_known(store: &Store, placed: Vec<String>) -> Result<(), ApiError> {
    let orders = store.orders().await?;
    let known: BTreeSet<&str> = orders.iter().map(|order| order.client_order_id.as_str()).collect();
    let unknown = placed.into_iter().find(|id| !known.contains(id.as_str()));
    let Some(id) = unknown else { return Ok(()) };
    Err(ApiError::new(
        ErrorCode::Storage,
        format!("the sandbox exchange has the order {id}, which this database does not know"),
    )
    .with_hint(
        "the database is older than the exchange: put the newer one back, or begin anew in an \
         empty directory with --data-dir",
    ))
}

/// Ids that an engine has made. Others may trade on a served sandbox by hand, and their orders are
/// adopted as external.
fn of_engines(info: &ServedInfo) -> Vec<String> {
    let legs = ["-entry", "-stop", "-target", "-exit"];
    let is_ours =
        |id: &&String| id.split('_').count() >= 3 && legs.iter().any(|leg| id.ends_with(leg));
    info.client_order_ids.iter().filter(is_ours).cloned().collect()
}
