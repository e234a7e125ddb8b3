function run() {
  console.log("0123456789");
  console.log("0123456789!");
  return "not reached";
}
