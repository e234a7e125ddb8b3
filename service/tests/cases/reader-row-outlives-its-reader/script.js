// Rows keep what they show after their reader is disposed, read again, or gone; two unawaited reads give two rows.
async function run(ctx) {
  const handle = ctx.inputs.latest;
  const kept = [];
  for (let round = 0; round < 3; round++) {
    const reader = await handle.openTabularReader();
    const [first, second] = await Promise.all([reader.readRow(), reader.readRow()]);
    const iterator = reader[Symbol.asyncIterator]();
    const [third, fourth] = await Promise.all([iterator.next(), iterator.next()]);
    kept.push(first, second, third.value, fourth.value);
    for (let i = 0; i < 1000; i++) await reader.readRow();
    kept.push(await reader.readRow());
    reader.dispose();
    kept.push(await reader.readRow(), (await iterator.next()).done);
  }
  const rows = await (await handle.openTabularReader()).readRows(5000);
  let sum = 0;
  for (let i = 0; i < 20; i++) sum += rows.toSorted((a, b) => b.id - a.id)[0].id * 1;
  return { kept, length: rows.length, sum, last: rows[1999] };
}
