//! Trading days and hours of exchanges.
