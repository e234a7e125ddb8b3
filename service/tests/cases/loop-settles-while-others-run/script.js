async function run() {
  let turns = 0;
  const id = setInterval(() => turns++, 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  clearInterval(id);
  return turns >= 3;
}
