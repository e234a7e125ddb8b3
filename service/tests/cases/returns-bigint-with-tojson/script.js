function run() {
  BigInt.prototype.toJSON = function () { return this.toString(); };
  return { big: 2n ** 70n };
}
