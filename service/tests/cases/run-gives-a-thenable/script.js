function run() {
  return { then(resolve) { setTimeout(() => resolve({ then: (again) => again("twice") }), 1); } };
}
