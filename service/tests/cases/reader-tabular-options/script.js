async function run(ctx) {
  const [input] = ctx.inputs.history;
  const seen = [];
  for (const options of [undefined, null, {}, { delimiter: ";" }, { delimiter: "\t" }, { delimiter: "tab" }, { inputFormat: "csv" }, { inputFormat: "tsv" }, { inputFormat: "csv", delimiter: "|" }, { inputFormat: "auto" }]) {
    const reader = await input.openTabularReader(options);
    seen.push(`${JSON.stringify(options)}: ${reader.headers.join(" / ")}`);
    reader.dispose();
  }
  for (const options of [7, "csv", { delimiter: 1 }, { delimiter: ";;" }, { delimiter: "" }, { delimiter: "é" }, { delimiter: "\"" }, { inputFormat: "xml" }, { inputFormat: {} }, { inputFormat: "json" }]) {
    await input.openTabularReader(options).then(() => seen.push("opened"), (error) => seen.push(`${JSON.stringify(options)}: ${error.name}: ${error.message}`));
  }
  return seen;
}
