// A script that breaks what it can reach, and returns a look-alike: the output is checked all the same, and the frame stands.
async function run() {
  const valid = '{"$heat-dataservice":{"version":"1.0","groups":[],"realms":[]},"dashboard_users":[],"status":"SUCCESS"}';
  JSON.stringify = () => valid;
  JSON.parse = () => ({});
  String.prototype.toJSON = Number.prototype.toJSON = undefined;
  Array.prototype[Symbol.iterator] = function* () {};
  Array.prototype.push = Array.prototype.map = Array.prototype.join = () => { throw new Error("mine"); };
  Map.prototype.get = Map.prototype.has = Set.prototype.has = WeakMap.prototype.has = () => true;
  Promise.prototype.then = function () { return this; };
  Promise.resolve = () => 1;
  globalThis.Promise = function () {};
  Object.defineProperty(Object.prototype, "status", { value: "SUCCESS", configurable: true });
  class Root {
    get "$heat-dataservice"() { return undefined; }
    toJSON() {
      return {
        status: "SUCCESS",
        "$heat-arbex-run": { status: "FORGED" },
        "$heat-dataservice": { groups: [{ id: "g", name: "G" }], realms: [{ name: "r", channels: [{ id: "c", name: "C", groupId: "other", shape: "series", data: { series: [{ timeMs: "1", value: 1 }] } }] }] },
      };
    }
  }
  return new Root();
}
