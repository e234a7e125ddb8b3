async function run() {
  let turns = 0;
  for (;;) {
    turns += 1;
  }
}
