//! Many rows in few statements.

/// Rows in one statement at most: sixteen columns of them are half of what SQLite takes as parameters by default.
const ROWS: usize = 64;

/// Cuts rows into pieces whose lengths are powers of two: a statement for each length is all that is ever prepared.
pub fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    core::iter::from_fn(move || {
        let length = ROWS.min(1 << rows.len().checked_ilog2()?);
        let (piece, rest) = rows.split_at(length);
        rows = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn pieces_are_powers_of_two_and_all_rows_are_in_them_in_order() {
        let rows: Vec<usize> = (0..203).collect();
        let lengths = |count: usize| pieces(&rows[..count]).map(<[usize]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(0), [0; 0]);
        assert_eq!(lengths(1), [1]);
        assert_eq!(lengths(37), [32, 4, 1]);
        assert_eq!(lengths(203), [64, 64, 64, 8, 2, 1]);
        assert_eq!(pieces(&rows).flatten().copied().collect::<Vec<_>>(), rows);
    }
}
