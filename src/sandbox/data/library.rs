use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::bundled::is_bundled;
use super::{DailyPrice, ImportError, PriceSeries, SymbolError, check_symbol, import};

/// Why imported prices could not be kept or found again.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The symbol cannot be used.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// There are prices of that symbol already.
    #[error("there are prices of {symbol} already; replace them explicitly, or use another symbol")]
    Exists {
        /// Which symbol.
        symbol: String,
    },
    /// The file system refused.
    #[error("{} could not be used: {source}", path.display())]
    Io {
        /// Which file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A stored file is damaged.
    #[error("the stored prices in {} are damaged: {source}; import them again", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: ImportError,
    },
}

/// Where imported prices are kept inside a data directory.
pub fn prices_directory(data_directory: &Path) -> PathBuf {
    data_directory.join("sandbox").join("prices")
}

/// Keeps a series as `SYMBOL.csv` in `directory`: written beside it first, then moved into place,
/// so that a reader finds the old file or the new one and never half of one. A symbol that is
/// there already, as an import or among the bundled ones, is an error unless `replace` is set.
pub fn save_series(
    directory: &Path,
    series: &PriceSeries,
    replace: bool,
) -> Result<(), LibraryError> {
    let path = path_of(directory, &series.symbol)?;
    if !replace && (path.exists() || is_bundled(&series.symbol)) {
        return Err(LibraryError::Exists { symbol: series.symbol.clone() });
    }
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| LibraryError::Io { path, source }
    };
    fs::create_dir_all(directory).map_err(failed(directory))?;
    let temporary = directory.join(format!(".{}.csv.part", series.symbol));
    let written = fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(to_csv(series).as_bytes())?;
        file.sync_all()
    });
    if let Err(source) = written {
        // What is left of a failed write is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&temporary);
        return Err(LibraryError::Io { path: temporary, source });
    }
    fs::rename(&temporary, &path).map_err(failed(&path))
}

/// Reads a kept series; `Ok(None)` if there is none of that symbol.
pub fn load_series(directory: &Path, symbol: &str) -> Result<Option<PriceSeries>, LibraryError> {
    let path = path_of(directory, symbol)?;
    match import::parse_file(&path, symbol) {
        Ok(series) => Ok(Some(series)),
        Err(ImportError::Open { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(source) => Err(LibraryError::Damaged { path, source }),
    }
}

/// Reads all kept series, in the order of their symbols; none if the directory does not exist.
pub fn load_all(directory: &Path) -> Result<Vec<PriceSeries>, LibraryError> {
    let io_error = |source| LibraryError::Io { path: directory.to_path_buf(), source };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(io_error(source)),
    };
    let mut symbols = Vec::new();
    for entry in entries {
        let name = entry.map_err(io_error)?.file_name();
        let symbol = name.to_str().and_then(|name| name.strip_suffix(".csv"));
        if let Some(symbol) = symbol.filter(|symbol| check_symbol(symbol).is_ok()) {
            symbols.push(symbol.to_owned());
        }
    }
    symbols.sort();
    let series = symbols.iter().map(|symbol| load_series(directory, symbol));
    series.filter_map(Result::transpose).collect()
}

fn path_of(directory: &Path, symbol: &str) -> Result<PathBuf, SymbolError> {
    check_symbol(symbol)?;
    Ok(directory.join(format!("{symbol}.csv")))
}

fn to_csv(series: &PriceSeries) -> String {
    let has_adjusted = series.days.iter().all(|day| day.adjusted_close.is_some());
    let mut text = String::from("date,open,high,low,close,volume");
    text.push_str(if has_adjusted { ",adj_close\n" } else { "\n" });
    for day in &series.days {
        let DailyPrice { date, open, high, low, close, volume, adjusted_close } = day;
        let adjusted = adjusted_close.filter(|_| has_adjusted);
        let adjusted = adjusted.map_or_else(String::new, |adjusted| format!(",{adjusted}"));
        text.extend([format!("{date},{open},{high},{low},{close},{volume}{adjusted}\n")]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(close: &str) -> PriceSeries {
        let text = format!("date,open,high,low,close,volume\n2012-06-15,10,11,9.5,{close},1000\n");
        import::parse_csv(text.as_bytes(), "X").unwrap()
    }

    #[test]
    fn what_is_saved_is_loaded_again() {
        let directory = tempfile::tempdir().unwrap();
        let prices = prices_directory(directory.path());
        assert_eq!(load_all(&prices).unwrap(), []);
        assert_eq!(load_series(&prices, "X").unwrap(), None);
        save_series(&prices, &series("10.5"), false).unwrap();
        assert_eq!(load_all(&prices).unwrap(), [series("10.5")]);
    }

    #[test]
    fn prices_that_are_there_are_replaced_only_on_purpose() {
        let directory = tempfile::tempdir().unwrap();
        save_series(directory.path(), &series("10.5"), false).unwrap();
        let refusal = save_series(directory.path(), &series("10.6"), false).unwrap_err();
        assert!(refusal.to_string().contains("prices of X already"), "{refusal}");
        assert_eq!(load_series(directory.path(), "X").unwrap(), Some(series("10.5")));
        save_series(directory.path(), &series("10.6"), true).unwrap();
        assert_eq!(load_series(directory.path(), "X").unwrap(), Some(series("10.6")));
    }

    #[test]
    fn damaged_prices_are_named() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("X.csv"), "date,open\n").unwrap();
        let error = load_all(directory.path()).unwrap_err().to_string();
        assert!(error.contains("X.csv are damaged") && error.contains("import them again"));
    }
}
