function run() {
  let sum = 0;
  while (true) sum += 1;
}
