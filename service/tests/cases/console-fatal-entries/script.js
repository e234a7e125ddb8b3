function run() {
  for (let i = 0; ; i++) {
    try {
      console.log(i);
    } catch {
      // Not to be caught.
    }
  }
}
