// A script may change what it got: neither an expression that is kept parsed nor another result may show it.
function run() {
  const search = () => jmespath.search("`{\"a\": [1]}`", null);
  const first = search();
  first.a.push(2);
  const list = jmespath.search("[`[]`, `[]`]", {});
  list[0].push(1);
  const data = { rows: [{ a: 1 }] };
  const rows = jmespath.search("rows[*]", data);
  rows.push("mine");
  const merged = jmespath.search("merge(@, `{}`)", data);
  merged.more = 1;
  return { again: search(), list, rows: data.rows, more: data.more, sorted: [jmespath.search("sort(@)", Object.freeze([2, 1])), Object.isFrozen(jmespath.search("@[*]", Object.freeze([1])))] };
}
