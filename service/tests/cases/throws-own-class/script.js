class QuotaError extends Error {
  constructor(message) {
    super(message);
    this.name = "QuotaError";
    this.code = 7;
  }
}
function run() {
  throw new QuotaError("over");
}
