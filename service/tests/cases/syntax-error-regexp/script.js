function run() {
  return /(/;
}
