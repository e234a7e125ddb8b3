// Headers that mean something to objects, more columns than are searched one by one, short and long rows.
async function run(ctx) {
  const reader = await ctx.inputs.latest.openTabularReader();
  const rows = [];
  for await (const row of reader) rows.push(row);
  const look = (row) => ({
    keys: Object.keys(row),
    values: Object.values(row),
    own: Object.hasOwn(row, "__proto__"),
    prototype: Object.getPrototypeOf(row) === Object.prototype,
    byName: [row.z, row[10], row["2"], row.toString, row.then, row.length, row["ünï"], row["a b"], row.constructor, row._extra_2, row._extra, row.z],
  });
  return { headers: reader.headers, rows: rows.map(look), json: JSON.stringify(rows[0]) };
}
