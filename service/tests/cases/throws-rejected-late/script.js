function run() {
  return new Promise((resolve, reject) => setTimeout(() => reject(new Error("late")), 2));
}
