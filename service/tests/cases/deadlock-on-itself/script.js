let own;
async function run() {
  await null;
  await own;
}
const inner = run;
run = function () { own = inner(); return own; };
