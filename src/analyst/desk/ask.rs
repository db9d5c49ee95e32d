//! One call, from the look into the record to the row that tells its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use jiff::SignedDuration;
use rust_decimal::Decimal;
use tokio::sync::watch;

use super::input::{check_size, cost, hash, reservation};
use super::registry::key_name;
use super::{
    Allowance, ModelAnswer, ModelCall, ModelCallError, ModelDesk, RecordedReply, Reuse, UnderWay,
    day_of, not_begun,
};
use crate::analyst::model::{
    Detail, ModelError, ModelReply, ModelRequest, ModelTarget, TextSink, VisionModel,
};
use crate::clock::Stopwatch;
use crate::domain::ModelName;
use crate::secrets::{Secret, SecretStoreError};
use crate::store::{
    BlobBytes, Change, Durability, ModelCallRow, ModelCallStatus, ModelPriceRow, ModelRow,
    StoreError,
};

/// How often a provider is asked at most.
const MOST_ATTEMPTS: u32 = 4;

/// The wait before the second attempt; twice as long before each further one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_millis(500);

/// Media type of a recorded reply.
const REPLY_TYPE: &str = "text/plain; charset=utf-8";

impl ModelDesk {
    /// Asks a model, or the record. The sink hears the reply as it comes. Dropping the future ends the
    /// call; its row then says so, and counts what was reserved as spent.
    pub async fn ask(
        self: &Arc<Self>,
        call: ModelCall<'_>,
        sink: Arc<dyn TextSink>,
    ) -> Result<ModelAnswer, ModelCallError> {
        self.ask_within(call, sink, None).await
    }

    /// As [`ModelDesk::ask`]; what the call may cost is also reserved in an allowance that it shares
    /// with others.
    pub async fn ask_within(
        self: &Arc<Self>,
        call: ModelCall<'_>,
        sink: Arc<dyn TextSink>,
        allowance: Option<Arc<Allowance>>,
    ) -> Result<ModelAnswer, ModelCallError> {
        let (row, price) = self.configured(call.model).await?;
        check_size(&call)?;
        let input_hash = hash(&call, &row).map_err(|error| {
            let detail = Detail::new(&error.to_string(), None);
            not_begun(&row.name, ModelError::Unreadable(detail))
        })?;
        // Who asks the same at the same time waits here, and finds the answer in the record.
        let turn = self.turn(&input_hash);
        let _turn = turn.lock().await;
        let result = match call.reuse {
            Reuse::FromRecord => self.recorded(&call, &row, &input_hash, sink.as_ref()).await?,
            Reuse::Never => None,
        };
        let result = if let Some(answer) = result {
            Ok(answer)
        } else {
            let paid = Paid { row, price, allowance };
            self.ask_provider(&call, paid, input_hash.clone(), sink).await
        };
        self.asking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, turn| Arc::strong_count(turn) > 1);
        self.told();
        result
    }

    /// The model and its present price.
    pub(super) async fn configured(
        &self,
        name: &str,
    ) -> Result<(ModelRow, ModelPriceRow), ModelCallError> {
        let row = match ModelName::new(name) {
            Ok(name) => self.store.model(&name).await?,
            Err(_) => None,
        };
        let Some(row) = row else {
            let models = self.store.models().await?;
            let names: Vec<&str> = models.iter().map(|row| row.name.as_str()).collect();
            let known = if names.is_empty() {
                String::new()
            } else {
                format!("; there are: {}", names.join(", "))
            };
            return Err(ModelCallError::NotConfigured {
                shown: name.chars().take(40).collect(),
                known,
            });
        };
        let price = self.store.model_prices(&row.name).await?.into_iter().next();
        let price = price.ok_or_else(|| ModelCallError::NoPrice { name: row.name.clone() })?;
        Ok((row, price))
    }

    fn turn(&self, input_hash: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(asking.entry(input_hash.to_owned()).or_default())
    }

    /// The recorded reply to the same input, written down as a call that cost nothing. A recorded
    /// reply that the store has lost is asked for again.
    async fn recorded(
        &self,
        call: &ModelCall<'_>,
        row: &ModelRow,
        input_hash: &str,
        sink: &dyn TextSink,
    ) -> Result<Option<ModelAnswer>, ModelCallError> {
        let Some(found) = self.find_recorded(input_hash).await? else { return Ok(None) };
        let RecordedReply { call: before, text, stop_reason } = found;
        let watch = Stopwatch::start(self.clock.as_ref());
        let mut ledger = self.ledger.lock().await;
        let now = self.clock.wall_now();
        let reused = ModelCallRow {
            status: ModelCallStatus::Reused,
            answered_by: before.answered_by.clone(),
            ended_at: Some(now),
            input_tokens: before.input_tokens,
            output_tokens: before.output_tokens,
            stop_reason: before.stop_reason,
            reply_blob: before.reply_blob.clone(),
            reused_from: Some(before.call_id),
            ..self.new_row(ledger.next_call_id(), call, row, input_hash.to_owned())
        };
        let call_id = reused.call_id;
        let change = Change::ModelCall(Box::new(reused));
        self.store.commit(vec![change], Durability::Ordinary).await?;
        drop(ledger);
        sink.text(&text);
        Ok(Some(ModelAnswer {
            text,
            model: before.answered_by.unwrap_or_else(|| row.model.clone()),
            provider: row.kind,
            input_tokens: before.input_tokens,
            output_tokens: before.output_tokens,
            cost: Decimal::ZERO,
            is_cost_estimated: false,
            latency_us: watch.elapsed_micros(self.clock.as_ref()),
            is_reused: true,
            call_id,
            attempts: 0,
            stop_reason,
        }))
    }

    fn new_row(
        &self,
        call_id: i64,
        call: &ModelCall<'_>,
        row: &ModelRow,
        input_hash: String,
    ) -> ModelCallRow {
        let now = self.clock.wall_now();
        ModelCallRow {
            call_id,
            name: row.name.clone(),
            kind: row.kind,
            model: row.model.clone(),
            answered_by: None,
            strategy_id: call.strategy_id.cloned(),
            execution_id: call.execution_id.cloned(),
            purpose: call.purpose.chars().take(40).collect(),
            input_hash,
            images: u32::try_from(call.images.len()).unwrap_or(u32::MAX),
            status: ModelCallStatus::Started,
            day: day_of(now),
            started_at: now,
            ended_at: None,
            attempts: 0,
            reserved: Decimal::ZERO,
            cost: Decimal::ZERO,
            is_cost_estimated: false,
            input_tokens: None,
            output_tokens: None,
            latency_us: 0,
            stop_reason: None,
            reply_blob: None,
            reused_from: None,
            error: None,
        }
    }

    async fn ask_provider(
        self: &Arc<Self>,
        call: &ModelCall<'_>,
        paid: Paid,
        input_hash: String,
        sink: Arc<dyn TextSink>,
    ) -> Result<ModelAnswer, ModelCallError> {
        let row = &paid.row;
        let key = self.key_of(row).await?;
        let target = ModelTarget { kind: row.kind, model: row.model.clone(), url: row.url.clone() };
        let model =
            self.connector.connect(&target, key).map_err(|error| not_begun(&row.name, error))?;
        let started = self.begin(call, &paid, input_hash).await?;
        let (cancel, cancelled) = watch::channel(false);
        let under_way =
            UnderWay { execution_id: call.execution_id.cloned(), cancel: cancel.clone() };
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(started.call_id, under_way);
        let request = ModelRequest {
            system: call.system.to_owned(),
            prompt: call.prompt.to_owned(),
            images: call.images.to_vec(),
            schema: Arc::clone(call.schema),
            schema_name: call.schema_name.to_owned(),
            temperature: row.temperature,
            maximum_output_tokens: row.maximum_output_tokens,
            deadline: SignedDuration::from_secs(i64::from(row.deadline_seconds)),
        };
        // A task of its own, so that a caller who goes away does not leave a call without an end.
        let _on_drop = CancelOnDrop(cancel);
        let task = tokio::spawn(Arc::clone(self).carry_out(Carried {
            model,
            request,
            started,
            paid,
            sink: Heard { sink, anything: AtomicBool::new(false) },
            cancelled,
        }));
        task.await.map_err(ModelCallError::Stopped)?
    }

    pub(super) async fn key_of(
        &self,
        row: &ModelRow,
    ) -> Result<Option<Secret<String>>, ModelCallError> {
        let failed = |source| ModelCallError::Secrets { name: row.name.clone(), source };
        let place = key_name(row)
            .map_err(|invalid| failed(SecretStoreError::Unavailable { source: invalid.into() }))?;
        let key = self.secrets.get(&place).await.map_err(failed)?;
        if key.is_none() && row.kind.needs_key() {
            return Err(ModelCallError::NoKey { name: row.name.clone(), kind: row.kind });
        }
        Ok(key)
    }

    /// Reserves the cost and writes the call down, before anything is sent.
    async fn begin(
        &self,
        call: &ModelCall<'_>,
        Paid { row, price, allowance }: &Paid,
        input_hash: String,
    ) -> Result<ModelCallRow, ModelCallError> {
        self.admit(row)?;
        let reserved = reservation(call, row, price);
        if let Some(Err(refusal)) = allowance.as_ref().map(|it| it.reserve(reserved)) {
            self.with_breaker(row, super::Breaker::said_nothing);
            return Err(refusal.into());
        }
        let mut ledger = self.ledger.lock().await;
        let new = self.new_row(0, call, row, input_hash);
        let written =
            if let Err(refusal) = ledger.reserve(new.day, new.strategy_id.as_ref(), reserved) {
                Err(refusal.into())
            } else {
                let started = ModelCallRow {
                    call_id: ledger.next_call_id(),
                    reserved,
                    cost: reserved,
                    is_cost_estimated: true,
                    ..new
                };
                let change = Change::ModelCall(Box::new(started.clone()));
                match self.store.commit(vec![change], Durability::Ordinary).await {
                    Ok(_) => Ok(started),
                    Err(error) => {
                        ledger.settle(&ModelCallRow { cost: Decimal::ZERO, ..started });
                        Err(ModelCallError::Store(error))
                    }
                }
            };
        drop(ledger);
        if written.is_err() {
            if let Some(allowance) = allowance {
                allowance.settle(reserved, Decimal::ZERO);
            }
            self.with_breaker(row, super::Breaker::said_nothing);
        }
        self.told();
        written
    }

    fn admit(&self, row: &ModelRow) -> Result<(), ModelCallError> {
        let now = self.clock.wall_now();
        self.with_breaker(row, |breaker| breaker.admit(now)).map_err(|view| {
            ModelCallError::ProviderRests {
                provider: row.kind.provider(),
                url: row.url.clone(),
                failures: view.failures,
                until: view.until.unwrap_or(now),
            }
        })
    }

    fn with_breaker<T>(&self, row: &ModelRow, act: impl FnOnce(&mut super::Breaker) -> T) -> T {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        act(breakers.entry(row.url.clone()).or_default())
    }

    async fn carry_out(
        self: Arc<Self>,
        mut carried: Carried,
    ) -> Result<ModelAnswer, ModelCallError> {
        let watch = Stopwatch::start(self.clock.as_ref());
        let (result, attempts) = self.attempt(&mut carried, watch).await;
        let latency_us = watch.elapsed_micros(self.clock.as_ref());
        let Carried { started, paid, sink, .. } = carried;
        // What was spoken is paid for, however it ended.
        let was_heard = sink.anything.load(Ordering::SeqCst);
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&started.call_id);
        let ended =
            ModelCallRow { ended_at: Some(self.clock.wall_now()), attempts, latency_us, ..started };
        let answer = match result {
            Ok(reply) => self.answered(ended, &paid, reply).await?,
            Err(GaveUp { error, may_have_cost }) => {
                return Err(self.failed(ended, &paid, error, was_heard || may_have_cost).await?);
            }
        };
        Ok(answer)
    }

    /// Asks until there is a reply, or an error after which asking again is not safe or of no use.
    async fn attempt(
        &self,
        carried: &mut Carried,
        watch: Stopwatch,
    ) -> (Result<ModelReply, GaveUp>, u32) {
        let deadline = carried.request.deadline;
        let mut attempts = 0;
        let mut before: Option<ModelError> = None;
        let mut wait = FIRST_WAIT;
        loop {
            attempts += 1;
            carried.request.deadline = deadline - self.elapsed(watch);
            let result = tokio::select! {
                biased;
                () = requested(&mut carried.cancelled) => Err(ModelError::Cancelled),
                result = carried.model.complete(&carried.request, &carried.sink) => result,
            };
            let error = match result {
                Ok(reply) => {
                    self.with_breaker(&carried.paid.row, super::Breaker::succeeded);
                    return (Ok(reply), attempts);
                }
                Err(error) => error,
            };
            let now = self.clock.wall_now();
            let is_open = self.with_breaker(&carried.paid.row, |breaker| {
                if error.is_providers_fault() {
                    breaker.failed(now);
                } else {
                    breaker.said_nothing();
                }
                breaker.is_open()
            });
            let pause = error.retry_after().unwrap_or(wait).max(wait);
            let is_last = attempts >= MOST_ATTEMPTS
                || !error.is_transient()
                || carried.sink.anything.load(Ordering::SeqCst)
                || is_open
                || self.elapsed(watch) + pause >= deadline;
            if is_last {
                return (Err(GaveUp::after(before, error)), attempts);
            }
            tracing::info!(%error, model = %carried.paid.row.name, attempts, "a model is asked again");
            tokio::select! {
                () = requested(&mut carried.cancelled) => {
                    return (Err(GaveUp::after(None, ModelError::Cancelled)), attempts);
                }
                () = self.clock.sleep(pause) => {}
            }
            wait *= 2;
            before = Some(error);
        }
    }

    fn elapsed(&self, watch: Stopwatch) -> SignedDuration {
        let micros = watch.elapsed_micros(self.clock.as_ref());
        SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    async fn answered(
        &self,
        ended: ModelCallRow,
        paid: &Paid,
        reply: ModelReply,
    ) -> Result<ModelAnswer, ModelCallError> {
        let ModelReply { text, stop_reason, input_tokens, output_tokens, model } = reply;
        let counted = input_tokens.zip(output_tokens);
        let blob =
            BlobBytes { media_type: REPLY_TYPE.to_owned(), bytes: text.clone().into_bytes() };
        let ended = ModelCallRow {
            status: ModelCallStatus::Answered,
            answered_by: model.clone(),
            cost: counted
                .map_or(ended.reserved, |(input, output)| cost(&paid.price, input, output)),
            is_cost_estimated: counted.is_none(),
            input_tokens,
            output_tokens,
            stop_reason: Some(stop_reason),
            reply_blob: Some(blob.reference().blob),
            ..ended
        };
        let answer = ModelAnswer {
            text,
            model: model.unwrap_or_else(|| paid.row.model.clone()),
            provider: paid.row.kind,
            input_tokens,
            output_tokens,
            cost: ended.cost,
            is_cost_estimated: ended.is_cost_estimated,
            latency_us: ended.latency_us,
            is_reused: false,
            call_id: ended.call_id,
            attempts: ended.attempts,
            stop_reason,
        };
        self.end(ended, paid, Some(blob)).await?;
        Ok(answer)
    }

    async fn failed(
        &self,
        ended: ModelCallRow,
        paid: &Paid,
        error: ModelError,
        may_have_cost: bool,
    ) -> Result<ModelCallError, StoreError> {
        let ended = ModelCallRow {
            status: ModelCallStatus::Failed,
            cost: if may_have_cost { ended.reserved } else { Decimal::ZERO },
            is_cost_estimated: may_have_cost,
            error: Some(error.to_string()),
            ..ended
        };
        let (name, call_id, attempts) = (ended.name.clone(), ended.call_id, ended.attempts);
        self.end(ended, paid, None).await?;
        Ok(ModelCallError::Model { name, call_id: Some(call_id), attempts, source: error })
    }

    /// Writes the end down, and puts the cost in the place of the reservation.
    async fn end(
        &self,
        ended: ModelCallRow,
        paid: &Paid,
        blob: Option<BlobBytes>,
    ) -> Result<(), StoreError> {
        let mut changes: Vec<Change> = blob.into_iter().map(Change::Blob).collect();
        changes.push(Change::ModelCall(Box::new(ended.clone())));
        let mut ledger = self.ledger.lock().await;
        // If the end cannot be written, the reservation stands, in memory as on the disk.
        self.store.commit(changes, Durability::Ordinary).await?;
        ledger.settle(&ended);
        drop(ledger);
        if let Some(allowance) = &paid.allowance {
            allowance.settle(ended.reserved, ended.cost);
        }
        self.told();
        Ok(())
    }
}

/// Who is asked, at which price, and out of which allowance.
struct Paid {
    row: ModelRow,
    price: ModelPriceRow,
    allowance: Option<Arc<Allowance>>,
}

/// A call on its way.
struct Carried {
    model: Box<dyn VisionModel>,
    request: ModelRequest,
    started: ModelCallRow,
    paid: Paid,
    sink: Heard,
    cancelled: watch::Receiver<bool>,
}

/// Why a model is not asked any more.
struct GaveUp {
    /// What tells a person most.
    error: ModelError,
    /// Whether the provider may ask for money although there is no reply.
    may_have_cost: bool,
}

impl GaveUp {
    /// What was left of the deadline may not suffice for the last attempt. That it ran out says less
    /// than what the provider answered to the attempt before.
    fn after(before: Option<ModelError>, last: ModelError) -> Self {
        let may_have_cost = last.may_have_cost();
        let is_late = matches!(last, ModelError::TimedOut { .. });
        let error = before.filter(|_| is_late).unwrap_or(last);
        Self { error, may_have_cost }
    }
}

/// Notes whether anything was heard: what has begun to speak is not asked again.
struct Heard {
    sink: Arc<dyn TextSink>,
    anything: AtomicBool,
}

impl TextSink for Heard {
    fn text(&self, piece: &str) {
        self.anything.store(true, Ordering::SeqCst);
        self.sink.text(piece);
    }
}

struct CancelOnDrop(watch::Sender<bool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        // An error means that the call has ended.
        let _ = self.0.send(true);
    }
}

/// Returns when the call is to end; never, if nobody can ask for that any more.
async fn requested(cancelled: &mut watch::Receiver<bool>) {
    if cancelled.wait_for(|is_cancelled| *is_cancelled).await.is_err() {
        std::future::pending::<()>().await;
    }
}
