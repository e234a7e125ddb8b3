// A promise settles while an interval goes on: the run ends with the promise, however many turns the interval had.
async function run() {
  let turns = 0;
  const third = await new Promise((resolve) => {
    setInterval(() => ++turns === 3 && resolve(turns), 1);
  });
  return third >= 3;
}
