function run() {
  return [[1, 2, 3].toSorted((a, b) => b - a), Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even")), "x".padStart(3, "ab"), structuredClone([1]), Array.fromAsync ? "fromAsync" : "no fromAsync", [..."a1b2".matchAll(/\d/g)].map(String), new Intl_or_none().kind];
}
function Intl_or_none() { this.kind = typeof Intl; }
