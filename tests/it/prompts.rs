//! Prompts of a person: kept for ever, looked up once, and shown with real data.

mod kept;
mod shown;
