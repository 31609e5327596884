//! The chain: `hash = SHA-256(previous ‖ body)`, from 32 zero bytes on.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use splitsign_core::digest::{Sha256, Sha256Digest};

use crate::audit::event::{Body, Event};
use crate::clock::UnixMillis;
use crate::encoding::hex;
use crate::storage::{StorageError, rows};

/// What the first record has in place of a hash before it.
const GENESIS: Sha256Digest = Sha256Digest::from_bytes([0; 32]);

/// The newest record, or the beginning of an empty chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// How many records there are.
    pub seq: i64,
    /// The hash of the last one.
    pub hash: Sha256Digest,
}

impl Head {
    /// Of a chain without records.
    pub const EMPTY: Self = Self { seq: 0, hash: GENESIS };

    /// Of a row with the number and the hash of the newest record.
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, StorageError> {
        let seq = row.try_get("seq")?;
        let hash = Sha256Digest::from_slice(row.try_get("hash")?)
            .map_err(|_| StorageError::corrupt(format!("the hash of audit record {seq} has not 32 bytes")))?;
        Ok(Self { seq, hash })
    }

    /// Checks that `record` comes next, and goes on to it.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn follow(self, record: &Record) -> Result<Self, Broken> {
        let expected = self.seq.saturating_add(1);
        if record.seq != expected {
            return Err(Broken { seq: expected, what: "the record is missing" });
        }
        let broken = |what| Broken { seq: record.seq, what };
        if record.previous != self.hash.as_bytes() {
            return Err(broken("its previous hash is not the hash of the record before it"));
        }
        let hash = hash(&self.hash, &record.body);
        if record.hash != hash.as_bytes() {
            return Err(broken("its hash is not that of its bytes"));
        }
        // The number is in the body too, so that a body cannot be told from its place in the table only.
        if !record.body.starts_with(&format!("{{\"seq\":{},", record.seq)) {
            return Err(broken("its body has another number"));
        }
        Ok(Self { seq: record.seq, hash })
    }
}

/// Where a chain breaks.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the audit chain breaks at record {seq}: {what}")]
pub struct Broken {
    /// The first record that cannot be believed.
    pub seq: i64,
    /// Why.
    pub what: &'static str,
}

/// A record as it is stored; not checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// From 1.
    pub seq: i64,
    /// The hash of the record before it.
    pub previous: Vec<u8>,
    /// The hash of this one.
    pub hash: Vec<u8>,
    /// JSON.
    pub body: String,
}

impl Record {
    pub(super) fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get("seq")?,
            previous: row.try_get("previous")?,
            hash: row.try_get("hash")?,
            body: row.try_get("body")?,
        })
    }
}

/// Inserts records, the one parameter being what [`Records::rows`] says: however many there are, the statement is the same
/// one, prepared once.
macro_rules! insert_records {
    () => {
        "INSERT INTO audit_records (seq, previous, hash, body) \
         SELECT value ->> 0, unhex(value ->> 1), unhex(value ->> 2), value ->> 3 FROM json_each(?)"
    };
}
pub(super) use insert_records;

/// Appends a record within the transaction of `connection`, so that no two can have the same place.
///
/// # Errors
/// [`StorageError`].
pub async fn append(connection: &mut SqliteConnection, at: UnixMillis, event: &Event) -> Result<(), StorageError> {
    let mut records = Records::default();
    records.append(&mut head(connection).await?, at, event)?;
    sqlx::query(insert_records!()).bind(rows(&records.rows)?).execute(connection).await?;
    Ok(())
}

/// Records that are about to be written.
#[derive(Default)]
pub(super) struct Records {
    /// Number, hash before it and its own in hex, body.
    pub(super) rows: Vec<(i64, String, String, String)>,
}

impl Records {
    /// Adds what happened behind `head`, which goes on to it.
    pub(super) fn append(&mut self, head: &mut Head, at: UnixMillis, event: &Event) -> Result<(), StorageError> {
        let seq = head.seq.checked_add(1).ok_or_else(|| StorageError::corrupt("the audit chain is full"))?;
        let body = serde_json::to_string(&Body::new(seq, at, event))
            .map_err(|error| StorageError::corrupt(format!("an event has no JSON form: {error}")))?;
        let hash = hash(&head.hash, &body);
        self.rows.push((seq, hex(head.hash.as_bytes()), hex(hash.as_bytes()), body));
        *head = Head { seq, hash };
        Ok(())
    }
}

/// The end of the chain.
pub(super) async fn head(connection: &mut SqliteConnection) -> Result<Head, StorageError> {
    let row =
        sqlx::query("SELECT seq, hash FROM audit_records ORDER BY seq DESC LIMIT 1").fetch_optional(connection).await?;
    row.as_ref().map_or(Ok(Head::EMPTY), Head::from_row)
}

fn hash(previous: &Sha256Digest, body: &str) -> Sha256Digest {
    let mut hash = Sha256::new();
    hash.update(previous.as_bytes());
    hash.update(body.as_bytes());
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::{Head, Record, hash};

    fn record(seq: i64, previous: &Head, body: &str) -> Record {
        let hash = hash(&previous.hash, body);
        Record { seq, previous: previous.hash.as_bytes().to_vec(), hash: hash.as_bytes().to_vec(), body: body.into() }
    }

    #[test]
    fn an_outsider_computes_the_same_hash() {
        // ( head -c 32 /dev/zero; printf '{"seq":1,"at":"x"}' ) | sha256sum
        let hex = crate::encoding::hex(&record(1, &Head::EMPTY, r#"{"seq":1,"at":"x"}"#).hash);
        assert_eq!(hex, "2882d59ab227b73f46ea40c224ce2f666207e858a7b20cc50169534d53ae37ce");
    }

    #[test]
    fn every_change_shows() {
        let good = record(1, &Head::EMPTY, r#"{"seq":1,"x":1}"#);
        let head = Head::EMPTY.follow(&good).unwrap();
        assert_eq!(head.seq, 1);
        let refused = |record: &Record| Head::EMPTY.follow(record).unwrap_err().seq;
        assert_eq!(refused(&Record { body: r#"{"seq":1,"x":2}"#.into(), ..good.clone() }), 1);
        assert_eq!(refused(&Record { hash: vec![1; 32], ..good.clone() }), 1);
        assert_eq!(refused(&Record { previous: vec![1; 32], ..good.clone() }), 1);
        assert_eq!(refused(&record(1, &Head::EMPTY, r#"{"seq":2,"x":1}"#)), 1);
        assert_eq!(refused(&record(2, &Head::EMPTY, r#"{"seq":2,"x":1}"#)), 1);
        assert_eq!(head.follow(&good).unwrap_err().seq, 2);
    }
}
