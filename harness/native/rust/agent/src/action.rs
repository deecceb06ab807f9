//! What a signal does.

use serde::Deserialize;

/// What a signal does from now on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// What it does without a handler.
    Default,
    /// Nothing.
    Ignore,
    /// A handler counts it.
    Count,
    /// A handler with `SA_RESTART` counts it.
    Restart,
}
