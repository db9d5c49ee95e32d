use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::Loaded;
use crate::domain::records::{
    BarsRecord, FetchMarketDataInput, FetchMarketDataOutput, QuoteRecord, StepName,
};
use crate::domain::{Bar, Timeframe};
use crate::executor::{Effect, Made, Parts, Step, StepError};
use crate::store::BlobBytes;

/// Bars that a chart and an analysis need at least (workflow.md §2, step 7).
const MINIMUM_BARS: usize = 20;

/// Closes kept for a sparkline.
const SPARKLINE_CLOSES: usize = 120;

/// Step 2: the instrument, its bars and its last price.
pub(crate) struct FetchMarketData<'a> {
    pub(crate) loaded: &'a Loaded,
}

/// Bars by timeframe, beside the record.
pub(crate) struct Fetched {
    pub(crate) bars: Vec<(Timeframe, Vec<(Date, Bar)>)>,
    pub(crate) record: FetchMarketDataOutput,
}

/// Why the data cannot be decided on.
#[derive(Debug, thiserror::Error)]
enum DataError {
    #[error("{symbol} has {count} {timeframe} bars, and at least {MINIMUM_BARS} are needed")]
    TooFewBars { symbol: String, timeframe: Timeframe, count: usize },
    #[error(
        "IBKR gave a {timeframe} bar of {symbol} that begins at {at}, after the run at {as_of}"
    )]
    FromTheFuture {
        symbol: String,
        timeframe: Timeframe,
        at: jiff::Timestamp,
        as_of: jiff::Timestamp,
    },
    #[error("trading in {symbol} is halted at the exchange")]
    Halted { symbol: String },
}

impl Step for FetchMarketData<'_> {
    const NAME: StepName = StepName::FetchMarketData;
    const EFFECT: Effect = Effect::Read;
    type Input = FetchMarketDataInput;
    type Output = Fetched;
    type Record = FetchMarketDataOutput;

    fn input(&self) -> FetchMarketDataInput {
        let timeframes = &self.loaded.definition.timeframes;
        FetchMarketDataInput {
            symbol: self.loaded.symbol.clone(),
            periods: timeframes
                .iter()
                .map(|wanted| (wanted.timeframe, wanted.period.clone()))
                .collect(),
        }
    }

    async fn run(self, parts: &Parts) -> Result<Made<Fetched, FetchMarketDataOutput>, StepError> {
        let symbol = &self.loaded.symbol;
        let as_of = self.loaded.record.as_of;
        let instrument = parts.market.find_stock(symbol).await?;
        let mut bars = Vec::new();
        let mut timeframes = Vec::new();
        let mut blobs = Vec::new();
        for wanted in &self.loaded.definition.timeframes {
            let timeframe = wanted.timeframe;
            let fetched = parts.market.history(instrument.conid, timeframe, &wanted.period).await?;
            if fetched.len() < MINIMUM_BARS {
                let (symbol, count) = (symbol.clone(), fetched.len());
                return Err(DataError::TooFewBars { symbol, timeframe, count }.into());
            }
            if let Some(late) = fetched.iter().find(|bar| bar.at > as_of) {
                let (symbol, at) = (symbol.clone(), late.at);
                return Err(DataError::FromTheFuture { symbol, timeframe, at, as_of }.into());
            }
            let dated = dated(fetched)?;
            let blob = bars_blob(&dated)?;
            timeframes.push(BarsRecord {
                timeframe,
                period: wanted.period.clone(),
                count: dated.len(),
                first: dated.first().map(|(date, _)| date.to_string()).unwrap_or_default(),
                last: dated.last().map(|(date, _)| date.to_string()).unwrap_or_default(),
                bars: blob.reference(),
                closes: dated
                    .iter()
                    .skip(dated.len().saturating_sub(SPARKLINE_CLOSES))
                    .map(|(_, bar)| bar.close)
                    .collect(),
            });
            blobs.push(blob);
            bars.push((timeframe, dated));
        }
        let quote = parts.market.quote(instrument.conid).await?;
        if quote.is_halted {
            return Err(DataError::Halted { symbol: symbol.clone() }.into());
        }
        parts.account.note_prices(quote.as_of, [(instrument.conid, quote.last)]);
        let record = FetchMarketDataOutput {
            instrument,
            timeframes,
            quote: QuoteRecord {
                last: quote.last,
                as_of: quote.as_of,
                age_seconds: as_of.duration_since(quote.as_of).as_secs().max(0),
                source: if parts.price_notes.simulated {
                    "simulated exchange".to_owned()
                } else {
                    quote.source.to_owned()
                },
                availability: quote.availability,
            },
            simulated: parts.price_notes.simulated,
            adjustment: parts.price_notes.adjustment.clone(),
            attribution: parts.price_notes.attribution.clone(),
        };
        Ok(Made { output: Fetched { bars, record: record.clone() }, record, blobs })
    }
}

/// Bars with their dates on the exchange's calendar.
pub(crate) fn dated(bars: Vec<Bar>) -> Result<Vec<(Date, Bar)>, jiff::Error> {
    let zone = TimeZone::get("America/New_York")?;
    Ok(bars.into_iter().map(|bar| (bar.at.to_zoned(zone.clone()).date(), bar)).collect())
}

fn bars_blob(bars: &[(Date, Bar)]) -> Result<BlobBytes, serde_json::Error> {
    let rows: Vec<[String; 6]> = bars
        .iter()
        .map(|(date, bar)| {
            [
                date.to_string(),
                bar.open.to_string(),
                bar.high.to_string(),
                bar.low.to_string(),
                bar.close.to_string(),
                bar.volume.to_string(),
            ]
        })
        .collect();
    Ok(BlobBytes { media_type: "application/json".into(), bytes: serde_json::to_vec(&rows)? })
}

/// Why recorded bars cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordedBarsError {
    /// They are no JSON of texts.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A row is none of a date and five numbers.
    #[error("{0:?} is no bar")]
    NoBar(Box<[String; 6]>),
}

/// The bars of a blob that [`FetchMarketData`] recorded, oldest first.
pub(crate) fn read_bars(bytes: &[u8]) -> Result<Vec<(Date, Bar)>, RecordedBarsError> {
    let rows: Vec<[String; 6]> = serde_json::from_slice(bytes)?;
    let read = |row: [String; 6]| bar(&row).ok_or_else(|| RecordedBarsError::NoBar(Box::new(row)));
    rows.into_iter().map(read).collect()
}

fn bar([date, open, high, low, close, volume]: &[String; 6]) -> Option<(Date, Bar)> {
    let date: Date = date.parse().ok()?;
    let number = |text: &String| Decimal::from_str_exact(text).ok();
    let bar = Bar {
        // The record keeps the day of a bar and no instant; its begin in UTC stands for it.
        at: date.to_zoned(TimeZone::UTC).ok()?.timestamp(),
        open: number(open)?,
        high: number(high)?,
        low: number(low)?,
        close: number(close)?,
        volume: number(volume)?,
    };
    Some((date, bar))
}
