//! Rows on the wire: for each row the number of its cells, then where each cell ends, then the cells' UTF-8 bytes. Numbers
//! are little-endian `u32`. Any cell is found without looking at those before it: the guest makes only the cells that a
//! script reads.

/// Append one row.
pub fn push_row<'a>(buffer: &mut Vec<u8>, cells: impl ExactSizeIterator<Item = &'a [u8]> + Clone) {
    let mut end = 0u32;
    buffer.extend_from_slice(&(cells.len() as u32).to_le_bytes());
    for cell in cells.clone() {
        end = end.wrapping_add(cell.len() as u32);
        buffer.extend_from_slice(&end.to_le_bytes());
    }
    for cell in cells {
        buffer.extend_from_slice(cell);
    }
}

/// One row that [`push_row`] wrote.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    ends: &'a [u8],
    cells: &'a [u8],
}

impl<'a> Row<'a> {
    /// The row at the start of `bytes`, and what comes after it; none when there is no whole row.
    pub fn split_from(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (width, rest) = bytes.split_first_chunk::<4>()?;
        let width = u32::from_le_bytes(*width) as usize;
        let (ends, rest) = rest.split_at_checked(width.checked_mul(4)?)?;
        let length = ends.last_chunk::<4>().map_or(0, |end| u32::from_le_bytes(*end) as usize);
        let (cells, rest) = rest.split_at_checked(length)?;
        Some((Self { ends, cells }, rest))
    }

    /// How many cells it has.
    pub fn width(&self) -> usize {
        self.ends.len() / 4
    }

    /// The cell at `index`; none beyond the row's width.
    pub fn cell(&self, index: usize) -> Option<&'a [u8]> {
        let start = if index == 0 { 0 } else { self.end(index - 1)? };
        self.cells.get(start..self.end(index)?)
    }

    fn end(&self, index: usize) -> Option<usize> {
        let end = self.ends.get(index * 4..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*end) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells_of(row: Row<'_>) -> Vec<&[u8]> {
        (0..row.width()).map(|index| row.cell(index).expect("within the width")).collect()
    }

    #[test]
    fn rows_come_back_as_they_went() {
        let rows: [&[&[u8]]; 4] = [&[b"a", b"", b"long cell"], &[], &[b""], &["ä€😀".as_bytes()]];
        let mut buffer = Vec::new();
        for row in rows {
            push_row(&mut buffer, row.iter().copied());
        }
        let mut rest = buffer.as_slice();
        for row in rows {
            let (read, after) = Row::split_from(rest).expect("a row");
            assert_eq!(cells_of(read), row);
            assert_eq!(read.cell(row.len()), None);
            rest = after;
        }
        assert!(Row::split_from(rest).is_none());
    }

    #[test]
    fn what_is_cut_short_is_no_row() {
        let mut buffer = Vec::new();
        push_row(&mut buffer, [b"ab".as_slice(), b"c"].into_iter());
        for length in 0..buffer.len() {
            assert!(Row::split_from(&buffer[..length]).is_none(), "{length} bytes");
        }
        assert!(Row::split_from(&[255; 16]).is_none());
    }
}
