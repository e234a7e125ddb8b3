async function run() {
  Promise.reject(new TypeError("nobody cares"));
  Promise.reject("text");
  const later = Promise.reject(new Error("handled in time"));
  await null;
  later.catch(() => {});
  return "done";
}
