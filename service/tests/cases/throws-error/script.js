function helper(rows) {
  throw new Error(`no rows in ${rows.length}`);
}

async function run() {
  await null;
  return helper([1]);
}
