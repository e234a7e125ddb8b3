function run() {
  const data = {
    a: { b: [{ c: 1, d: [1, [2, 3]] }, { c: 2, d: [4] }, { d: null }] }, list: [0, 1, 2, 3, 4], "quoted name": 5, e: { x: { v: 1 }, y: { v: 2 }, z: 3 },
    empty: "", none: null,
  };
  const expressions = [
    "a.b[0].c", "a.b[-1].d", "a.b[9]", "\"quoted name\"", "@.none", "missing.deeper", "a.b[*].c", "a.b[].d[]", "a.b[*].d[*]", "a.b[?c].c", "a.b[?c > `1`].c",
    "a.b[?c == `1` || c == `2`].c | [1]", "a.b[?!c]", "e.*", "e.*.v", "*.*", "list[1:3]", "list[::2]", "list[::-1]", "list[-2:]", "list[:-2]",
    "list[10:]", "list[3:1:-1]", "list[-100:100]", "e[1:2]", "[list[0], a.b[0].c]", "{first: list[0], \"and second\": list[1]}", "none.[a, b]",
    "a.b[*].{c: c, n: length(d || `[]`)}", "a.b | length(@)", "empty || none || 'last'", "list && e.z", "!empty", "(a || b).b[0].c", "list[?@ >= `3`]",
    "'raw \\'string\\''", "`\"json \\u0061\"`", "`{\"a\": [1]}`.a[0]", "`[1, 2]`[1]", "a . b [ 0 ] . c", "list[0] == `0`", "e.x == `{\"v\": 1}`",
    "list != `[0, 1, 2, 3, 4]`", "'a' < 'b'", "a.b[*].[c, d[0]] | [0]",
  ];
  return Object.fromEntries(expressions.map((expression) => [expression, jmespath.search(expression, data)]));
}
