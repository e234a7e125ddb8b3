enum Color { Red, Green }
async function run(ctx: unknown): Promise<Color> {
  return Color.Red;
}
