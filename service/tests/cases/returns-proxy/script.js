function run() {
  return new Proxy({ a: 1 }, { get: (target, key) => (key === "a" ? 42 : target[key]), ownKeys: () => ["a"] });
}
