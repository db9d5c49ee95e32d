//! The IBKR Client Portal adapter.
