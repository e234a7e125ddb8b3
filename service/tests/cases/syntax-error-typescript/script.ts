async function run(ctx: unknown): Promise<number> {
  const size: number = ;
  return size;
}
