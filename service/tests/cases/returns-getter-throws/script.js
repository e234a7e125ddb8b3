function run() {
  return { ok: 1, get broken() { throw new TypeError("the getter threw"); } };
}
