//! The token of the loopback API.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use throughline::api::ApiError;
use throughline::app::{system_random, vault_beside};
use throughline::http::ApiToken;

use crate::arguments::Json;
use crate::output::{self, MUTED, styled};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum TokenCommand {
    /// Show the token; it is made if there is none.
    Show {
        #[command(flatten)]
        json: Json,
    },
    /// Make a new one: the one before, and every browser that is logged in, is let in no more.
    Renew {
        #[command(flatten)]
        json: Json,
    },
}

/// Shows the token, or makes a new one. An engine that runs takes the new one at once.
pub(crate) async fn token(data_dir: &Path, command: TokenCommand) -> Result<ExitCode, ApiError> {
    let (vault, random) = (vault_beside(data_dir), system_random());
    let (token, words, as_json) = match command {
        TokenCommand::Show { json } => {
            let token = ApiToken::kept_or_new(&vault, &*random).await?;
            (token, "It is sent as Authorization: Bearer TOKEN, or typed at /login.", json.json)
        }
        TokenCommand::Renew { json } => {
            let token = ApiToken::renew(&vault, &*random).await?;
            (
                token,
                "The one before, and every browser that was logged in, is let in no more.",
                json.json,
            )
        }
    };
    if as_json {
        output::json(&json!({ "token": token.reveal() }))?;
    } else {
        output::line(token.reveal());
        output::note(styled(MUTED, words));
    }
    Ok(ExitCode::SUCCESS)
}
