function run() {
  return eval("1;\n  nothing.there");
}
