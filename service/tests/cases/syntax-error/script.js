async function run(ctx) {
  const a = ;
  return a;
}
