function run() {
  return [3, 1, 2].sort((left, right) => {
    throw new Error(`comparing ${typeof left}`);
  });
}
