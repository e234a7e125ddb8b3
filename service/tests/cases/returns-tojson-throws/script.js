function run() {
  return {
    toJSON() {
      throw new RangeError("no JSON today");
    },
  };
}
