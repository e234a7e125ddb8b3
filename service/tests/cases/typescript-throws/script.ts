type Rows = {
  /* Größe: 😀 */ size: "größer" | "kleiner";
}[];

function helper<T extends Rows>(
  rows: T,
  more?: Map<string, Array<number>>,
): never {
  throw new RangeError(`no rows in ${rows.length}`);
}

async function run(ctx: unknown): Promise<void> {
  await (null as unknown as Promise<void>);
  return helper<Rows>([] as Rows);
}
