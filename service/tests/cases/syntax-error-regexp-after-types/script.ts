const fine: RegExp = /[a-z]+/;
async function run(ctx: unknown): Promise<boolean> {
  return /(?<year>[0-9]{4}/.test("2026");
}
