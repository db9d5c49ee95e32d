//! All integration tests, in one binary.

#[cfg(test)]
mod ibkr_adapter;
