// One after the other inside one array; a bare primitive is `returns-string`.
function run() {
  return [true, false, 0, -0, 1e21, 1e-7, 0.1 + 0.2, 123456789012345680000, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, 5e-324, NaN, Infinity, undefined];
}
