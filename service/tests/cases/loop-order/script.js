// As Node orders them: what is synchronous, microtasks, then timers by time and by age.
async function run() {
  const seen = [];
  const note = (text) => () => seen.push(text);
  setTimeout(note("timer 2"), 20);
  setTimeout(note("timer 1a"), 1);
  setTimeout(note("timer 0"), 0);
  setTimeout(() => { seen.push("timer 1b"); Promise.resolve().then(note("microtask of 1b")); queueMicrotask(note("second of 1b")); }, 1);
  setTimeout(note("timer 1c"), 1);
  Promise.resolve().then(note("then 1")).then(note("then 2"));
  queueMicrotask(note("microtask"));
  (async () => { seen.push("async"); await null; seen.push("after await"); })();
  seen.push("sync");
  await new Promise((resolve) => setTimeout(resolve, 40));
  return seen;
}
