function run() {
  const faultOf = (expression) => {
    try {
      return { gave: jmespath.search(expression, {}) };
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  };
  const expressions = [
    "", " ", "a.", ".a", "a..b", "a b", "a[", "a[0", "a[b]", "a[0:1:2:3]", "a[1 2]", "a[::0]", "[a b]", "[a,]", "[,a]", "{a}", "{a: b,}", "{a: b c: d}", "{1: a}", "{}",
    "a[?b", "a[?]", "*foo", "a.*b", "**", "a.[", "a || ", "&& a", "!", "(a", "a)", "()", "a = b", "a == ", "'open", "`open", "`not json`", "\"open", "\"bad \\x escape\"",
    "a.'b'", "a.`1`", "&a", "a.&b", "abs(", "abs(a", "abs(a,)", "abs(a b)", "\"abs\"(a)", "@(a)", "a[-]", "a[99999999999999999999]", "#", "a\u{1F600}", "a.ü", "$",
    "\u{1F600}", "'\u{1F600}' ..",
  ];
  return Object.fromEntries(expressions.map((expression) => [expression, faultOf(expression)]));
}
