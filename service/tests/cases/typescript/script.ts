/// <reference path="heat-arbex.d.ts" />
import type { ArbexContext } from "heat-arbex";

interface Total {
  region: string;
  sum: number;
}

const rows = [{ region: "north", value: 1 }, { region: "south", value: 2 }, { region: "north", value: 4 }] as const;

async function run(ctx: ArbexContext): Promise<Total[]> {
  const totals = new Map<string, Total>();
  for (const { region, value } of rows) {
    const total: Total = totals.get(region) ?? { region, sum: 0 };
    total.sum += value satisfies number;
    totals.set(region, total);
  }
  return [...totals.values()].sort((a: Total, b: Total): number => b.sum - a.sum);
}
