//! All integration tests, in one binary.

mod ibkr_adapter;
