//! Reads a user's CSV file of daily prices. The file is hostile until it is read: its size, its
//! rows and every value are bounded, and one fault refuses all of it.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::fault::{ImportError, ValueFault};
use super::{DailyPrice, PriceSeries, check_symbol};
use crate::calendar::{Calendar, YEARS};

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 50 * 1024 * 1024;

/// Most days that one series may have.
pub const MAX_ROWS: usize = 20_000;

/// Longest header line that is looked at, in bytes.
const MAX_HEADER_BYTES: u64 = 64 * 1024;

/// Highest price and volume that are believed; beyond them arithmetic in cents could overflow.
const MAX_PRICE: Decimal = Decimal::from_parts(10_000_000, 0, 0, false, 0);
const MAX_VOLUME: u64 = 1_000_000_000_000;

/// Reads the daily prices of `symbol` from a file. Its size is looked at before its content.
pub fn parse_file(path: &Path, symbol: &str) -> Result<PriceSeries, ImportError> {
    let open_error = |source| ImportError::Open { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(open_error)?;
    if file.metadata().map_err(open_error)?.len() > MAX_FILE_BYTES {
        return Err(ImportError::TooLarge);
    }
    parse_csv(file, symbol)
}

/// Reads the daily prices of `symbol`.
///
/// The first line names the columns date, open, high, low, close, volume and perhaps `adj_close`,
/// in any order and case. The delimiter (comma, semicolon or tab) is seen from that line; with
/// semicolons, numbers may have a decimal comma. A byte-order mark and CRLF do no harm.
pub fn parse_csv(reader: impl Read, symbol: &str) -> Result<PriceSeries, ImportError> {
    check_symbol(symbol)?;
    // One byte more than is allowed shows that there is more.
    let mut input = BufReader::new(reader.take(MAX_FILE_BYTES + 1));
    let mut header = Vec::new();
    input
        .by_ref()
        .take(MAX_HEADER_BYTES)
        .read_until(b'\n', &mut header)
        .map_err(|source| ImportError::Read { source })?;
    let mut bytes_read = header.len() as u64;
    if let Some(without_mark) = header.strip_prefix(b"\xef\xbb\xbf") {
        header = without_mark.to_vec();
    }
    if std::str::from_utf8(&header).is_err() {
        return Err(ImportError::NotUtf8 { line: 1 });
    }
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|delimiter| header.split(|byte| byte == delimiter).count())
        .unwrap_or(b',');
    let header_length = header.len() as u64;
    let mut records = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(Cursor::new(header).chain(input));

    let mut record = csv::ByteRecord::new();
    if !read(&mut records, &mut record)? {
        return Err(ImportError::Empty);
    }
    let columns = Columns::from_header(&record)?;
    let calendar = Calendar::nyse();
    let mut days: Vec<DailyPrice> = Vec::new();
    while read(&mut records, &mut record)? {
        bytes_read = bytes_read.max(header_length + records.position().byte());
        let line = record.position().map_or(0, csv::Position::line);
        if bytes_read > MAX_FILE_BYTES {
            return Err(ImportError::TooLarge);
        }
        if days.len() == MAX_ROWS {
            return Err(ImportError::TooManyRows { line });
        }
        let row = Row { line, record: &record, has_decimal_comma: delimiter == b';' };
        let day = row.day(&columns)?;
        if let Some(previous) = days.last()
            && previous.date >= day.date
        {
            return Err(ImportError::NotAfter { line, date: day.date, previous: previous.date });
        }
        if calendar.session_on(day.date).is_none() {
            let reason = calendar.holiday_reason(day.date).map_or_else(
                || format!("only the years {} to {} are known", YEARS.start(), YEARS.end()),
                str::to_owned,
            );
            return Err(ImportError::NoSession { line, date: day.date, reason });
        }
        days.push(day);
    }
    if days.is_empty() {
        return Err(ImportError::Empty);
    }
    Ok(PriceSeries { symbol: symbol.to_owned(), days })
}

fn read<R: Read>(
    records: &mut csv::Reader<R>,
    record: &mut csv::ByteRecord,
) -> Result<bool, ImportError> {
    let line = records.position().line();
    records.read_byte_record(record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(source) => ImportError::Read { source },
        // The reader is flexible and gives bytes, so only reading itself can fail.
        _ => ImportError::NotUtf8 { line },
    })
}

/// Where each column stands.
struct Columns {
    date: usize,
    open: usize,
    high: usize,
    low: usize,
    close: usize,
    volume: usize,
    adjusted_close: Option<usize>,
}

impl Columns {
    fn from_header(header: &csv::ByteRecord) -> Result<Self, ImportError> {
        let plain = |field: &[u8]| {
            String::from_utf8_lossy(field).to_lowercase().replace([' ', '_', '-', '"'], "")
        };
        let names: Vec<String> = header.iter().map(plain).collect();
        let find = |column: &'static str, spellings: &[&str]| {
            let mut places =
                names.iter().enumerate().filter(|(_, name)| spellings.contains(&name.as_str()));
            let place = places.next().map(|(place, _)| place);
            match places.next() {
                Some(_) => Err(ImportError::DoubledColumn { column }),
                None => Ok(place),
            }
        };
        let need = |column: &'static str| {
            find(column, &[column])?.ok_or_else(|| ImportError::MissingColumn {
                column,
                found: names.join(", ").chars().take(200).collect(),
            })
        };
        Ok(Self {
            date: need("date")?,
            open: need("open")?,
            high: need("high")?,
            low: need("low")?,
            close: need("close")?,
            volume: need("volume")?,
            adjusted_close: find("adj_close", &["adjclose", "adjustedclose"])?,
        })
    }
}

/// One line of the file while it is read.
struct Row<'a> {
    line: u64,
    record: &'a csv::ByteRecord,
    has_decimal_comma: bool,
}

impl Row<'_> {
    fn day(&self, columns: &Columns) -> Result<DailyPrice, ImportError> {
        let date = self.date(columns.date)?;
        let open = self.price(columns.open, "open")?;
        let high = self.price(columns.high, "high")?;
        let low = self.price(columns.low, "low")?;
        let close = self.price(columns.close, "close")?;
        for (column, value) in [("high", high), ("open", open), ("close", close)] {
            if value < low || value > high {
                return Err(ImportError::OutsideRange {
                    line: self.line,
                    column,
                    value,
                    low,
                    high,
                });
            }
        }
        let volume = self.volume(columns.volume)?;
        let adjusted_close = match columns.adjusted_close {
            Some(place) => Some(self.price(place, "adj_close")?),
            None => None,
        };
        if let Some(adjusted) = adjusted_close
            && low * adjusted / close < super::super::exchange::TICK
        {
            return Err(self.fault("adj_close", &adjusted.to_string(), ValueFault::BelowTick));
        }
        Ok(DailyPrice { date, open, high, low, close, volume, adjusted_close })
    }

    fn text(&self, place: usize, column: &'static str) -> Result<&str, ImportError> {
        let line = self.line;
        let field = self.record.get(place).filter(|field| !field.is_empty());
        let field = field.ok_or(ImportError::MissingValue { line, column })?;
        std::str::from_utf8(field).map_err(|_| ImportError::NotUtf8 { line })
    }

    fn date(&self, place: usize) -> Result<Date, ImportError> {
        let text = self.text(place, "date")?;
        let date = if text.len() == 10 { Date::strptime("%Y-%m-%d", text).ok() } else { None };
        date.ok_or_else(|| self.fault("date", text, ValueFault::NotADate))
    }

    fn price(&self, place: usize, column: &'static str) -> Result<Decimal, ImportError> {
        let price = self.number(place, column)?;
        let fault = match price {
            _ if price <= Decimal::ZERO => ValueFault::NotPositive,
            _ if price > MAX_PRICE => ValueFault::TooLarge,
            _ if price < super::super::exchange::TICK => ValueFault::BelowTick,
            _ => return Ok(price),
        };
        Err(self.fault(column, &price.to_string(), fault))
    }

    fn volume(&self, place: usize) -> Result<u64, ImportError> {
        let volume = self.number(place, "volume")?;
        let fault = match u64::try_from(volume) {
            Ok(shares) if shares > MAX_VOLUME => ValueFault::TooLarge,
            Ok(shares) if volume.fract().is_zero() => return Ok(shares),
            _ => ValueFault::NotShares,
        };
        Err(self.fault("volume", &volume.to_string(), fault))
    }

    fn number(&self, place: usize, column: &'static str) -> Result<Decimal, ImportError> {
        let text = self.text(place, column)?;
        let plain = if self.has_decimal_comma && text.matches(',').count() == 1 {
            text.replace(',', ".")
        } else {
            text.to_owned()
        };
        let is_plain = plain.len() <= 32
            && plain.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-' || c == '+');
        let number = if is_plain { plain.parse::<Decimal>().ok() } else { None };
        number.ok_or_else(|| self.fault(column, text, ValueFault::NotANumber))
    }

    fn fault(&self, column: &'static str, value: &str, fault: ValueFault) -> ImportError {
        ImportError::Value {
            line: self.line,
            column,
            value: value.chars().take(40).collect(),
            fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "date,open,high,low,close,volume\n";
    const FRIDAY: &str = "2012-06-15,10.00,11.00,9.50,10.50,1000\n";

    fn refusal(bytes: impl AsRef<[u8]>) -> String {
        parse_csv(bytes.as_ref(), "X").unwrap_err().to_string()
    }

    fn with(rows: &str) -> String {
        format!("{HEADER}{FRIDAY}{rows}")
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let expected = parse_csv(with("").as_bytes(), "X").unwrap();
        for text in [
            "\u{feff}Date,Open,High,Low,Close,Volume\r\n2012-06-15,10.00,11.00,9.50,10.50,1000\r\n",
            "volume;CLOSE;low;high;open;date\n1000;10,50;9,50;11,00;10,00;2012-06-15\n",
            "date\topen\thigh\tlow\tclose\tvolume\n2012-06-15\t10.0\t11\t9.5\t10.5\t1000.0",
            "date;open;high;low;close;volume\n\n2012-06-15; 10.00;11.00;9.50;10.50;1000\n",
        ] {
            let found = parse_csv(text.as_bytes(), "X").unwrap();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_adjusted_close_is_kept() {
        let text = "date,open,high,low,close,volume,Adj Close\n2012-06-15,10,11,9.5,10.5,1000,5.25";
        let series = parse_csv(text.as_bytes(), "X").unwrap();
        assert_eq!(series.days[0].adjusted_close, Some(Decimal::new(525, 2)));
    }

    #[test]
    fn each_fault_is_a_sentence_with_its_place() {
        for (rows, expected) in [
            ("2012-06-15,10,11,9,10,1\n", "line 3, column date: 2012-06-15 does not come after"),
            ("2012-06-14,10,11,9,10,1\n", "line 3, column date: 2012-06-14 does not come after"),
            (
                "2012-06-16,10,11,9,10,1\n",
                "line 3, column date: the New York Stock Exchange was closed on 2012-06-16 (Saturday)",
            ),
            ("2012-07-04,10,11,9,10,1\n", "closed on 2012-07-04 (Independence Day)"),
            ("2031-06-16,10,11,9,10,1\n", "only the years 2000 to 2030 are known"),
            (
                "15.06.2012,10,11,9,10,1\n",
                "line 3, column date: \"15.06.2012\" is not a date written as YYYY-MM-DD",
            ),
            ("2012-06-18,-10,11,9,10,1\n", "line 3, column open: \"-10\" is not above zero"),
            ("2012-06-18,10,11,0,10,1\n", "line 3, column low: \"0\" is not above zero"),
            ("2012-06-18,10,9,11,10,1\n", "line 3, column high: 9 lies outside"),
            ("2012-06-18,12,11,9,10,1\n", "line 3, column open: 12 lies outside"),
            ("2012-06-18,10,11,9,8,1\n", "line 3, column close: 8 lies outside"),
            ("2012-06-18,10,11,9,n/a,1\n", "line 3, column close: \"n/a\" is not a number"),
            ("2012-06-18,10,1e9,9,10,1\n", "line 3, column high: \"1e9\" is not a number"),
            ("2012-06-18,10,99999999,9,10,1\n", "is larger than any price or volume can be"),
            ("2012-06-18,0.001,11,0.001,10,1\n", "is below the tick"),
            (
                "2012-06-18,10,11,9,10,1.5\n",
                "line 3, column volume: \"1.5\" is not a whole number of shares",
            ),
            ("2012-06-18,10,11,9,10,-1\n", "column volume: \"-1\" is not a whole number of shares"),
            ("2012-06-18,10,11,9,10\n", "line 3, column volume: the value is missing"),
        ] {
            let sentence = refusal(with(rows));
            assert!(sentence.contains(expected), "{rows}{sentence}");
            assert!(sentence.ends_with("nothing was imported"), "{sentence}");
        }
    }

    #[test]
    fn a_file_without_usable_content_is_refused() {
        assert!(refusal("").contains("holds no prices"));
        assert!(refusal("\u{feff}").contains("holds no prices"));
        assert!(refusal(HEADER).contains("holds no prices"));
        assert!(refusal("date,open,high,low,close\n").contains("no column \"volume\""));
        assert!(refusal("date,date,open,high,low,close,volume\n").contains("appears twice"));
        assert!(refusal(b"\xff\xfed\0a\0t\0e\0").contains("not UTF-8"));
        let mut bytes = with("").into_bytes();
        bytes.extend(b"2012-06-18,10,11,9,1\xff,1\n");
        assert!(refusal(bytes).contains("line 3: the text is not UTF-8"));
    }

    #[test]
    fn a_symbol_cannot_leave_its_directory() {
        for symbol in ["", "..", "a", "../X", "ABCDEFGHIJKLM", "A B", "Ä"] {
            assert!(
                matches!(parse_csv(with("").as_bytes(), symbol), Err(ImportError::Symbol(_))),
                "{symbol}"
            );
        }
        assert!(parse_csv(with("").as_bytes(), "BRK.B").is_ok());
    }

    #[test]
    fn a_stream_without_end_is_refused_at_the_bound() {
        // A line of this kind is skipped by the reader, so only the byte bound can stop it.
        let endless = Cursor::new(HEADER).chain(std::io::repeat(b'\n'));
        assert!(matches!(parse_csv(endless, "X"), Err(ImportError::TooLarge | ImportError::Empty)));
        let one_line = Cursor::new(with("2012-06-18,10,11,9,1")).chain(std::io::repeat(b'0'));
        assert!(parse_csv(one_line, "X").is_err());
    }

    #[test]
    fn a_file_of_200_megabytes_is_refused_by_its_size() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("large.csv");
        // A sparse file: reading it would find no header, so only its size can be the reason.
        File::create(&path).unwrap().set_len(200 * 1024 * 1024).unwrap();
        assert!(matches!(parse_file(&path, "X"), Err(ImportError::TooLarge)));
    }
}
