function run() {
  const data = { text: "t", list: [1, "a"], object: {}, people: [{ age: 1 }, { age: "x" }], strange: [{ age: null }] };
  const faultOf = (expression) => {
    try {
      return { gave: jmespath.search(expression, data) };
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  };
  const expressions = [
    "abs(text)", "abs()", "abs(`1`, `2`)", "avg(list)", "ceil(none)", "contains(object, `1`)", "ends_with(text, `1`)", "join(`1`, list)", "join(',', list)", "keys(list)",
    "length(`5`)", "map(text, list)", "map(&a, text)", "max(list)", "max(`[null]`)", "max_by(people, &age)", "max_by(strange, &age)", "max_by(people, age)", "merge()",
    "merge(object, list)", "not_null()", "reverse(object)", "sort(list)", "sort_by(people, &age)", "sort_by(list)", "starts_with(`1`, text)", "sum(list)", "to_array()",
    "to_number(`1`, `2`)", "type(&a)", "values(text)", "nothing(a)", "people[*].sum(@)", "list[?abs(@)]", "false && abs(text)", "list[0:5:0]",
  ];
  return Object.fromEntries(expressions.map((expression) => [expression, faultOf(expression)]));
}
