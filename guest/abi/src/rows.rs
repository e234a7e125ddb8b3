//! Rows on the wire: for each row the number of its cells, then for each cell its length and its UTF-8 bytes. Numbers are
//! little-endian `u32`, because the guest reads millions of them and a fixed width costs it one load.

/// Append one row.
pub fn push_row<'a>(buffer: &mut Vec<u8>, cells: impl ExactSizeIterator<Item = &'a [u8]>) {
    buffer.extend_from_slice(&(cells.len() as u32).to_le_bytes());
    for cell in cells {
        buffer.extend_from_slice(&(cell.len() as u32).to_le_bytes());
        buffer.extend_from_slice(cell);
    }
}

/// Reads what [`push_row`] wrote; ends quietly at the first thing that does not fit.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Read from the start of `cells`.
    pub fn new(cells: &'a [u8]) -> Self {
        Self { rest: cells }
    }

    /// The number of cells of the next row, or the length of the next cell.
    pub fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        Some(u32::from_le_bytes(*number))
    }

    /// The next cell.
    pub fn cell(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        let (cell, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(cell)
    }
}
