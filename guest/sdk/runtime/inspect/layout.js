// Puts the entries of an object together: on one line when they fit, in aligned
// columns for long arrays, else one entry a line.

import {
  MathFloor, MathMax, MathMin, MathRound, MathSqrt, StringPrototypeCharCodeAt, StringPrototypeCodePointAt,
  StringPrototypeIncludes, StringPrototypePadEnd, StringPrototypePadStart, append, createList, joinList,
} from '../primordials.js';
import { BREAK_LENGTH, COMPACT_LEVELS, MAX_ITEMS } from './context.js';
import { spaces } from './strings.js';

/**
 * The final text of an object. `shape` gives { base, open, close, isList };
 * `numeric` tells whether all items of a list are numbers (aligned right).
 */
export function layOut(context, shape, entries, level, numeric) {
  let lines = entries;
  if (shape.isList && entries.length > 6) lines = groupInColumns(context, entries, numeric);
  const lead = shape.base === '' ? shape.open : `${shape.base} ${shape.open}`;

  // At most three levels of nesting share a line, and never a grouped list.
  if (lines === entries && context.currentLevel - level < COMPACT_LEVELS &&
      fitsOnLine(context, shape, entries)) {
    const joined = joinList(entries, ', ');
    if (!StringPrototypeIncludes(joined, '\n')) return `${lead} ${joined} ${shape.close}`;
  }

  // Indentation is text that no one has charged for yet.
  context.remaining -= (context.indentation + 2) * lines.length;
  const margin = `\n${spaces(context.indentation)}`;
  return `${lead}${margin}  ${joinList(lines, `,${margin}  `)}${margin}${shape.close}`;
}

function fitsOnLine(context, shape, entries) {
  let total = 2 * entries.length + context.indentation + shape.open.length + shape.base.length + 10;
  if (total + entries.length > BREAK_LENGTH) return false;
  for (let i = 0; i < entries.length; i++) {
    total += entries[i].length;
    if (total > BREAK_LENGTH) return false;
  }
  return shape.base === '' || !StringPrototypeIncludes(shape.base, '\n');
}

// Node's heuristic for a list of more than six short items: as many columns as
// make the block roughly 2.5 times wider than it is high.
function groupInColumns(context, entries, numeric) {
  // "... n more items" stays on a line of its own.
  const count = entries.length > MAX_ITEMS ? entries.length - 1 : entries.length;
  const widths = createList();
  let totalWidth = 0;
  let widest = 0;
  for (let i = 0; i < count; i++) {
    const width = displayWidth(entries[i]);
    widths[i] = width;
    totalWidth += width + 2;
    if (width > widest) widest = width;
  }
  const cell = widest + 2;
  const worthIt = cell * 3 + context.indentation < BREAK_LENGTH &&
    (totalWidth / cell > 5 || widest <= 6);
  if (!worthIt) return entries;

  const bias = MathSqrt(cell - totalWidth / entries.length);
  const biasedCell = MathMax(cell - 3 - bias, 1);
  const columns = MathMin(
    MathRound(MathSqrt(2.5 * biasedCell * count) / biasedCell),
    MathFloor((BREAK_LENGTH - context.indentation) / cell),
    COMPACT_LEVELS * 4,
    15,
  );
  if (columns <= 1) return entries;

  const columnWidths = createList();
  for (let column = 0; column < columns; column++) {
    let width = 0;
    for (let i = column; i < count; i += columns) if (widths[i] > width) width = widths[i];
    columnWidths[column] = width + 2;
  }

  const rows = createList();
  for (let first = 0; first < count; first += columns) {
    const last = MathMin(first + columns, count) - 1;
    let row = '';
    for (let i = first; i < last; i++) {
      // Padding counts string units, columns count display cells.
      const target = columnWidths[i - first] + entries[i].length - widths[i];
      row += numeric
        ? StringPrototypePadStart(`${entries[i]}, `, target)
        : StringPrototypePadEnd(`${entries[i]}, `, target);
    }
    row += numeric
      ? StringPrototypePadStart(entries[last], columnWidths[last - first] + entries[last].length - widths[last] - 2)
      : entries[last];
    append(rows, row);
  }
  if (count < entries.length) append(rows, entries[count]);
  return rows;
}

// First and last code points of the ranges shown two cells wide and zero cells
// wide, in ascending order.
const wideRanges = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3,
  0x25fd, 0x25fe, 0x2614, 0x2615, 0x2648, 0x2653, 0x267f, 0x267f, 0x2693, 0x2693, 0x26a1, 0x26a1,
  0x26aa, 0x26ab, 0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea,
  0x26f2, 0x26f3, 0x26f5, 0x26f5, 0x26fa, 0x26fa, 0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b,
  0x2728, 0x2728, 0x274c, 0x274c, 0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797,
  0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b, 0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x2e80, 0x303e,
  0x3041, 0x33ff, 0x3400, 0x4dbf, 0x4e00, 0xa4cf, 0xa960, 0xa97f, 0xac00, 0xd7a3, 0xf900, 0xfaff,
  0xfe10, 0xfe19, 0xfe30, 0xfe6f, 0xff01, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x18cff, 0x1b000, 0x1b2ff,
  0x1f004, 0x1f004, 0x1f0cf, 0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f1e6, 0x1f202,
  0x1f210, 0x1f23b, 0x1f240, 0x1f248, 0x1f250, 0x1f251, 0x1f260, 0x1f265, 0x1f300, 0x1f320,
  0x1f32d, 0x1f335, 0x1f337, 0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3cf, 0x1f3d3,
  0x1f3e0, 0x1f3f0, 0x1f3f4, 0x1f3f4, 0x1f3f8, 0x1f43e, 0x1f440, 0x1f440, 0x1f442, 0x1f4fc,
  0x1f4ff, 0x1f53d, 0x1f54b, 0x1f54e, 0x1f550, 0x1f567, 0x1f57a, 0x1f57a, 0x1f595, 0x1f596,
  0x1f5a4, 0x1f5a4, 0x1f5fb, 0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc, 0x1f6cc, 0x1f6d0, 0x1f6d2,
  0x1f6d5, 0x1f6d7, 0x1f6dc, 0x1f6df, 0x1f6eb, 0x1f6ec, 0x1f6f4, 0x1f6fc, 0x1f7e0, 0x1f7eb,
  0x1f7f0, 0x1f7f0, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947, 0x1f9ff, 0x1fa70, 0x1faff,
  0x20000, 0x2fffd, 0x30000, 0x3fffd,
];
const zeroRanges = [
  0x0, 0x1f, 0x7f, 0x9f, 0x300, 0x36f, 0x483, 0x489, 0x591, 0x5bd, 0x610, 0x61a, 0x64b, 0x65f,
  0x1ab0, 0x1aff, 0x1dc0, 0x1dff, 0x200b, 0x200f, 0x202a, 0x202e, 0x2060, 0x2064, 0x20d0, 0x20ff,
  0xfe00, 0xfe0f, 0xfe20, 0xfe2f, 0xfeff, 0xfeff, 0xe0001, 0xe007f, 0xe0100, 0xe01ef,
];

function inRanges(ranges, point) {
  for (let i = 0; i < ranges.length; i += 2) {
    if (point < ranges[i]) return false;
    if (point <= ranges[i + 1]) return true;
  }
  return false;
}

/** Terminal cells `text` takes; exact for ASCII, close for the rest. */
export function displayWidth(text) {
  let width = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit >= 0x20 && unit < 0x7f) {
      width++;
      continue;
    }
    const point = StringPrototypeCodePointAt(text, i);
    if (point > 0xffff) i++;
    if (inRanges(wideRanges, point)) width += 2;
    else if (!inRanges(zeroRanges, point)) width++;
  }
  return width;
}
