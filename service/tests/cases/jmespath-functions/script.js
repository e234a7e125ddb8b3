function run() {
  const data = {
    numbers: [3, -1.5, 2], texts: ["b", "a", "\u{1F600}", "\uFFFD"], people: [{ n: "bob", a: 30 }, { n: "ann", a: 40 }, { n: "cy", a: 30 }],
    object: { x: 1, y: [2] }, mixed: [null, 0, "", false, [], {}],
  };
  const expressions = [
    "abs(`-5`)", "avg(numbers)", "avg(`[]`)", "ceil(`1.2`)", "contains(texts, 'a')", "contains('foobar', 'oba')", "contains('foo', `1`)",
    "contains(mixed, `[]`)", "ends_with('foobar', 'bar')", "floor(`-1.2`)", "join(', ', texts)", "join('x', `[]`)", "keys(object)",
    "length(texts)", "length('a\u{1F600}')", "length(object)", "map(&a, people)", "map(&zip, people)", "max(numbers)", "max(texts)", "max(`[]`)",
    "max_by(people, &a).n", "max_by(people, &n).n", "merge(object, `{\"x\": 5}`, `{\"z\": null}`)", "min(numbers)", "min(texts)", "min_by(people, &a).n",
    "not_null(nothing, object.x, `5`)", "not_null(nothing)", "reverse(numbers)", "reverse('a\u{1F600}b')", "sort(numbers)", "sort(texts)",
    "sort_by(people, &a)[*].n", "sort_by(people, &n)[*].n", "starts_with('foobar', 'foo')", "sum(numbers)", "sum(`[]`)", "to_array('x')",
    "to_array(numbers)", "to_number('12.5e1')", "to_number(' 1')", "to_number('0x1')", "to_number('01')", "to_number(`[1]`)", "to_string(object)",
    "to_string('x')", "to_string(`1.0`)", "type(object)", "map(&type(@), mixed)", "values(object)",
  ];
  return Object.fromEntries(expressions.map((expression) => [expression, jmespath.search(expression, data)]));
}
