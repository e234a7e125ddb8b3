async function run(ctx: unknown): Promise<number> {
  let size: number = 1;
  let size: number = 2;
  return size;
}
