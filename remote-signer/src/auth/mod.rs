//! Who is calling: bearer tokens, stored hashed, bound to a tenant and to keys.

mod token;
mod tokens;

pub use token::{BearerToken, TokenId, TokenKind};
pub use tokens::{AdminError, AuthError, NewToken, RevokeError, TokenEntry, Tokens};
